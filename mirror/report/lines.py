"""Lines about results: what a reference came to, and what a person must know at the end."""

from collections.abc import Callable, Sequence

from mirror.oci.digest import short
from mirror.registry.protocols import PullQuota
from mirror.report.events import Opening
from mirror.report.model import SEVERITY, Action, Certainty, DestinationResult, ImageResult, RunReport, count_actions
from mirror.report.units import bytes_text, count_text, quota_text, seconds_text

TO_DO = {Action.COPIED: "to copy", Action.RETAGGED: "to tag only"}
"""What a plan calls them."""


def is_to_do(result: ImageResult) -> bool:
    """Of a plan: whether anything is to be written, also where something else has failed already."""
    return any(each.action in TO_DO for each in result.destinations)


STEADY = (Action.UNCHANGED, Action.KEPT)
"""What asks nothing of anybody."""
SHOWN_TAGS = 20
"""Of one image; a line each. More are told in one line for each thing that was done."""
SHOWN_TROUBLES = 10
"""Kinds of trouble told at the end; a reason that many references share is one."""
_LATER = "Nothing has to be done: a later run does it, what was never mirrored first."
WIDEST = 60
"""Of references: a longer one stands out by itself and does not push the others' columns away."""
_NAMED = 5
_SHOWN_LETTERS = 160
# Of a reason in the line of a reference; it stands in full at the end.

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
    parts = [f"{one_line(result.reference):<{width}}", f"{digest:<19}", places, _costs(result, dry_run=dry_run)]
    return (paint(f"{word:<13}", result.action) + " " + "  ".join(part for part in parts if part)).rstrip()


def group_lines(results: Sequence[ImageResult], *, width: int, paint: Paint = plain) -> list[str]:
    """What became of one image's tags: a line each, or with many tags one for each action."""
    if len(results) <= SHOWN_TAGS:
        return [result_line(result, width=width, dry_run=False, paint=paint) for result in results]
    lines = []
    for action in SEVERITY:
        of_it = [result for result in results if result.action is action]
        if of_it:
            image = repository(of_it[0].reference)
            tags = [one_line(result.reference.removeprefix(image).lstrip(":@")) for result in of_it]
            parts = [f"{one_line(image)}: {_names(tags)}", _total(of_it)]
            lines.append(paint(f"{action:<13}", action) + " " + "  ".join(part for part in parts if part))
    return lines


def how_far(done: int, to_do: int) -> str:
    """For a run that is stopped."""
    return f"after {done} of {count_text(to_do, 'reference')}" if to_do else ""


def counted_line(results: Sequence[ImageResult]) -> str:
    """What there was no time to tell one by one."""
    parts = [f"{count} {action}" for action, count in count_actions(results).items()]
    return f"… and {len(results)} more: {', '.join(parts)}"


def opening_lines(opening: Opening) -> list[str]:
    """The first lines: from where, as whom, to where, within which time."""
    user = f", as {one_line(opening.user)}" if opening.user else ""
    lines = ["dry run: nothing is changed"] if opening.dry_run else []
    lines.append(f"{count_text(opening.images, 'image')} from {opening.source}{user}")
    lines += [f"  to {name}: {where}" for name, where in opening.destinations.items()] or ["  to nowhere"]
    if opening.anonymous:
        lines.append("reading anonymously: the pull quota is that of this address, which others may share")
    if opening.deadline_seconds is not None:
        lines.append(f"stops after {seconds_text(opening.deadline_seconds)}; what is left then is for the next run")
    return lines


def plan_lines(results: Sequence[ImageResult], quota: PullQuota | None, keep: int) -> list[str]:
    """How much there is to do, and what there is to do it with."""
    parts = [f"{count} {TO_DO.get(action, action)}" for action, count in count_actions(results).items()]
    kept = f", {keep} of them kept for others" if keep else ""
    source = f", counted for {one_line(quota.source)}" if quota is not None and quota.source else ""
    lines = [f"pull budget{quota_text(quota).replace(',', ':', 1)}{kept}{source}"] if quota is not None else []
    plan = f"plan for {count_text(len(results), 'reference')}: {', '.join(parts) or 'nothing'}"
    return [*lines, plan + _pulls(results, "; {}")]


