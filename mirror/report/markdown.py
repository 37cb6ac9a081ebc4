"""The report as Markdown: for a pull request, a chat or an issue."""

import re
from collections.abc import Iterable, Iterator

from mirror.oci.digest import short
from mirror.report.lines import one_line, used
from mirror.report.model import SEVERITY, Action, ImageResult, RunReport, count_actions
from mirror.report.units import bytes_text, count_text, seconds_text
from mirror.report.views import View

MAX_ROWS = 100
"""Of changed references; more are counted. Comments in most places take 64 KiB."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&@])")
_CHANGED = (Action.COPIED, Action.RETAGGED)
_TROUBLE = (Action.FAILED, Action.DEFERRED, Action.GONE)


def render(report: RunReport) -> str:
    """The document, with a newline at its end."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: RunReport) -> Iterator[str]:
    failed = len(report.with_action(Action.FAILED))
    verdict = f"{failed} of {count_text(len(report.images), 'reference')} failed" if failed else "all is well"
    kind = "hub-mirror, dry run" if report.dry_run else "hub-mirror"
    yield f"## {kind}: {verdict}"
    yield ""
    counts = count_actions(report.images)
    done = ", ".join(f"{counts[action]} {action}" for action in reversed(SEVERITY) if action in counts)
    yield f"{report.started:%Y-%m-%d %H:%M} UTC, {seconds_text(report.seconds)}: {done or 'nothing to do'}."
    yield f"{used(report)}."
    yield from _section("What needs somebody", _troubles(report))
    yield from _section("Changed in the registry by somebody else", _drift(report))
    yield from _section("What would change" if report.dry_run else "What changed", _changes(report))
    yield from _section("Notes", (f"- {_text(note)}" for note in report.notes))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", f"### {title}", "", *found)


def _troubles(report: RunReport) -> Iterator[str]:
    for action in _TROUBLE:
        for image in report.with_action(action):
            reasons = {(each.reason, each.advice): None for each in image.destinations if each.reason}
            if image.reason:
                reasons[image.reason, image.advice] = None
            yield f"- **{action}** {_code(image.reference)}" + "".join(_why(*each) for each in reasons)


def _why(reason: str, advice: str) -> str:
    return f"<br>{_text(reason)}" + (f"<br>→ {_text(advice)}" if advice else "")


def _drift(report: RunReport) -> Iterator[str]:
    for image in report.images:
        for each in image.destinations:
            if each.drift:
                yield f"- {_code(each.reference)}: {_text(each.drift)}"


def _changes(report: RunReport) -> Iterator[str]:
    changed = report.with_action(*_CHANGED)
    if not changed:
        return
    yield "| reference | | digest | to | size | pulls |"
    yield "|---|---|---|---|--:|--:|"
    for image in changed[:MAX_ROWS]:
        yield _row(image)
    if len(changed) > MAX_ROWS:
        yield f"| and {len(changed) - MAX_ROWS} more | | | | | |"


def _row(image: ImageResult) -> str:
    digest = short(image.source_digest) if image.source_digest else ""
    places = ", ".join(each.destination for each in image.destinations if each.action in _CHANGED)
    size = bytes_text(image.size) if image.size is not None else ""
    return f"| {_code(image.reference)} | {image.action} | `{digest}` | {_text(places)} | {size} | {image.pulls} |"


def _code(text: str) -> str:
    """In a code span nothing is special but the backtick, and in a table the bar; no reference has either."""
    return f"`{one_line(text).replace('`', '?').replace('|', '?')}`"


def _text(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", one_line(text))


VIEW = View("report", "md", "text/markdown; charset=utf-8", lambda report, _: [render(report)], is_dated=False)
