"""A real registry and a real client; the tests are skipped, and say so, where there is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.registries import find_program
from sandbox.registries.docker_hub import Account
from sandbox.registries.server import Registries
from tests.interop.tools import RealRegistry, Skopeo
from tests.stage import Stage
from tests.support import FakeClock


def program(name: str) -> str:
    found = find_program(name)
    if found is None:
        pytest.skip(f"{name} is neither installed nor in .tools/debian (make setup-interop)")
    return found


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealRegistry]:
    """docker-registry, open to all."""
    directory = tmp_path / "registry"
    directory.mkdir()
    with RealRegistry(program("docker-registry"), directory) as running:
        yield running


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[RealRegistry]:
    """docker-registry with a password."""
    directory = tmp_path / "guarded"
    directory.mkdir()
    with RealRegistry(program("docker-registry"), directory, password=True) as running:
        yield running


@pytest.fixture
def skopeo(tmp_path: Path) -> Skopeo:
    directory = tmp_path / "home"
    directory.mkdir()
    return Skopeo(program("skopeo"), directory)


@pytest.fixture
def stage(registries: Registries, clock: FakeClock) -> Stage:
    """Whole runs out of the sandbox's Docker Hub, which does not count pulls here."""
    registries.hub_state.anonymous = Account(limit=None)
    return Stage(registries, clock)
