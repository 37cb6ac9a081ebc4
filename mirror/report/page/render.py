"""The page's parts put together."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template

from mirror.report.cost import Estimate
from mirror.report.lines import TO_DO
from mirror.report.model import SEVERITY, Action, Certainty, ImageResult, RunReport, count_actions
from mirror.report.page.charts import charts
from mirror.report.page.data import data
from mirror.report.page.markup import escape
from mirror.report.page.troubles import drift, troubles
from mirror.report.sharing import unique_bytes
from mirror.report.units import bytes_text, count_text, seconds_text


def render(report: RunReport, *, cost: Estimate | None = None) -> str:
    """The page."""
    css, script = _asset("page.css"), _asset("page.js")
    mood, sign, verdict = _verdict(report)
    images = (*report.images, *report.others)
    return Template(_asset("page.html")).substitute(
        csp=_policy(css, script),
        title=escape(f"hub-mirror: {verdict}"),
        heading="hub-mirror, dry run: nothing was changed" if report.dry_run else "hub-mirror",
        run="What a run would do" if report.dry_run else "This run",
        css=css,
        script=script,
        mood=mood,
        sign=sign,
        verdict=escape(verdict),
        when=_when(report),
        troubles=troubles(report),
        drift=drift(images),
        states=_states(report.images, TO_DO if report.dry_run else {}),
        numbers=_numbers(report, images),
        budget=_budget(report),
        notes="".join(f'<p class="note text">{escape(note)}</p>' for note in report.notes),
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


def _states(images: Sequence[ImageResult], names: Mapping[Action, str]) -> str:
    counts = count_actions(images)
    shown = [
        (f"k-{action.partition(' ')[0]}", names.get(action, action), counts[action])
        for action in SEVERITY
        if action in counts
    ]
    if not shown:
        return '<p class="soft">None.</p>'
    label = ", ".join(f"{count} {name}" for _, name, count in shown)
    legend = "".join(f'<li class="{kind}"><b>{count}</b> {name}</li>' for kind, name, count in shown)
    return _bar(label, [(kind, count / len(images)) for kind, _, count in shown]) + f'<ul class="legend">{legend}</ul>'


def _bar(label: str, parts: Iterable[tuple[str, float]]) -> str:
    """Shares of one, from left to right."""
    rects, start = [], 0.0
    for kind, share in parts:
        width = min(max(share, 0.0), 1.0 - start) * 100
        rects.append(f'<rect class="{kind}" x="{start * 100:.2f}" width="{width:.2f}" height="4"/>')
        start += width / 100
    return (
        f'<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">'
        f"{''.join(rects)}</svg>"
    )


def _numbers(report: RunReport, images: Sequence[ImageResult]) -> str:
    read, took = bytes_text(report.bytes_downloaded), ("Took", seconds_text(report.seconds))
    if report.dry_run:
        shown = [("Pulls needed", _pulls(report)), ("To read from the source, about", read), took]
    else:
        written = bytes_text(report.bytes_uploaded)
        shown = [("Pulls used", _pulls(report)), ("Read from the source", read), ("Written", written), took]
    if any(image.blobs for image in images):
        shown.append(("All images, layers once", bytes_text(unique_bytes(images))))
    if report.others:
        shown.append(("From earlier runs", count_text(len(report.others), "reference")))
    return "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in shown)


def _pulls(report: RunReport) -> str:
    """A plan knows them as surely as it knows the least certain of them."""
    certainty = Certainty.of_all(image.certainty for image in report.images)
    return f"{certainty.prefix if report.pulls else ''}{report.pulls}"


def _budget(report: RunReport) -> str:
    after = report.quota_after
    verb = "would use" if report.dry_run else "used"
    if after is None or after.limit <= 0:
        return (
            f'<p class="note">The source named no pull limit. This run {verb} {count_text(report.pulls, "pull")}.</p>'
        )
    left = min(max(after.remaining / after.limit, 0.0), 1.0)
    used = 0.0 if report.dry_run else min(report.pulls / after.limit, 1.0 - left)
    # The window slides and others may pull, so what was used before is what is neither left nor this run's.
    earlier = max(after.limit - max(after.remaining, 0) - (0 if report.dry_run else report.pulls), 0)
    hours = f" in {after.window_seconds / 3600:g} h" if after.window_seconds else ""
    who = "Read anonymously: shared by all on this address." if report.anonymous else "Read with an account."
    before = f" {report.quota_before.remaining} were left before the run." if report.quota_before else ""
    label = f"{after.remaining} of {after.limit} pulls left"
    return (
        f"{_bar(label, [('k-left', left), ('k-used', used)])}"
        f'<ul class="legend"><li class="k-left"><b>{after.remaining}</b> of {after.limit} pulls{hours} left</li>'
        f'<li class="k-used"><b>{_pulls(report)}</b> {"would be used" if report.dry_run else "used by this run"}</li>'
        f'<li class="k-before"><b>{earlier}</b> used before or by others</li></ul>'
        f'<p class="soft">{escape(who)}{before}</p>'
    )


def _cost(cost: Estimate | None) -> str:
    if cost is None:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{escape(line.what)}{', once' if line.once else ''}</th>"
        f"<td class='number'>{escape(line.amount)}</td>"
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
