"""What was measured, one row for each program in each situation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.measure import Measured
from bench.programs import OURS


@dataclass(frozen=True, slots=True)
class Row:
    """One program in one situation."""

    scenario: str
    """``corpus, 40 ms, one destination``."""
    phase: str
    """``cold``, ``unchanged``, ``moved``."""
    program: str
    measured: Measured | None = None
    requests: Mapping[str, int] = field(default_factory=dict)
    """To the source, by method and kind: ``{"HEAD manifest": 20}``; empty where they were not counted."""
    sent: int = 0
    """Bytes that the source sent as blobs, where it was counted."""
    unique: int = 0
    """Bytes of all its blobs, each once."""

    def document(self) -> dict[str, Any]:
        """For the result file."""
        times: dict[str, Any] = {}
        if (measured := self.measured) is not None:
            times = {"wall": round(measured.wall, 4), "cpu": round(measured.cpu, 4), "peak_kib": measured.peak}
        counts = {"requests": dict(self.requests), "bytes_sent": self.sent, "bytes_unique": self.unique}
        return {
            "scenario": self.scenario,
            "phase": self.phase,
            "program": self.program,
            **times,
            **(counts if self.unique else {}),
        }


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours against one peer's: below 1 is better."""

    scenario: str
    phase: str
    peer: str
    wall: float
    cpu: float
    peak: float


def by_situation(rows: Iterable[Row]) -> list[Row]:
    """Rows of one situation side by side, situations in the order in which they first come."""
    together: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        together.setdefault((row.scenario, row.phase), []).append(row)
    return [row for same in together.values() for row in same]


def ratios(rows: Iterable[Row]) -> list[Ratio]:
    """One for each row of a peer that has ours beside it."""
    timed = [(row, row.measured) for row in by_situation(rows) if row.measured is not None]
    mine = {(row.scenario, row.phase): measured for row, measured in timed if row.program == OURS}
    found = []
    for row, theirs in timed:
        our = mine.get((row.scenario, row.phase))
        if our is None or row.program == OURS:
            continue
        wall, cpu, peak = (
            _ratio(our.wall, theirs.wall),
            _ratio(our.cpu, theirs.cpu),
            _ratio(our.peak, theirs.peak),
        )
        found.append(Ratio(row.scenario, row.phase, row.program, wall, cpu, peak))
    return found


def ratio_text(ratio: float) -> str:
    """Two decimals, three where those would say nothing."""
    return f"{ratio:.2f}" if ratio >= 0.095 else f"{ratio:.3f}"


def document(rows: Sequence[Row], about: Mapping[str, Any]) -> dict[str, Any]:
    """The result file."""
    return {
        "about": dict(about),
        "rows": [row.document() for row in rows],
        "ratios": [
            {
                "scenario": each.scenario,
                "phase": each.phase,
                "peer": each.peer,
                "wall": round(each.wall, 3),
                "cpu": round(each.cpu, 3),
                "peak": round(each.peak, 3),
            }
            for each in ratios(rows)
        ],
    }


def _ratio(ours: float, theirs: float) -> float:
    return ours / theirs if theirs else 0.0
