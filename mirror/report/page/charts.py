"""The last runs as small charts: bars in SVG, and the same numbers as a table for who cannot see them."""

from collections.abc import Callable, Sequence

from mirror.report.model import Past
from mirror.report.page.markup import escape
from mirror.report.units import bytes_text, count_text, seconds_text

_WIDTH, _HEIGHT = 10, 100
# Of a bar's place, in the drawing's own units; it is stretched to whatever room there is.
_PLACES = 12
# At least, or the bars of a few runs would be blocks.

_Show = Callable[[float], str]


def charts(past: Sequence[Past]) -> str:
    """The section; empty when there is only one run."""
    if len(past) < 2:
        return ""
    figures = (
        _figure("Failed", past, lambda run: run.failed, _count, bad=True),
        _figure("Changed", past, lambda run: run.changed, _count),
        _figure("Pulls used", past, lambda run: run.pulls, _count),
        _figure("Pulls left", past, lambda run: run.remaining, _count),
        _figure("Read", past, lambda run: run.bytes_downloaded, lambda n: bytes_text(round(n))),
        _figure("Duration", past, lambda run: run.seconds, seconds_text),
    )
    return (
        '<section aria-labelledby="history">\n'
        f'<h2 id="history">The last {len(past)} runs</h2>\n<div class="charts">{"".join(figures)}</div>\n'
        f"{_table(past)}\n</section>"
    )


def _count(number: float) -> str:
    return f"{number:.0f}"


def _figure(
    title: str, past: Sequence[Past], value: Callable[[Past], float | None], show: _Show, *, bad: bool = False
) -> str:
    known = [(place, run, number) for place, run in enumerate(past) if (number := value(run)) is not None]
    if not known:
        return ""
    most = max(number for *_, number in known)
    latest = show(known[-1][-1])
    label = f"{title}: last {latest}, at most {show(most)} in {count_text(len(past), 'run')}"
    places = max(len(past), _PLACES)
    bars = "".join(
        f'<rect x="{(places - len(past) + place) * _WIDTH}" y="{_HEIGHT - height:.1f}" width="{_WIDTH - 2}" '
        f'height="{height:.1f}"{" class=" + chr(34) + "worst" + chr(34) if bad and number else ""}>'
        f"<title>{escape(f'{run.started:%Y-%m-%d %H:%M}: {show(number)}')}</title></rect>"
        for place, run, number in known
        for height in [max(number / most * (_HEIGHT - 2), 3.0) if number else 0.0]
    )
    return (
        f"<figure><h3>{escape(title)}</h3>"
        f'<svg viewBox="0 0 {places * _WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{bars}</svg>'
        f"<figcaption><b>{escape(latest)}</b> at most {escape(show(most))}</figcaption></figure>"
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
