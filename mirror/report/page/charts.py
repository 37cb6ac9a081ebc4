"""The last runs as small charts: bars in SVG, and the same numbers as a table for who cannot see them."""

from collections.abc import Callable, Sequence
from html import escape

from mirror.report.history import RUNS
from mirror.report.model import Past
from mirror.report.units import bytes_text, count_text, seconds_text

_WIDTH, _HEIGHT = 10, 100
# Of a bar's place, in the drawing's own units; it is stretched to whatever room there is.

_Show = Callable[[float], str]


def charts(past: Sequence[Past]) -> str:
    """The section; empty when there is only one run."""
    if len(past) < 2:
        return ""
    figures = (
        _figure("References that failed", past, lambda run: run.failed, lambda n: f"{n:.0f}", bad=True),
        _figure("Changed", past, lambda run: run.changed, lambda n: f"{n:.0f}"),
        _figure("Docker Hub pulls used", past, lambda run: run.pulls, lambda n: count_text(round(n), "pull")),
        _figure("Read from Docker Hub", past, lambda run: run.bytes_downloaded, lambda n: bytes_text(round(n))),
        _figure("Duration", past, lambda run: run.seconds, seconds_text),
    )
    return (
        '<section aria-labelledby="history">\n'
        f'<h2 id="history">The last {len(past)} runs</h2>\n<div class="charts">{"".join(figures)}</div>\n'
        f"{_table(past)}\n</section>"
    )


def _figure(title: str, past: Sequence[Past], value: Callable[[Past], float], show: _Show, *, bad: bool = False) -> str:
    values = [value(run) for run in past]
    most = max(values)
    label = f"{title}: last {show(values[-1])}, at most {show(most)} in {len(past)} runs"
    bars = "".join(
        f'<rect x="{(RUNS - len(past) + place) * _WIDTH}" y="{_HEIGHT - height:.1f}" width="{_WIDTH - 2}" '
        f'height="{height:.1f}"{" class=" + chr(34) + "worst" + chr(34) if bad and number else ""}>'
        f"<title>{escape(f'{run.started:%Y-%m-%d %H:%M}: {show(number)}')}</title></rect>"
        for place, (run, number) in enumerate(zip(past, values, strict=True))
        for height in [max(number / most * (_HEIGHT - 2), 2.0) if number and most else 0.8]
    )
    return (
        f"<figure><h3>{escape(title)}</h3>"
        f'<svg viewBox="0 0 {RUNS * _WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{bars}</svg>'
        f"<figcaption>last {escape(show(values[-1]))}, at most {escape(show(most))}</figcaption></figure>"
    )


def _table(past: Sequence[Past]) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{run.started:%Y-%m-%d %H:%M}</th><td>{run.references}</td><td>{run.failed}</td>"
        f"<td>{run.changed}</td><td>{run.pulls}</td><td>{'' if run.remaining is None else run.remaining}</td>"
        f"<td>{bytes_text(run.bytes_downloaded)}</td><td>{seconds_text(run.seconds)}</td></tr>"
        for run in reversed(past)
    )
    heads = ("Started, UTC", "References", "Failed", "Changed", "Pulls used", "Pulls left", "Read", "Duration")
    head = "".join(f"<th scope='col'><span>{each}</span></th>" for each in heads)
    return (
        "<details><summary>The same as a table</summary>"
        '<div class="scroll" role="region" aria-label="The last runs" tabindex="0">'
        f"<table class='small'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )
