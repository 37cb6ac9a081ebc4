"""Whole runs of the engine, from the sandbox's Docker Hub into registries on loopback; its clock does not wait."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mirror.config import reader
from mirror.copier.progress import Moved
from mirror.oci.digest import Digest
from mirror.registry.protocols import PullQuota
from mirror.report.events import Opening
from mirror.report.model import Action, ImageResult, RunReport
from mirror.run import RunOptions, run
from sandbox.registries.images import ImageBuilder
from sandbox.registries.seeds import seed_corpus
from sandbox.registries.server import Registries
from sandbox.registries.store import Repository, Store
from tests.support import FakeClock


@dataclass
class Recorder:
    """A `Listener` that keeps what it was told."""

    events: list[str] = field(default_factory=list)
    begun: Opening | None = None
    plan: list[ImageResult] = field(default_factory=list)
    done: list[ImageResult] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    report: RunReport | None = None
    hook: Callable[[str], None] = lambda _event: None
    """Called on every event, by name."""

    def _event(self, name: str) -> None:
        self.events.append(name)
        self.hook(name)

    def started(self, opening: Opening) -> None:
        self._event("started")
        self.begun = opening

    def explained(self, line: str) -> None:
        self.notes.append(line)

    def planned(self, results: Sequence[ImageResult], quota: PullQuota | None) -> None:
        self._event("planned")
        self.plan = list(results)

    def finished(self, result: ImageResult) -> None:
        self.done.append(result)
        self._event("finished")

    def moving(self, moved: Moved) -> None:
        """Depends on how long a run takes, so it is no event."""

    def note(self, text: str) -> None:
        self.notes.append(text)

    def ended(self, report: RunReport) -> None:
        self._event("ended")
        self.report = report

    def stopped(self) -> str:
        return ""  # nobody stops it


@dataclass
class Stage:
    """Docker Hub, and one plain registry for each destination: ``one`` for `private`, ``two`` for `public`."""

    registries: Registries
    clock: FakeClock
    one: Store = field(default_factory=Store)
    two: Store = field(default_factory=Store)
    environ: dict[str, str] = field(default_factory=dict)
    listener: Recorder = field(default_factory=Recorder)
    urls: dict[str, str | None] = field(default_factory=dict)
    """Of the destinations; `None`: Amazon's, as the environment says."""

    hook: Callable[[str], None] = lambda _event: None
    """Called on every event of a run, by name: the moment at which a test lets something happen."""

    def __post_init__(self) -> None:
        self.urls = {
            "private": self.registries.plain("one", self.one),
            "public": self.registries.plain("two", self.two),
        }

    def run(self, text: str, **options: Any) -> RunReport:
        """Do what this mirror.yaml says; the access log then holds this run only."""
        self.registries.log.clear()
        self.listener = Recorder(hook=self.hook)
        settings: dict[str, Any] = {"source": self.registries.hub_url, "source_is_hub": True, **self.urls, **options}
        return run(
            reader.read_text(f"version: 1\n{text}", source="mirror.yaml"),
            RunOptions(**settings),
            environ=self.environ,
            listener=self.listener,
            clock=self.clock,
        )

    def corpus(self) -> list[str]:
        """Fills Docker Hub with it, in layers of 512 bytes; the references."""
        return seed_corpus(self.registries.hub, layer_size=512)

    def builder(self, name: str = "library/app") -> ImageBuilder:
        """Of images in one repository of Docker Hub."""
        return ImageBuilder(self.registries.hub, name)

    def complete(self, reference: str, *, upstream: str = "") -> bool:
        """Whether both destinations hold what Docker Hub has under that tag, and all of it."""
        name, _, tag = reference.partition(":")
        digest = self.registries.hub.create(upstream or name).tags[tag]
        held = [store.create(name) for store in (self.one, self.two)]
        return all(each.tags.get(tag) == digest and is_whole(each, digest) for each in held)


def both(references: Sequence[str]) -> str:
    """A mirror.yaml that sends these to both destinations under their own names."""
    return "private: {}\npublic: {}\ndefaults: {to: [private, public]}\n" + images(references)


def images(references: Sequence[str]) -> str:
    """The section that names these."""
    found: dict[str, list[str]] = {}
    for reference in references:
        name, _, tag = reference.partition(":")
        found.setdefault(name, []).append(tag)
    lines = [f"  - {{name: {name}, tags: [{', '.join(map(repr, tags))}]}}\n" for name, tags in found.items()]
    return "images:\n" + "".join(lines)


def actions(report: RunReport) -> dict[str, str]:
    """What became of every reference."""
    return {image.reference: str(image.action) for image in report.images}


def rows(report: RunReport, reference: str) -> Mapping[str, Action]:
    """What became of one reference in each destination."""
    (image,) = (image for image in report.images if image.reference == reference)
    return {row.destination: row.action for row in image.destinations}


def is_whole(repository: Repository, digest: Digest) -> bool:
    """Whether a digest and all below it is there: manifests and blobs."""
    stored = repository.manifests.get(digest)
    if stored is None:
        return False
    return all(is_whole(repository, child.digest) for child in stored.manifest.children) and all(
        blob.digest in repository.blobs for blob in stored.manifest.blobs
    )
