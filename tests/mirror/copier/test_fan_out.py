import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mirror.copier.fan_out import fan_out
from mirror.copier.target import Target
from mirror.errors import DeniedError, TransportError
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from sandbox.registries.store import Store
from tests.memory import Breaks, MemoryRepository

CONTENT = b"0123456789"
BLOB = Descriptor("application/octet-stream", digest_of(CONTENT), len(CONTENT))


@pytest.fixture
def side() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def source() -> MemoryRepository:
    repository = MemoryRepository(Store(), "source")
    repository.store.put_blob(repository.store.create("source"), CONTENT)
    return repository


def target(name: str) -> tuple[Target, MemoryRepository]:
    repository = MemoryRepository(Store(), name)
    return Target(name, name, repository), repository


def test_one_read_feeds_all(source: MemoryRepository, side: ThreadPoolExecutor) -> None:
    (one, first), (two, second) = target("one"), target("two")
    moved: list[tuple[int, int]] = []
    result = fan_out(source, BLOB, [one, two], side, lambda read, written: moved.append((read, written)))
    assert set(result.delivered) == {one, two}
    assert result.failed == {}
    assert first.store.blobs == second.store.blobs == {BLOB.digest: CONTENT}
    assert moved == [(5, 10), (5, 10)]


@pytest.mark.parametrize("operation", ["open_upload", "write", "commit"])
def test_who_fails_is_dropped(source: MemoryRepository, side: ThreadPoolExecutor, operation: str) -> None:
    (one, first), (two, second) = target("one"), target("two")
    first.broken = Breaks(operation, error=DeniedError("no", status=403))
    result = fan_out(source, BLOB, [one, two], side, lambda *_: None)
    assert result.delivered == [two]
    assert set(result.failed) == {one}
    assert second.store.blobs


def test_nobody_left_ends_the_read(source: MemoryRepository, side: ThreadPoolExecutor) -> None:
    one, first = target("one")
    first.broken = Breaks("write")
    source.broken = Breaks("read_blob")  # never reached: the second half is not asked for
    result = fan_out(source, BLOB, [one], side, lambda *_: None)
    assert set(result.failed) == {one}


@pytest.mark.parametrize("operation", ["open_blob", "read_blob"])
def test_a_reader_that_fails_aborts_every_upload(
    source: MemoryRepository, side: ThreadPoolExecutor, operation: str
) -> None:
    (one, first), (two, second) = target("one"), target("two")
    source.broken = Breaks(operation)
    with pytest.raises(TransportError):
        fan_out(source, BLOB, [one, two], side, lambda *_: None)
    for each in (first, second):  # what was not begun need not be given up
        assert each.count("abort") == each.count("open_upload")
    assert first.count("commit") == 0
    assert first.store.blobs == {}


def test_uploads_end_side_by_side(source: MemoryRepository, side: ThreadPoolExecutor) -> None:
    """A registry verifies a large layer before it answers; one is not to wait for the other's doing so."""
    together = threading.Barrier(2, timeout=10)

    def wait(operation: str, _about: str) -> None:
        if operation == "commit":
            together.wait()

    (one, first), (two, second) = target("one"), target("two")
    first.broken = second.broken = wait
    assert set(fan_out(source, BLOB, [one, two], side, lambda *_: None).delivered) == {one, two}


def test_what_nobody_expected_leaves_no_upload_open(source: MemoryRepository, side: ThreadPoolExecutor) -> None:
    def surprise(operation: str, _about: str) -> None:
        if operation == "read_blob":
            raise ZeroDivisionError

    (one, first), (two, second) = target("one"), target("two")
    source.broken = surprise
    with pytest.raises(ZeroDivisionError):
        fan_out(source, BLOB, [one, two], side, lambda *_: None)
    assert first.count("abort") == second.count("abort") == 1
