"""The page's parts put together."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from mirror.report.cost import Estimate
from mirror.report.model import SEVERITY, Action, ImageResult, RunReport, count_actions
from mirror.report.page.charts import charts
from mirror.report.page.data import data
from mirror.report.sharing import unique_bytes
from mirror.report.units import bytes_text, count_text, seconds_text

SHOWN_TROUBLES = 50
"""On top of the page; all of them are in the table."""

_TROUBLE = (Action.FAILED, Action.DEFERRED, Action.GONE)


def render(report: RunReport, *, cost: Estimate | None = None) -> str:
    """The page."""
    css, script = _asset("page.css"), _asset("page.js")
    mood, sign, verdict = _verdict(report)
    images = (*report.images, *report.others)
    return Template(_asset("page.html")).substitute(
        csp=_policy(css, script),
        title=escape(f"hub-mirror: {verdict}"),
        heading="hub-mirror, dry run" if report.dry_run else "hub-mirror",
        css=css,
        script=script,
        mood=mood,
        sign=sign,
        verdict=escape(verdict),
        when=_when(report),
        troubles=_troubles(report),
        drift=_drift(images),
        numbers=_numbers(report, images),
        budget=_budget(report),
        notes="".join(f'<p class="note">{escape(note)}</p>' for note in report.notes),
        references=count_text(len(images), "reference"),
        charts=charts(report.past),
        cost=_cost(cost),
        footer=_footer(report),
        data=data(report),
    )


def _policy(css: str, script: str) -> str:
    """Nothing but this page's own style and script, named by their hashes; no request, no frame, no form, no markup
    made of strings.
    """
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(css)}'; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _verdict(report: RunReport) -> tuple[str, str, str]:
    """Mood, sign and words: never the colour alone."""
    failed, waiting = len(report.with_action(Action.FAILED)), len(report.with_action(Action.DEFERRED, Action.GONE))
    total = count_text(len(report.images), "reference")
    if failed:
        return "bad", "✗", f"{failed} of {total} failed"
    if waiting:
        return "warn", "!", f"{waiting} of {total} {'needs' if waiting == 1 else 'need'} a look"
    if not report.images:
        return "warn", "!", "Nothing was asked for"
    changed = len(report.with_action(Action.COPIED, Action.RETAGGED))
    if report.dry_run and changed:
        return "warn", "!", f"{changed} of {total} would change"
    return "good", "✓", f"All is well: {total} up to date"


def _when(report: RunReport) -> str:
    at = f"{report.finished:%Y-%m-%dT%H:%M:%SZ}"
    parts = [f'<time datetime="{at}">{report.finished:%Y-%m-%d %H:%M} UTC</time>, took {seconds_text(report.seconds)}']
    if report.build:
        name = escape(report.build)
        is_link = report.build_url.startswith("https://")
        parts.append(f'build <a href="{escape(report.build_url)}">{name}</a>' if is_link else f"build {name}")
    return ", ".join(parts)


def _troubles(report: RunReport) -> str:
    found = [image for action in _TROUBLE for image in report.with_action(action)]
    if not found:
        return ""
    entries = "\n".join(_trouble(image) for image in found[:SHOWN_TROUBLES])
    more = f'<p class="note">and {len(found) - SHOWN_TROUBLES} more</p>' if len(found) > SHOWN_TROUBLES else ""
    return (
        '<section aria-labelledby="troubles">\n<h2 id="troubles">What needs somebody</h2>\n'
        f'<ul class="trouble">{entries}</ul>{more}\n</section>'
    )


def _trouble(image: ImageResult) -> str:
    lines: dict[tuple[str, str], list[str]] = {}
    for each in image.destinations:
        if each.reason:
            lines.setdefault((each.reason, each.advice), []).append(each.destination)
    if image.reason:
        lines.setdefault((image.reason, image.advice), [])
    mood = "" if image.action is Action.FAILED else ' class="warn"'
    return f"<li{mood}><strong>{escape(image.reference)}</strong> {image.action}{''.join(_why(lines))}</li>"


def _why(lines: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    for (reason, advice), places in lines.items():
        where = f" ({escape(', '.join(places))})" if places else ""
        yield f"<br>{escape(reason)}{where}"
        if advice:
            yield f'<br><span class="advice">{escape(advice)}</span>'


def _drift(images: Sequence[ImageResult]) -> str:
    found = [each for image in images for each in image.destinations if each.drift]
    if not found:
        return ""
    entries = "\n".join(
        f'<li class="warn"><strong>{escape(each.reference)}</strong><br>{escape(each.drift)}</li>'
        for each in found[:SHOWN_TROUBLES]
    )
    return (
        '<section aria-labelledby="drift">\n<h2 id="drift">Changed behind the mirror\'s back</h2>\n'
        f'<ul class="trouble">{entries}</ul>\n</section>'
    )


def _numbers(report: RunReport, images: Sequence[ImageResult]) -> str:
    counts = count_actions(report.images)
    shown = [(str(action).capitalize(), str(counts[action])) for action in SEVERITY if action in counts]
    shown += [
        ("Pulls used", str(report.pulls)),
        ("Read from the source", bytes_text(report.bytes_downloaded)),
        ("Written", bytes_text(report.bytes_uploaded)),
    ]
    if any(image.blobs for image in images):
        shown.append(("All images, layers once", bytes_text(unique_bytes(images))))
    if report.others:
        shown.append(("From earlier runs", str(len(report.others))))
    return "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in shown)


def _budget(report: RunReport) -> str:
    after = report.quota_after
    if after is None or after.limit <= 0:
        return '<p class="note">The source named no pull limit.</p>'
    hours = f" in {after.window_seconds / 3600:g} h" if after.window_seconds else ""
    who = "anonymously, shared by all on this address" if report.anonymous else "with an account"
    before = f", {report.quota_before.remaining} before the run" if report.quota_before else ""
    words = (
        f"{after.remaining} of {after.limit} pulls{hours} left{before}; this run used {report.pulls} (read {who}). "
        "Others may use the same budget."
    )
    left = min(max(after.remaining / after.limit * 100, 0), 100)
    used = min(report.pulls / after.limit * 100, 100 - left)
    return (
        f'<div class="budget"><h3>Docker Hub budget</h3><svg viewBox="0 0 100 4" preserveAspectRatio="none" role="img" '
        f'aria-label="{after.remaining} of {after.limit} pulls left"><rect class="left" width="{left:.2f}" height="4"/>'
        f'<rect class="used" x="{left:.2f}" width="{used:.2f}" height="4"/></svg><p>{escape(words)}</p></div>'
    )


def _cost(cost: Estimate | None) -> str:
    if cost is None:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{escape(line.what)}</th><td class='number'>{escape(line.amount)}</td>"
        f"<td class='number'>${line.dollars:.2f}</td></tr>"
        for line in cost.lines
    )
    notes = "".join(f"<li>{escape(each)}</li>" for each in cost.assumptions)
    return (
        f'<section aria-labelledby="cost">\n<h2 id="cost">Cost: about ${cost.dollars:.2f} a month</h2>\n'
        f"<details><summary>How that is estimated</summary><table class='small'><tbody>{rows}</tbody></table>"
        f'<ul class="note">{notes}</ul></details>\n</section>'
    )


def _footer(report: RunReport) -> str:
    shown = "; the state of the others is that of earlier runs" if report.others else ""
    return (
        f"Made by hub-mirror from report.json of this run{escape(shown)}. Times are UTC. "
        "Press <kbd>/</kbd> to filter, <kbd>Esc</kbd> to clear the filter."
    )
