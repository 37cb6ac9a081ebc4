"""The ratios as a picture: one bar for each peer in each situation, on a logarithmic scale, 1 in the middle."""

import math
from collections.abc import Sequence
from html import escape

from bench.rows import Ratio, ratio_text

WIDTH = 960
LEFT = 490
RIGHT = 70
ROW = 20
TOP = 58
BOTTOM = 34

FASTER, SLOWER = "#2f7d4f", "#b5542a"
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#3a4048}.t{font-size:16px;font-weight:600}.s{fill:#6b7280}"
    ".g{stroke:#9aa3af;stroke-opacity:.35}.o{stroke:#6b7280}"
    "@media(prefers-color-scheme:dark){text{fill:#d7dbe0}.s{fill:#9aa3af}.o{stroke:#9aa3af}}"
)
# Ordinary colours for both backgrounds: the picture is shown on GitHub's light and dark pages.


def draw(ratios: Sequence[Ratio], *, title: str, note: str) -> str:
    """The picture of wall times. Bars to the left of 1: ours took less."""
    shown = [each for each in ratios if each.wall > 0]
    low = min([0.1, *(each.wall for each in shown)])
    high = max([2.0, *(each.wall for each in shown)])
    first, last = math.floor(math.log10(low)), math.log10(high) + 0.05
    height = TOP + ROW * len(shown) + BOTTOM

    def x(value: float) -> float:
        share = (math.log10(value) - first) / (last - first)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t n">',
        f"<style>{_STYLE}</style>",
        f'<text id="t" class="t" x="12" y="22">{escape(title)}</text>',
        f'<text id="n" class="s" x="12" y="42">{escape(note)}</text>',
    ]
    floor = TOP + ROW * len(shown)
    for tick in _ticks(low, high):
        css = "o" if tick == 1 else "g"
        lines.append(f'<line class="{css}" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP - 4}" y2="{floor + 4}"/>')
        lines.append(f'<text class="s" text-anchor="middle" x="{x(tick):.1f}" y="{floor + 22}">{tick:g}</text>')
    before = ""
    for number, each in enumerate(shown):
        y = TOP + ROW * number
        situation = f"{each.scenario}, {each.phase}"
        if situation != before and number:
            lines.append(f'<line class="g" x1="12" x2="{WIDTH - 12}" y1="{y}" y2="{y}"/>')
        if situation != before:
            lines.append(f'<text x="12" y="{y + 14}">{escape(situation)}</text>')
        before = situation
        start, end = sorted((x(1), x(each.wall)))
        colour = FASTER if each.wall <= 1 else SLOWER
        lines.append(
            f'<rect x="{start:.1f}" y="{y + 4}" width="{max(end - start, 1):.1f}" height="12" rx="2" fill="{colour}"/>'
        )
        lines.append(f'<text class="s" text-anchor="end" x="{LEFT - 8}" y="{y + 14}">{escape(each.peer)}</text>')
        lines.append(f'<text x="{WIDTH - RIGHT + 12}" y="{y + 14}">{ratio_text(each.wall)}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _ticks(low: float, high: float) -> list[float]:
    """Powers of ten that the scale holds, and 1 and 2 always."""
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    return sorted({1.0, 2.0, *(10.0**power for power in powers)})
