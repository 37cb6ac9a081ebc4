"""Registries to ask: the sandbox's own, and the real docker-registry beside it."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from bench.registries import find_program
from tests.sandbox.registries.debian import docker_registry
from tests.sandbox.registries.wire import Shelf, Wire

SANDBOX = "sandbox"
DEBIAN = "docker-registry"


@pytest.fixture(scope="session")
def debian_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real registry's URL; its repositories are told apart by name."""
    binary = find_program("docker-registry")
    if binary is None:
        pytest.skip(
            "docker-registry is not installed: `make setup-interop` gets it where Debian packages are to be had"
        )
    directory: Path = tmp_path_factory.mktemp("docker-registry")
    with docker_registry(binary, directory) as url:
        yield url


@pytest.fixture(params=[SANDBOX, pytest.param(DEBIAN, marks=pytest.mark.slow)])
def kind(request: pytest.FixtureRequest) -> str:
    """Which registry the test is run against."""
    return str(request.param)


@pytest.fixture
def wire(kind: str, request: pytest.FixtureRequest) -> Wire:
    if kind == SANDBOX:
        return Wire(request.getfixturevalue("registries").plain("plain"))
    return Wire(request.getfixturevalue("debian_url"))


@pytest.fixture
def shelf(wire: Wire, request: pytest.FixtureRequest) -> Shelf:
    """An empty repository that no other test knows."""
    return Shelf(wire, "team/t" + sha256(request.node.nodeid.encode()).hexdigest()[:12])
