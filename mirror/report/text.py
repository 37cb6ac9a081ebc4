"""The log of a run: what a person reads in the build's output.

The first lines say what is asked for and what there is to do, the last ones what needs a person and what it all came
to. In between stands what happened, the tags of an image together, and progress while bytes are moving.
"""

import time
from collections.abc import Callable, Sequence

from mirror.copier.progress import Moved
from mirror.report.lines import TO_DO, coloured, one_line, plain, plan_line, repository, result_line, summary
from mirror.report.model import Action, ImageResult, RunReport
from mirror.report.pace import Pace
from mirror.report.units import count_text

Write = Callable[[str], None]

PROGRESS_SECONDS = 5.0
"""At least, between two lines of progress; later in a run twice and four times as long, for a log is kept."""

_SHOWN_UNCHANGED = 20
# Above this many, unchanged references are only counted: the log is about what happened.
_STEADY = (Action.UNCHANGED, Action.KEPT)


class TextLog:
    """A `Listener` that writes lines. Stack traces and secrets never get here: errors are one line each."""

    def __init__(self, write: Write, *, colours: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._paint = coloured if colours else plain
        self._clock = clock
        self._dry_run = False
        self._width = 0
        self._pace = Pace()
        self._last: Moved | None = None
        self._told = self._began = clock()
        self._waiting: dict[str, int] = {}
        """Tags of each image that are not done yet."""
        self._held: dict[str, list[ImageResult]] = {}
        """Those that are, until the others are too."""

    def started(self, *, images: int, source: str, destinations: Sequence[str], anonymous: bool, dry_run: bool) -> None:
        """See `Listener`."""
        self._dry_run = dry_run
        self._told = self._began = self._clock()
        self._write(f"{count_text(images, 'reference')} from {source} to {' and '.join(destinations) or 'nowhere'}")
        if anonymous:
            self._write("reading anonymously: the pull quota is that of this address, which others may share")
        if dry_run:
            self._write("dry run: nothing is changed")

    def planned(self, results: Sequence[ImageResult]) -> None:
        """See `Listener`."""
        self._width = max((len(result.reference) for result in results), default=0)
        self._write(plan_line(results))
        steady = [result for result in results if result.action in _STEADY]
        for result in results:
            if result.action in _STEADY:
                if len(steady) <= _SHOWN_UNCHANGED:
                    self._line(result)
            elif self._dry_run or result.action not in TO_DO:
                self._line(result)
            else:
                name = repository(result.reference)
                self._waiting[name] = self._waiting.get(name, 0) + 1

    def finished(self, result: ImageResult) -> None:
        """See `Listener`."""
        name = repository(result.reference)
        self._held.setdefault(name, []).append(result)
        if len(self._held[name]) >= self._waiting.get(name, 0):
            self._release(name)

    def moving(self, moved: Moved) -> None:
        """See `Listener`."""
        now = self._clock()
        wait = PROGRESS_SECONDS * (1 if now - self._began < 60 else 2 if now - self._began < 600 else 4)
        if moved == self._last or now - self._told < wait - 0.1:
            return
        self._last, self._told = moved, now
        self._write(f"… {self._pace.at(now, moved)}")

    def note(self, text: str) -> None:
        """See `Listener`."""
        self._write(one_line(text))

    def ended(self, report: RunReport) -> None:
        """See `Listener`."""
        for name in list(self._held):
            self._release(name)
        for line in summary(report, self._paint):
            self._write(line)

    def _release(self, name: str) -> None:
        for result in self._held.pop(name):
            self._line(result)

    def _line(self, result: ImageResult) -> None:
        self._write(result_line(result, width=self._width, dry_run=self._dry_run, paint=self._paint))