def _pulls(results: Sequence[ImageResult], template: str, *, none: str = "") -> str:
    """The sum of their pulls, with a word of how sure it is."""
    pulls = sum(result.pulls for result in results)
    certainty = Certainty.of_all(result.certainty for result in results)
    return template.format(f"{certainty.prefix}{count_text(pulls, 'pull')}") if pulls else none


def summary(report: RunReport, paint: Paint = plain) -> list[str]:
    """The last lines: what needs a person, the worst last, with advice; then the verdict and the totals."""
    lines = [f"note: {one_line(note)}" for note in report.notes]
    lines += _troubles(report, paint)
    counts = count_actions(report.images)
    names = TO_DO if report.dry_run else {}
    done = ", ".join(
        paint(f"{counts[action]} {names.get(action, action)}", action)
        for action in reversed(SEVERITY)
        if action in counts
    )
    lines.append(f"{_verdict(report)}: {done or 'nothing'}")
    lines.append(f"{used(report)}, {seconds_text(report.seconds)}")
    return lines


def _verdict(report: RunReport) -> str:
    failed, deferred = (len(report.with_action(action)) for action in (Action.FAILED, Action.DEFERRED))
    if failed:
        would = "would fail" if report.dry_run else "failed"
        return f"{failed} of {count_text(len(report.images), 'reference')} {would}"
    if report.dry_run:
        return "would be"
    if deferred:
        return f"nothing failed, {deferred} of {count_text(len(report.images), 'reference')} for a later run"
    return "all done" if not report.with_action(Action.GONE) else "nothing failed, but see above"


def used(report: RunReport) -> str:
    """Pulls and bytes: spent, or as far as a plan can know them."""
    quota = quota_text(report.quota_after)
    if report.dry_run:
        pulls = _pulls(report.images, "{}", none=count_text(0, "pull"))
        if Certainty.LISTED in {image.certainty for image in report.images}:
            pulls += " (counted by what Docker Hub's web interface lists)"
        read = f"about {bytes_text(report.bytes_downloaded)} to read, as far as anybody tells"
        if not report.bytes_downloaded and report.with_action(Action.COPIED):
            read = "how much there is to read nobody tells without a pull"
        return f"a run would use {pulls}{quota}; {read}"
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


def _costs(result: ImageResult, *, dry_run: bool) -> str:
    reasons = [each.reason for each in result.destinations if each.action is result.action] + [result.reason]
    why = shortened(one_line(next(filter(None, reasons), "")))
    return ", ".join(part for part in (_total([result], dry_run=dry_run), *map(one_line, result.notes), why) if part)


def shortened(text: str) -> str:
    """Enough to know what it is about."""
    return text if len(text) <= _SHOWN_LETTERS else text[: _SHOWN_LETTERS - 1] + "…"


def _total(results: Sequence[ImageResult], *, dry_run: bool = False) -> str:
    """Bytes, pulls and the time of one; of several it says nothing, for they are copied side by side."""
    downloaded = sum(result.bytes_downloaded for result in results)
    uploaded = sum(each.bytes_uploaded for result in results for each in result.destinations)
    pulls, seconds = sum(result.pulls for result in results), results[0].seconds if len(results) == 1 else 0.0
    parts = [f"{bytes_text(downloaded)} read, {bytes_text(uploaded)} written"] if downloaded or uploaded else []
    if dry_run:
        parts = [f"{bytes_text(downloaded)} to read"] if downloaded else []
    parts += [count_text(pulls, "pull")] if pulls else []
    parts += [seconds_text(seconds)] if seconds >= 0.05 else []
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
    worst = list(befell.items())[:SHOWN_TROUBLES]
    lines = []
    if len(befell) > SHOWN_TROUBLES:
        lines.append(f"and {len(befell) - SHOWN_TROUBLES} more kinds of trouble: see the lines above, or the report")
    for (action, reason, advice), references in reversed(worst):
        # What failed as a whole often begins with its own name.
        names = "" if [reason.partition(":")[0]] == list(references) else f"{_names(list(references))}: "
        lines.append(f"{paint(str(action), action)}: {one_line(names + reason)}")
        todo = advice or (_LATER if action is Action.DEFERRED else "")
        lines += [f"  → {one_line(todo)}"] if todo else []
    return lines


def _names(references: Sequence[str]) -> str:
    if len(references) <= _NAMED:
        return ", ".join(references)
    return f"{', '.join(references[:_NAMED])} and {len(references) - _NAMED} more"
