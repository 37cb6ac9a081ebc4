from collections.abc import Iterator

import pytest

from sandbox.registries.server import Registries
from tests.memory import World, open_world
from tests.stage import Stage
from tests.support import FakeClock


@pytest.fixture
def stage(registries: Registries, clock: FakeClock) -> Stage:
    """Whole runs between Docker Hub and two plain registries."""
    return Stage(registries, clock)


@pytest.fixture
def world(clock: FakeClock) -> Iterator[World]:
    """A copier between repositories in memory."""
    with open_world(clock, threads=2) as opened:
        yield opened
