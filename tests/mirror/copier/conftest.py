"""A source and two destinations in memory, and a copier over them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mirror.copier.blobs import BlobBoard
from mirror.copier.image import ImageCopier
from mirror.copier.manifests import ManifestCache
from mirror.copier.progress import Progress
from mirror.transport.clock import Deadline
from sandbox.registries.store import Store
from tests.memory import MemoryRepository, World
from tests.support import FakeClock


@pytest.fixture(params=[1, 4], ids=["one worker", "four workers"])
def world(request: pytest.FixtureRequest, clock: FakeClock) -> Iterator[World]:
    """With the smallest pools, too: nothing may wait for a worker that waits for it."""
    size: int = request.param
    deadline = Deadline(clock)
    with ThreadPoolExecutor(size) as blob_workers, ThreadPoolExecutor(size) as side:
        progress = Progress()
        board = BlobBoard(blob_workers, side, progress, deadline)
        yield World(
            MemoryRepository(Store(), "library/app"),
            MemoryRepository(Store(), "hub/app"),
            MemoryRepository(Store(), "app"),
            ImageCopier(board, ManifestCache(), side, progress, deadline),
            clock,
        )
