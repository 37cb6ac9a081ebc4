"""Small benchmarks, run for real: with our engine, and with skopeo where it is installed."""

from collections.abc import Iterator

import pytest

from bench.programs import Program, our_program, peers
from bench.registries import Place, find_program
from bench.scenarios import Plan


@pytest.fixture
def place() -> Iterator[Place]:
    if find_program("docker-registry") is None:
        pytest.skip(
            "docker-registry is not installed: `make setup-interop` gets it where Debian packages are to be had"
        )
    with Place() as entered:
        yield entered


@pytest.fixture
def plan(place: Place) -> Plan:
    """Everything as small as it goes, each once."""
    programs: list[Program] = [our_program(place.folder("bytecode")), *peers()]
    return Plan(place, programs, scale=0.001, repeat=1, tags=20)
