"""A run on a terminal: bars while it goes on, a table when it is planned, the summary at the end."""

import time
from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from mirror.copier.progress import Moved
from mirror.oci.digest import short
from mirror.report.lines import TO_DO, one_line, plain, plan_line, result_line, summary
from mirror.report.model import Action, ImageResult, RunReport
from mirror.report.pace import Pace
from mirror.report.units import bytes_text, count_text
from mirror.transport.redact import redact

SHOWN = 60
"""Rows of a plan; of the rest, and of what stays as it is, there is a count."""

_STYLES = {
    Action.FAILED: "bold red",
    Action.GONE: "yellow",
    Action.DEFERRED: "yellow",
    Action.COPIED: "green",
    Action.RETAGGED: "green",
    Action.KEPT: "cyan",
    Action.UNCHANGED: "dim",
}
_STEADY = (Action.UNCHANGED, Action.KEPT)


class LiveView:
    """A `Listener` for a terminal. Text from elsewhere is never read as markup."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._pace = Pace()
        self._width = 0
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[moved]}", markup=False),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._dry_run = False

    def started(self, *, images: int, source: str, destinations: Sequence[str], anonymous: bool, dry_run: bool) -> None:
        """See `Listener`."""
        self._dry_run = dry_run
        self._say(f"{count_text(images, 'reference')} from {source} to {' and '.join(destinations) or 'nowhere'}")
        if anonymous:
            self._say("reading anonymously: the pull quota is that of this address, which others may share", "yellow")
        if dry_run:
            self._say("dry run: nothing is changed")
        self._task = self._progress.add_task("looking", total=None, moved="")
        self._progress.start()

    def planned(self, results: Sequence[ImageResult]) -> None:
        """See `Listener`."""
        self._width = max((len(result.reference) for result in results), default=0)
        to_do = [result for result in results if result.action not in _STEADY]
        self._say(plan_line(results), "bold")
        if self._dry_run and to_do:
            self._console.print(_table(to_do))
        if self._task is not None:
            copies = sum(result.action in TO_DO for result in results)
            self._progress.update(self._task, description="copying", total=copies, completed=0)

    def finished(self, result: ImageResult) -> None:
        """See `Listener`."""
        self._say(result_line(result, width=self._width, dry_run=False, paint=plain), _STYLES[result.action])
        if self._task is not None:
            self._progress.advance(self._task)

    def moving(self, moved: Moved) -> None:
        """See `Listener`."""
        if self._task is not None:
            self._progress.update(self._task, moved=self._pace.at(self._clock(), moved))

    def note(self, text: str) -> None:
        """See `Listener`."""
        self._say(one_line(text), "yellow")

    def ended(self, report: RunReport) -> None:
        """See `Listener`."""
        self._progress.stop()
        for line in summary(report):
            self._say(line, _style_of(line))

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(Text(redact(text), style=style), soft_wrap=True)


def _style_of(line: str) -> str:
    word = line.partition(":")[0]
    return next((_STYLES[action] for action in Action if word == str(action)), "bold" if word == "done" else "")


def _table(results: Sequence[ImageResult]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("", "reference", "digest", "to", "size"):
        table.add_column(title, no_wrap=title in {"", "reference", "digest"})
    for result in results[:SHOWN]:
        places = ", ".join(each.destination for each in result.destinations if each.action not in _STEADY)
        cells = (
            Text(TO_DO.get(result.action, str(result.action)), style=_STYLES[result.action]),
            Text(one_line(result.reference)),
            Text(short(result.source_digest) if result.source_digest else "-", style="dim"),
            Text(places),
            Text(bytes_text(result.size) if result.size is not None else ""),
        )
        table.add_row(*cells)
    if len(results) > SHOWN:
        table.caption = f"and {len(results) - SHOWN} more"
    return table
