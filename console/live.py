"""A run on a terminal: bars while it goes on, a table when it is planned, the summary at the end.

`mirror.cli.view` finds this module by its name and asks `listener` for a view.
"""

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from mirror.copier.progress import Moved
from mirror.oci.digest import short
from mirror.registry.protocols import PullQuota
from mirror.report.events import Opening
from mirror.report.lines import (
    STEADY,
    TO_DO,
    WIDEST,
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
from mirror.report.model import Action, ImageResult, RunReport
from mirror.report.pace import Pace
from mirror.report.units import bytes_text
from mirror.transport.redact import redact

SHOWN = 60
"""Rows of a table; of the rest, and of what stays as it is, there is a count."""

BESIDE = 30
"""Columns that a picture of bars takes beside what it tells: spinner, name, the shortest useful bar, time."""

SHOW_CURSOR = b"\r\x1b[J\x1b[?25h"
"""Away with what is drawn below, and the cursor back."""

_STYLES = {
    Action.FAILED: "bold red",
    Action.GONE: "yellow",
    Action.DEFERRED: "yellow",
    Action.COPIED: "green",
    Action.RETAGGED: "green",
    Action.KEPT: "cyan",
    Action.UNCHANGED: "dim",
}


def listener(stream: TextIO, *, colours: bool) -> "LiveView":
    """A view for a terminal that understands more than lines; `colours` is what its owner wishes."""
    # NO_COLOR means the colours only: the bars may still move.
    system = "auto" if colours else None
    return LiveView(Console(file=stream, force_terminal=True, color_system=system, highlight=False))  # type: ignore[arg-type]


class LiveView:
    """A `Listener` for a terminal. Text from elsewhere is never read as markup."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._pace = Pace()
        self._width = 0
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[told]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._images: TaskID | None = None
        self._bytes: TaskID | None = None
        self._dry_run = False
        self._keep = 0
        self._done = self._to_do = 0
        self._named: str | None = None
        """The image whose tags were told last."""

    def started(self, opening: Opening) -> None:
        """See `Listener`."""
        self._dry_run, self._keep = opening.dry_run, opening.keep_pulls
        for line in opening_lines(opening):
            self._say(line, "yellow" if opening.anonymous and line.startswith("reading") else "")
        self._images = self._progress.add_task("looking", total=None, told="")
        self._progress.start()

    def explained(self, line: str) -> None:
        """See `Listener`."""
        self._say(one_line(line), "dim" if line.startswith("out") else "")

    def planned(self, results: Sequence[ImageResult], quota: PullQuota | None) -> None:
        """See `Listener`."""
        self._width = min(max((len(result.reference) for result in results), default=0), WIDEST)
        shown = [
            result for result in results if result.action not in STEADY and (self._dry_run or not is_to_do(result))
        ]
        for line in plan_lines(results, quota, self._keep):
            self._say(line, "bold" if line.startswith("plan") else "")
        if shown:
            self._console.print(_table(shown, dry_run=self._dry_run))
        self._to_do = sum(map(is_to_do, results))
        if self._images is not None and not self._dry_run and self._to_do:
            self._progress.update(
                self._images, description="images", total=self._to_do, completed=0, told=f"0/{self._to_do}"
            )
            self._bytes = self._progress.add_task("bytes", total=None, told="")

    def finished(self, result: ImageResult) -> None:
        """See `Listener`."""
        self._done += 1
        self._say(result_line(result, width=self._width, dry_run=False, paint=plain), _STYLES[result.action])
        if self._images is not None:
            self._progress.update(self._images, completed=self._done, told=f"{self._done}/{self._to_do}")

    def moving(self, moved: Moved) -> None:
        """See `Listener`."""
        if self._bytes is not None and moved.expected:
            told = _fitting(self._pace.parts(self._clock(), moved), self._console.width - BESIDE)
            self._progress.update(self._bytes, total=moved.expected, completed=moved.downloaded, told=told)

    def note(self, text: str) -> None:
        """See `Listener`."""
        self._say(one_line(text), "yellow")

    def ended(self, report: RunReport) -> None:
        """See `Listener`."""
        self._progress.stop()
        changed = [result for result in report.images if result.action not in STEADY]
        if changed and not self._dry_run:
            self._console.print(_table(changed, dry_run=False))
        for line in summary(report):
            self._say(line, _style_of(line))

    def stopped(self) -> str:
        """See `Listener`. Past the library, which may hold its lock, and past the stream's buffer."""
        with contextlib.suppress(OSError):
            os.write(self._console.file.fileno(), SHOW_CURSOR)
        return how_far(self._done, self._to_do)

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(Text(redact(text), style=style), soft_wrap=True)


def _fitting(parts: Sequence[str], room: int) -> str:
    """As many of them as there is room for; the first in any case."""
    text = parts[0]
    for part in parts[1:]:
        if len(text) + 2 + len(part) > room:
            break
        text += f", {part}"
    return text


def _style_of(line: str) -> str:
    word = line.partition(":")[0]
    return next((_STYLES[action] for action in Action if word == str(action)), "")


def _table(results: Sequence[ImageResult], *, dry_run: bool) -> Table:
    """The tags of an image below each other, its name once."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("", "image", "tag", "digest", "to", "size"):
        table.add_column(title, no_wrap=title != "to", justify="right" if title == "size" else "left")
    before = ""
    for result in results[:SHOWN]:
        places = ", ".join(each.destination for each in result.destinations if each.action not in STEADY)
        image = repository(result.reference)
        tag = result.reference.removeprefix(image).lstrip(":@")
        table.add_row(
            Text(
                TO_DO.get(result.action, str(result.action)) if dry_run else str(result.action), _STYLES[result.action]
            ),
            Text(one_line(image) if image != before else ""),
            Text(one_line(tag)),
            Text(short(result.source_digest) if result.source_digest else "-", style="dim"),
            Text(places),
            Text(bytes_text(result.size) if result.size is not None else ""),
        )
        before = image
    if len(results) > SHOWN:
        table.caption = f"and {len(results) - SHOWN} more"
    return table
