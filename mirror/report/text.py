"""The log of a run: what a person reads in the build's output."""

from collections.abc import Callable, Sequence

from mirror.copier.progress import Moved
from mirror.oci.digest import short
from mirror.registry.protocols import PullQuota
from mirror.report.model import SEVERITY, Action, DestinationResult, ImageResult, RunReport, count_actions
from mirror.report.units import bytes_text, count_text, seconds_text

Write = Callable[[str], None]

_TO_DO = {Action.COPIED: "to copy", Action.RETAGGED: "to tag only"}
_SHOWN_UNCHANGED = 20
# Above this many, unchanged references are only counted: the log is about what happened.


class TextLog:
    """A `Listener` that writes lines. Stack traces and secrets never get here: errors are one line each."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._dry_run = False
        self._width = 0
        self._last: Moved | None = None

    def started(self, *, images: int, source: str, destinations: Sequence[str], anonymous: bool, dry_run: bool) -> None:
        """See `Listener`."""
        self._dry_run = dry_run
        self._write(f"{count_text(images, 'reference')} from {source} to {' and '.join(destinations) or 'nowhere'}")
        if anonymous:
            self._write("reading anonymously: the pull quota is that of this address, which others may share")
        if dry_run:
            self._write("dry run: nothing is changed")

    def planned(self, results: Sequence[ImageResult]) -> None:
        """See `Listener`."""
        self._width = max((len(result.reference) for result in results), default=0)
        counts = count_actions(results)
        parts = [f"{count} {_TO_DO.get(action, action)}" for action, count in counts.items()]
        self._write("plan: " + (", ".join(parts) or "nothing"))
        unchanged = [result for result in results if result.action in {Action.UNCHANGED, Action.KEPT}]
        if len(unchanged) <= _SHOWN_UNCHANGED:
            for result in unchanged:
                self._line(result)
        for result in results:
            if result.action in {Action.GONE, Action.FAILED, Action.DEFERRED} or (
                self._dry_run and result.action in _TO_DO
            ):
                self._line(result)

    def finished(self, result: ImageResult) -> None:
        """See `Listener`."""
        self._line(result)

    def moving(self, moved: Moved) -> None:
        """See `Listener`."""
        if moved == self._last:
            return
        self._last = moved
        self._write(f"… {bytes_text(moved.downloaded)} read, {bytes_text(moved.uploaded)} written")

    def note(self, text: str) -> None:
        """See `Listener`."""
        self._write(text)

    def ended(self, report: RunReport) -> None:
        """See `Listener`."""
        for line in summary(report):
            self._write(line)

    def _line(self, result: ImageResult) -> None:
        digest = short(result.source_digest) if result.source_digest else "-"
        action = _TO_DO.get(result.action, str(result.action)) if self._dry_run else str(result.action)
        line = f"{action:<13} {result.reference:<{self._width}}  {digest:<19}"
        costs = _costs(result)
        places = ", ".join(_place(each, result.action) for each in result.destinations)
        self._write(
            "  ".join(part for part in (line.rstrip() if not (costs or places) else line, places, costs) if part)
        )


def _place(result: DestinationResult, overall: Action) -> str:
    return result.destination if result.action is overall else f"{result.destination}: {result.action}"


def _costs(result: ImageResult) -> str:
    uploaded = sum(each.bytes_uploaded for each in result.destinations)
    parts = []
    if result.bytes_downloaded or uploaded:
        parts.append(f"{bytes_text(result.bytes_downloaded)} read, {bytes_text(uploaded)} written")
    if result.pulls:
        parts.append(count_text(result.pulls, "pull"))
    if result.seconds:
        parts.append(seconds_text(result.seconds))
    return ", ".join(parts)


def summary(report: RunReport) -> list[str]:
    """The last lines: what needs a person first, with advice, then the totals."""
    lines: list[str] = []
    for action in (Action.FAILED, Action.DEFERRED, Action.GONE):
        for image in report.with_action(action):
            lines += _trouble(image)
    lines += [f"note: {note}" for note in report.notes]
    counts = count_actions(report.images)
    names = _TO_DO if report.dry_run else {}
    done = ", ".join(
        f"{counts[action]} {names.get(action, action)}" for action in reversed(SEVERITY) if action in counts
    )
    lines.append(f"{'would be' if report.dry_run else 'done'}: {done or 'nothing'}")
    lines.append(
        f"{count_text(report.pulls, 'pull')} used{_quota(report.quota_after)}; "
        f"{bytes_text(report.bytes_downloaded)} read, {bytes_text(report.bytes_uploaded)} written, "
        f"{seconds_text(report.seconds)}"
    )
    return lines


def _trouble(image: ImageResult) -> list[str]:
    lines = []
    for each in image.destinations:
        if each.reason:
            lines.append(f"{each.action}: {image.reference} in {each.destination}: {each.reason}")
            lines += [f"  → {each.advice}"] if each.advice else []
    if image.reason:
        lines.append(f"{image.action}: {image.reference}: {image.reason}")
        lines += [f"  → {image.advice}"] if image.advice else []
    if len({line.partition(": ")[2].partition(": ")[2] for line in lines[::2]}) == 1 and len(lines) > 2:
        return lines[:2]
    return lines


def _quota(quota: PullQuota | None) -> str:
    if quota is None:
        return ""
    hours = f" in {quota.window_seconds / 3600:g} h" if quota.window_seconds else ""
    return f", {quota.remaining} of {quota.limit}{hours} left"
