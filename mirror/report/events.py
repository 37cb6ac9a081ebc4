"""What a run tells while it goes on. Views implement it; the engine knows nothing of terminals."""

from collections.abc import Sequence
from typing import Protocol

from mirror.copier.progress import Moved
from mirror.report.model import ImageResult, RunReport


class Listener(Protocol):
    """Told of a run's events, from the thread that began the run, except `note`, which may come from any."""

    def started(self, *, images: int, source: str, destinations: Sequence[str], anonymous: bool, dry_run: bool) -> None:
        """Before the first question: how many references are wanted, and where everything is."""

    def planned(self, results: Sequence[ImageResult]) -> None:
        """After the survey: what there is to do, and what there is not."""

    def finished(self, result: ImageResult) -> None:
        """A reference is done, one way or another."""

    def moving(self, moved: Moved) -> None:
        """Every few seconds while bytes are moving."""

    def note(self, text: str) -> None:
        """Something that a person who waits wants to know."""

    def ended(self, report: RunReport) -> None:
        """The whole result."""
