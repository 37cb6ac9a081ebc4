"""The log of a run: what a person reads in the build's output.

It begins with what is asked for (from where, to where, as whom, within which limits) and what there is to do, and ends
with what needs a person and what it all came to. In between stands what happened, the tags of an image together, and
progress while bytes are moving; never more than a few lines a second, so what is too much to read is counted.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from mirror.copier.progress import Moved
from mirror.registry.protocols import PullQuota
from mirror.report.events import Opening
from mirror.report.lines import (
    STEADY,
    WIDEST,
    coloured,
    counted_line,
    group_lines,
    how_far,
    is_to_do,
    one_line,
    opening_lines,
    plain,
    plan_lines,
    repository,
    result_line,
    summary,
)
from mirror.report.model import ImageResult, RunReport
from mirror.report.pace import Pace
from mirror.report.steady import Steady

Write = Callable[[str], None]

PROGRESS_SECONDS = 5.0
"""At least, between two lines of progress; later in a run twice and four times as long, for a log is kept."""

SHOWN_UNCHANGED = 20
"""Above this many, unchanged references are only counted: the log is about what happened."""
SHOWN_AT_ONCE = 20
"""Lines about results when the plan is made, and again when all is done; the rest is counted."""
BEHIND = 12
"""Lines that may wait for their turn: four seconds of reading. More are counted, so that the log is about now."""


class TextLog:
    """A `Listener` that writes lines. Stack traces and secrets never get here: errors are one line each."""

    def __init__(self, write: Write, *, colours: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._paint = coloured if colours else plain
        self._clock = clock
        self._lock = threading.Lock()
        self._steady = Steady(clock)
        self._keep = 0
        self._dry_run = False
        self._order: dict[str, int] = {}
        self._width = 0
        self._pace = Pace()
        self._last: Moved | None = None
        self._told = self._began = clock()
        self._to_do = self._done = 0
        self._waiting: dict[str, int] = {}
        """Tags of each image that are not done yet."""
        self._held: dict[str, list[ImageResult]] = {}
        """Those that are, until the others are too."""
        self._ready: deque[list[ImageResult]] = deque()
        """Images that are done, until there is time to read of them."""
        self._lines: deque[str] = deque()
        """What is left of the image that is being told of."""
        self._notes: list[str] = []

    def started(self, opening: Opening) -> None:
        """See `Listener`."""
        self._dry_run, self._keep = opening.dry_run, opening.keep_pulls
        self._told = self._began = self._clock()
        self._say(opening_lines(opening))

    def explained(self, line: str) -> None:
        """See `Listener`. Asked for, so told in full."""
        self._write(one_line(line))

    def planned(self, results: Sequence[ImageResult], quota: PullQuota | None) -> None:
        """See `Listener`."""
        self._width = min(max((len(result.reference) for result in results), default=0), WIDEST)
        self._order = {result.reference: number for number, result in enumerate(results)}
        self._say(plan_lines(results, quota, self._keep))
        steady = sum(result.action in STEADY for result in results)
        now = [result for result in results if result.action not in STEADY or steady <= SHOWN_UNCHANGED]
        if self._dry_run:
            self._say(self._line(result) for result in now)  # a plan is what was asked for: all of it
            return
        for result in results:
            if is_to_do(result):
                name = repository(result.reference)
                self._waiting[name] = self._waiting.get(name, 0) + 1
        self._to_do = sum(self._waiting.values())
        self._at_once(_by_image(result for result in now if not is_to_do(result)))

    def finished(self, result: ImageResult) -> None:
        """See `Listener`."""
        name = repository(result.reference)
        with self._lock:
            self._done += 1
            self._held.setdefault(name, []).append(result)
            if len(self._held[name]) >= self._waiting.get(name, 0):
                self._ready.append(self._held.pop(name))
            self._go_on()

    def moving(self, moved: Moved) -> None:
        """See `Listener`."""
        with self._lock:
            now = self._clock()
            wait = PROGRESS_SECONDS * (1 if now - self._began < 60 else 2 if now - self._began < 600 else 4)
            due = moved != self._last and now - self._told >= wait - 0.1
            if due and not self._lines and self._steady.take():
                self._last, self._told = moved, now
                self._write(f"… {self._done} of {self._to_do} done, {self._pace.at(now, moved)}")
            self._go_on()

    def note(self, text: str) -> None:
        """See `Listener`."""
        with self._lock:
            self._notes.append(one_line(text))
            self._go_on()

    def ended(self, report: RunReport) -> None:
        """See `Listener`."""
        with self._lock:
            self._say(self._lines)
            self._lines.clear()
            self._tell_notes()
            self._at_once([*self._ready, *self._held.values()])
        self._say(summary(report, self._paint))

    def stopped(self) -> str:
        """See `Listener`. Lines are whole, and nothing has to be put back."""
        return how_far(self._done, self._to_do)

    def _go_on(self) -> None:
        """Tell what may be told now. An image's lines stand together: nothing else comes between them."""
        while (self._lines or self._notes or self._ready) and self._steady.take():
            if not self._lines and self._notes:
                self._tell_notes()
                continue
            if not self._lines:
                self._lines.extend(self._next())
            self._write(self._lines.popleft())

    def _next(self) -> list[str]:
        if sum(len(results) for results in self._ready) > BEHIND and len(self._ready) > 1:
            many = [result for results in self._ready for result in results]
            self._ready.clear()
            return [counted_line(many)]
        return self._image(self._ready.popleft())

    def _tell_notes(self) -> None:
        if self._notes:
            more = f" (and {len(self._notes) - 1} more like it)" if len(self._notes) > 1 else ""
            self._write(self._notes[0] + more)
            self._notes.clear()

    def _at_once(self, images: Sequence[Sequence[ImageResult]]) -> None:
        rest: list[ImageResult] = []
        shown = 0
        for results in images:
            lines = self._image(results)
            shown += len(lines)
            if shown > SHOWN_AT_ONCE:
                rest += results
            else:
                self._say(lines)
        if rest:
            self._write(counted_line(rest))

    def _image(self, results: Sequence[ImageResult]) -> list[str]:
        in_order = sorted(results, key=lambda result: self._order.get(result.reference, 0))
        return group_lines(in_order, width=self._width, paint=self._paint)

    def _line(self, result: ImageResult) -> str:
        return result_line(result, width=self._width, dry_run=self._dry_run, paint=self._paint)

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._write(line)


def _by_image(results: Iterable[ImageResult]) -> list[list[ImageResult]]:
    found: dict[str, list[ImageResult]] = {}
    for result in results:
        found.setdefault(repository(result.reference), []).append(result)
    return list(found.values())
