"""What needs somebody, on top of the page: an entry for each thing that is wrong, however many it befell."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mirror.report.model import Action, ImageResult, RunReport
from mirror.report.page.markup import escape

SHOWN = 50
"""Entries; all references are in the table."""
NAMED = 5
"""References of one entry that are named at once."""
LISTED = 200
"""References of one entry that are named when it is opened."""

_TROUBLE = (Action.FAILED, Action.GONE, Action.DEFERRED)


class _Kind(NamedTuple):
    action: Action
    reason: str
    advice: str


def troubles(report: RunReport) -> str:
    """The section; empty when there is none."""
    befell = _befell(report)
    if not befell:
        return ""
    entries = "\n".join(_entry(kind, befell[kind]) for kind in list(befell)[:SHOWN])
    more = f'<p class="note">and {len(befell) - SHOWN} more kinds of trouble: see the table</p>'
    return (
        '<section aria-labelledby="troubles">\n<h2 id="troubles">What needs somebody</h2>\n'
        f'<ul class="trouble">{entries}</ul>{more if len(befell) > SHOWN else ""}\n</section>'
    )


def drift(images: Sequence[ImageResult]) -> str:
    """The section of what was changed in the registry by somebody else; empty when nothing was."""
    found = [each for image in images for each in image.destinations if each.drift]
    if not found:
        return ""
    entries = "\n".join(
        f'<li class="warn"><p><strong>{escape(each.reference)}</strong></p>'
        f'<p class="text">{escape(each.drift)}; now {each.action}</p></li>'
        for each in found[:SHOWN]
    )
    more = f'<p class="note">and {len(found) - SHOWN} more: filter the table for drift</p>'
    return (
        '<section aria-labelledby="drift">\n<h2 id="drift">Changed behind the mirror\'s back</h2>\n'
        f'<ul class="trouble">{entries}</ul>{more if len(found) > SHOWN else ""}\n</section>'
    )


def _befell(report: RunReport) -> Mapping[_Kind, Mapping[str, Sequence[str]]]:
    """By kind, the references in plan order, each with the destinations where it happened."""
    found: dict[_Kind, dict[str, list[str]]] = {}
    for action in _TROUBLE:
        for image in report.with_action(action):
            places = (each for each in image.destinations if each.reason and each.action in _TROUBLE)
            reasons = [(_Kind(each.action, each.reason, each.advice), each.destination) for each in places]
            if image.reason or not reasons:
                reasons.append((_Kind(action, image.reason, image.advice), ""))
            for kind, destination in reasons:
                found.setdefault(kind, {}).setdefault(image.reference, []).extend([destination] if destination else [])
    return found


def _entry(kind: _Kind, references: Mapping[str, Sequence[str]]) -> str:
    mood = "bad" if kind.action is Action.FAILED else "warn"
    names = [_name(*each) for each in references.items()]
    rest = ""
    if len(names) > NAMED:
        listed = ", ".join(names[NAMED : NAMED + LISTED])
        cut = f" and {len(names) - NAMED - LISTED} more" if len(names) > NAMED + LISTED else ""
        rest = f"<details><summary>and {len(names) - NAMED} more</summary>{listed}{cut}</details>"
    reason = f'<p class="text">{escape(kind.reason)}</p>' if kind.reason else ""
    advice = f'<p class="advice text">{escape(kind.advice)}</p>' if kind.advice else ""
    return (
        f'<li class="{mood}"><p><span class="tag {mood}">{kind.action}</span> {", ".join(names[:NAMED])}</p>'
        f"{rest}{reason}{advice}</li>"
    )


def _name(reference: str, destinations: Sequence[str]) -> str:
    where = f' <span class="soft">in {escape(" and ".join(destinations))}</span>' if destinations else ""
    return f"<strong>{escape(reference)}</strong>{where}"
