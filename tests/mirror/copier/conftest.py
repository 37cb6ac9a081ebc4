"""A source and two destinations in memory, and a copier over them."""

from collections.abc import Iterator

import pytest

from tests.memory import World, open_world
from tests.support import FakeClock


@pytest.fixture(params=[1, 4], ids=["one worker", "four workers"])
def world(request: pytest.FixtureRequest, clock: FakeClock) -> Iterator[World]:
    """With the smallest pools, too: nothing may wait for a worker that waits for it."""
    with open_world(clock, threads=request.param) as opened:
        yield opened
