"""Results as Markdown tables: ratios for time and memory, plain numbers for what was counted."""

from collections.abc import Iterable, Sequence

from bench.programs import OURS
from bench.rows import Row, by_situation, ratio_text, ratios


def render(rows: Sequence[Row]) -> str:
    """All tables, each only where there is something for it."""
    parts = [_ratios(rows), _requests(rows), _memory(rows)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _ratios(rows: Sequence[Row]) -> str:
    found = ratios(rows)
    if not found:
        return ""
    return _table(
        ("situation", "run", "against", "wall time", "CPU time", "peak memory"),
        [(each.scenario, each.phase, each.peer, *map(ratio_text, (each.wall, each.cpu, each.peak))) for each in found],
        numbers=3,
    )


def _requests(rows: Sequence[Row]) -> str:
    counted = [row for row in by_situation(rows) if row.measured is None]
    if not counted:
        return ""
    kinds = ("HEAD manifest", "GET manifest", "GET blob")
    lines = []
    for row in counted:
        others = sum(number for kind, number in row.requests.items() if kind not in kinds)
        sent = f"{row.sent / row.unique:.2f}" if row.unique else ""
        numbers = [str(row.requests.get(kind, 0)) for kind in kinds]
        lines.append((row.scenario, row.phase, row.program, *numbers, str(others), sent))
    heads = ("situation", "run", "program", *kinds, "others", "bytes / unique")
    return _table(heads, lines, numbers=5)


def _memory(rows: Sequence[Row]) -> str:
    lines = [
        (row.scenario, row.phase, f"{row.measured.peak / 1024:.0f} MiB")
        for row in rows
        if row.program == OURS and row.measured is not None
    ]
    return _table(("situation", "run", f"peak memory of {OURS}"), lines, numbers=1) if lines else ""


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]], *, numbers: int) -> str:
    """A table whose last `numbers` columns are set to the right; repeated situations are left blank."""
    shown: list[list[str]] = []
    before: Sequence[str] = ()
    for line in lines:
        same = [str(cell) for cell in line]
        for column in range(2):
            if tuple(line[: column + 1]) == tuple(before[: column + 1]):
                same[column] = ""
        shown.append(same)
        before = line
    widths = [max(len(head), 4, *(len(line[i]) for line in shown)) for i, head in enumerate(heads)]
    right = [i >= len(heads) - numbers for i in range(len(heads))]

    def row(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(cells, widths, right, strict=True)
        )
        return f"| {' | '.join(padded)} |"

    rule = ("-" * (width - 1) + ":" if is_right else "-" * width for width, is_right in zip(widths, right, strict=True))
    return "\n".join([row(heads), row(list(rule)), *(row(line) for line in shown)])
