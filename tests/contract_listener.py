"""A listener for runs under test."""

from typing import Any

from mirror.report.model import ImageResult, RunReport


class Quiet:
    """A listener that only remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def started(self, opening: Any) -> None: ...
    def planned(self, results: Any, quota: Any) -> None: ...
    def finished(self, result: ImageResult) -> None: ...
    def moving(self, moved: Any) -> None: ...
    def ended(self, report: RunReport) -> None: ...
    def stopped(self) -> str:
        return ""

    def explained(self, line: str) -> None:
        self.notes.append(line)

    def note(self, text: str) -> None:
        self.notes.append(text)
