"""Lines about results: what a reference came to, and what a person must know at the end."""

from collections.abc import Callable, Sequence

from mirror.oci.digest import short
from mirror.report.model import SEVERITY, Action, DestinationResult, ImageResult, RunReport, count_actions
from mirror.report.units import bytes_text, count_text, quota_text, seconds_text

TO_DO = {Action.COPIED: "to copy", Action.RETAGGED: "to tag only"}
"""What a plan calls them."""
SHOWN_TROUBLES = 10
"""Kinds of trouble told at the end; a reason that many references share is one."""
_NAMED = 5

Paint = Callable[[str, Action], str]
"""Gives text the colour of an action; without colours, the text."""

_COLOURS = {
    Action.FAILED: "31;1",
    Action.GONE: "33",
    Action.DEFERRED: "33",
    Action.COPIED: "32",
    Action.RETAGGED: "32",
    Action.KEPT: "36",
    Action.UNCHANGED: "2",
}


def plain(text: str, action: Action) -> str:  # noqa: ARG001 - a `Paint`
    """No colour."""
    return text


def coloured(text: str, action: Action) -> str:
    """For a terminal."""
    return f"\x1b[{_COLOURS[action]}m{text}\x1b[0m"


def result_line(result: ImageResult, *, width: int, dry_run: bool, paint: Paint = plain) -> str:
    """One reference: what was done, what it points at, where, and what it cost."""
    word = TO_DO.get(result.action, str(result.action)) if dry_run else str(result.action)
    digest = short(result.source_digest) if result.source_digest else "-"
    places = ", ".join(_place(each, result.action) for each in result.destinations)
    parts = [f"{one_line(result.reference):<{width}}", f"{digest:<19}", places, _costs(result)]
    return (paint(f"{word:<13}", result.action) + " " + "  ".join(part for part in parts if part)).rstrip()


def plan_line(results: Sequence[ImageResult]) -> str:
    """How much there is to do."""
    parts = [f"{count} {TO_DO.get(action, action)}" for action, count in count_actions(results).items()]
    return "plan: " + (", ".join(parts) or "nothing")


def summary(report: RunReport, paint: Paint = plain) -> list[str]:
    """The last lines: what needs a person first, with advice, then the totals. However many fail, it stays short."""
    lines = _troubles(report, paint)
    lines += [f"note: {one_line(note)}" for note in report.notes]
    counts = count_actions(report.images)
    names = TO_DO if report.dry_run else {}
    done = ", ".join(
        paint(f"{counts[action]} {names.get(action, action)}", action)
        for action in reversed(SEVERITY)
        if action in counts
    )
    lines.append(f"{'would be' if report.dry_run else 'done'}: {done or 'nothing'}")
    lines.append(f"{used(report)}, {seconds_text(report.seconds)}")
    return lines


def used(report: RunReport) -> str:
    """Pulls and bytes: spent, or as far as a plan can know them."""
    quota = quota_text(report.quota_after)
    if report.dry_run:
        read = f"{bytes_text(report.bytes_downloaded)} to read, as far as the destinations tell"
        return f"a run would use {count_text(report.pulls, 'pull')}{quota}; {read}"
    moved = f"{bytes_text(report.bytes_downloaded)} read, {bytes_text(report.bytes_uploaded)} written"
    return f"{count_text(report.pulls, 'pull')} used{quota}; {moved}"


def one_line(text: str) -> str:
    """Text from elsewhere in a line of ours: no line breaks, and nothing that a terminal takes for a command."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def repository(reference: str) -> str:
    """The reference without tag and digest: what belongs together."""
    head, slash, last = reference.partition("@")[0].rpartition("/")
    return head + slash + last.partition(":")[0]


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
    parts += [one_line(note) for note in result.notes]
    return ", ".join(parts)


def _troubles(report: RunReport, paint: Paint) -> list[str]:
    """One entry for each thing that is wrong, however many references it befell."""
    befell: dict[tuple[Action, str, str], dict[str, None]] = {}
    for action in (Action.FAILED, Action.DEFERRED, Action.GONE):
        for image in report.with_action(action):
            reasons = [(place.action, place.reason, place.advice) for place in image.destinations if place.reason]
            reasons += [(action, image.reason, image.advice)] if image.reason else []
            for each in reasons:
                befell.setdefault(each, {})[image.reference] = None
    lines = []
    for (action, reason, advice), references in list(befell.items())[:SHOWN_TROUBLES]:
        # What failed as a whole often begins with its own name.
        names = "" if [reason.partition(":")[0]] == list(references) else f"{_names(list(references))}: "
        lines.append(f"{paint(str(action), action)}: {one_line(names + reason)}")
        lines += [f"  → {one_line(advice)}"] if advice else []
    if len(befell) > SHOWN_TROUBLES:
        lines.append(f"and {len(befell) - SHOWN_TROUBLES} more kinds of trouble: see the lines above, or the report")
    return lines


def _names(references: Sequence[str]) -> str:
    if len(references) <= _NAMED:
        return ", ".join(references)
    return f"{', '.join(references[:_NAMED])} and {len(references) - _NAMED} more"
