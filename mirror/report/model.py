"""The result of a run: every view is a renderer over this and nothing else."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from mirror.oci.digest import Digest
from mirror.registry.protocols import PullQuota


class Action(enum.StrEnum):
    """What became of a reference in one destination, or of the reference as a whole."""

    COPIED = "copied"
    """Content was transferred and the tag set."""
    RETAGGED = "re-tagged"
    """The destination had the content; only the tag was set."""
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """Upstream moved, but the destination's tag is immutable, as configured."""
    DEFERRED = "deferred"
    """Left to a later run: budget or deadline."""
    GONE = "gone upstream"
    """Upstream no longer has the tag; the mirror keeps its copy."""
    FAILED = "failed"


class Certainty(enum.StrEnum):
    """How sure it is how many pulls something takes."""

    EXACT = "exact"
    LISTED = "listed"
    """Exact by what Docker Hub's web interface says, which no digest proves."""
    ABOUT = "about"
    AT_LEAST = "at least"

    @property
    def prefix(self) -> str:
        """What stands before the number."""
        return f"{self} " if self in {Certainty.ABOUT, Certainty.AT_LEAST} else ""

    @classmethod
    def of_all(cls, parts: "Iterable[Certainty]") -> "Certainty":
        """Of a sum: that of the least certain part."""
        found = set(parts)
        return next((each for each in reversed(cls) if each in found), cls.EXACT)


class Blob(NamedTuple):
    """A config or a layer."""

    digest: Digest
    size: int


SEVERITY = (
    Action.FAILED,
    Action.GONE,
    Action.DEFERRED,
    Action.COPIED,
    Action.RETAGGED,
    Action.KEPT,
    Action.UNCHANGED,
)
"""From the one that most wants attention: an image is what its most severe destination is."""


@dataclass(frozen=True, slots=True)
class DestinationResult:
    """What happened to one reference in one destination. In a dry run: what would happen."""

    destination: str
    """``private`` or ``public``, or the name of another one."""
    reference: str
    """What to pull: ``public.ecr.aws/a1b2c3d4/maven:3.6.3-jdk-11``."""
    action: Action
    digest: Digest | None = None
    """What the tag points at after the run; `None` when it does not exist there."""
    bytes_uploaded: int = 0
    reason: str = ""
    """Why, for deferred, kept and failed: one line without a stack trace."""
    advice: str = ""
    """What to do about it."""
    mirrored_at: datetime | None = None
    """When the tag came to point at `digest`, as far as earlier reports tell."""
    drift: str = ""
    """What somebody else changed or deleted in the registry since the mirror last wrote there."""
    found: Digest | None = None
    """What the tag pointed at before the run; `None` when it did not exist there."""


@dataclass(frozen=True, slots=True)
class ImageResult:
    """One reference of the plan."""

    reference: str
    """``maven:3.6.3-jdk-11``."""
    destinations: tuple[DestinationResult, ...]
    source_digest: Digest | None = None
    platforms: tuple[str, ...] = ()
    """Known when an index, or the config of an image without one, was read in this run, or by the run that an earlier
    report is of; attestations are not platforms.
    """
    size: int | None = None
    """Bytes of all that the digest names, each blob once; `None` when nobody told. Without `blobs` it is Docker Hub's
    word on the tag, and may leave out what is small."""
    blobs: tuple[Blob, ...] = ()
    """What `size` is made of, without the manifests; empty when no manifest was read."""
    moved_at: datetime | None = None
    """When a run first saw the tag upstream at `source_digest`, as far as earlier reports tell."""
    bytes_downloaded: int = 0
    """Blob bytes read from the source registry for this reference."""
    pulls: int = 0
    """Counted requests (manifest GETs) spent at the source; in a plan, those that a run would spend."""
    certainty: Certainty = Certainty.EXACT
    """Of `pulls` in a plan."""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    reason: str = ""
    """Set when the reference failed as a whole, before any destination was tried."""
    advice: str = ""
    seen_at: datetime | None = None
    """When an earlier run ended that this is from; `None`: it is from the run that the report is about."""

    @property
    def action(self) -> Action:
        """The most severe of its destinations' actions; failed where there is none."""
        found = {result.action for result in self.destinations}
        return next((action for action in SEVERITY if action in found), Action.FAILED)


@dataclass(frozen=True, slots=True)
class Past:
    """One run in numbers."""

    started: datetime
    seconds: float
    references: int
    failed: int
    changed: int
    pulls: int
    bytes_downloaded: int
    remaining: int | None
    """Pulls left after it."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """The whole run."""

    started: datetime
    """With time zone, UTC."""
    finished: datetime
    dry_run: bool
    images: tuple[ImageResult, ...]
    quota_before: PullQuota | None = None
    """`None`: the source named no limit."""
    quota_after: PullQuota | None = None
    anonymous: bool = True
    """Whether the source was read without credentials."""
    notes: tuple[str, ...] = field(default_factory=tuple)
    others: tuple[ImageResult, ...] = ()
    """What earlier runs said of references that this one was not asked about; not counted in any total."""
    past: tuple[Past, ...] = ()
    """The last runs with this one, oldest first; no dry runs."""
    build: str = ""
    """What ran it, as CodeBuild calls its builds: ``hub-mirror:8f1c…``; empty elsewhere."""
    build_url: str = ""
    """Where that build is in the console."""

    @property
    def seconds(self) -> float:
        """Wall time."""
        return (self.finished - self.started).total_seconds()

    @property
    def pulls(self) -> int:
        """Counted requests spent at the source."""
        return sum(image.pulls for image in self.images)

    @property
    def bytes_downloaded(self) -> int:
        """Blob bytes read from the source."""
        return sum(image.bytes_downloaded for image in self.images)

    @property
    def bytes_uploaded(self) -> int:
        """Blob bytes written, over all destinations."""
        return sum(result.bytes_uploaded for image in self.images for result in image.destinations)

    def with_action(self, *actions: Action) -> tuple[ImageResult, ...]:
        """The images whose overall action is one of these, in plan order."""
        return tuple(image for image in self.images if image.action in actions)


def count_actions(images: Iterable[ImageResult]) -> dict[Action, int]:
    """How many images ended in each action, most severe first; actions that did not occur are left out."""
    counts = dict.fromkeys(SEVERITY, 0)
    for image in images:
        counts[image.action] += 1
    return {action: count for action, count in counts.items() if count}
