"""What a run tells while it goes on. Views implement it; the engine knows nothing of terminals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mirror.copier.progress import Moved
from mirror.registry.protocols import PullQuota
from mirror.report.model import ImageResult, RunReport


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known before the first question."""

    images: int
    """Entries of the configuration that are asked for; how many references they come to shows itself later."""
    source: str
    destinations: Mapping[str, str] = field(default_factory=dict)
    """By name: registry and prefix."""
    user: str = ""
    """Who reads the source; empty where nobody is logged in, or not by a user name."""
    anonymous: bool = False
    """Whether Docker Hub is read without credentials."""
    dry_run: bool = False
    deadline_seconds: float | None = None
    keep_pulls: int = 0
    """Pulls that are left to others."""


class Listener(Protocol):
    """Told of a run's events, from the thread that began the run, except `note`, which may come from any."""

    def started(self, opening: Opening) -> None:
        """Before the first question."""

    def explained(self, line: str) -> None:
        """Why a tag is in or out: only where that was asked for, and then of every tag."""

    def planned(self, results: Sequence[ImageResult], quota: PullQuota | None) -> None:
        """After the survey: what there is to do, what there is not, and what is left of the source's quota."""

    def finished(self, result: ImageResult) -> None:
        """A reference is done, one way or another."""

    def moving(self, moved: Moved) -> None:
        """Several times a second while references are being copied, whether or not bytes are moving."""

    def note(self, text: str) -> None:
        """Something that a person who waits wants to know."""

    def ended(self, report: RunReport) -> None:
        """The whole result."""

    def stopped(self) -> str:
        """How far it came, as ``after 3 of 7 references``; empty where nothing is known yet.

        The process is about to be ended by a signal, whose handler calls this, so no lock may be waited for.
        """
