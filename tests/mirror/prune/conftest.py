"""A mirror whose destinations are one plain registry and Amazon's two, with a clock that tests set."""

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from mirror.config import reader
from mirror.config.model import MirrorConfig
from mirror.credentials.registries import Network
from mirror.run.options import RunOptions
from mirror.run.places import Places, open_places
from mirror.transport.clock import Deadline
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.registries.store import Repository
from tests.conftest import REGION
from tests.support import TodayPlus


@dataclass
class Mirror:
    """Docker Hub, private ECR and ECR Public of the sandbox."""

    registries: Registries
    network: Network
    clock: TodayPlus
    notes: list[str] = field(default_factory=list)

    def config(self, text: str) -> MirrorConfig:
        return reader.read_text(f"version: 1\n{text}", source="mirror.yaml")

    def options(self, **options: str | None) -> RunOptions:
        return RunOptions(source=self.registries.hub_url, source_is_hub=True, **options)  # type: ignore[arg-type]

    def places(self, text: str, **options: str | None) -> Places:
        return open_places(self.network, self.config(text), self.options(**options), {}, self.notes.append)

    def upstream(self, name: str, *tags: str) -> None:
        """Docker Hub has these tags, each with content of its own."""
        for tag in tags:
            ImageBuilder(self.registries.hub, name).small([tag], name=tag)

    def private(self, name: str, *tags: str) -> Repository:
        """Private ECR has these, with the same content."""
        service = self.registries.private[REGION]
        return _with(ImageBuilder(service.store, name), tags)

    def public(self, name: str, *tags: str) -> Repository:
        """ECR Public likewise."""
        return _with(ImageBuilder(self.registries.public.store, name), tags)


def _with(builder: ImageBuilder, tags: tuple[str, ...]) -> Repository:
    for tag in tags:
        builder.small([tag], name=tag)
    return builder.repository


@pytest.fixture
def mirror(registries: Registries, aws_environment: None) -> Iterator[Mirror]:
    clock = TodayPlus(time.time(), days=31)
    with Network.open(Deadline(clock)) as network:
        yield Mirror(registries, network, clock)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """The command line takes over how a process is stopped; the one that runs the tests keeps its own ways."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
