import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mirror.copier.blobs import BlobBoard, Delivered
from mirror.copier.progress import Progress
from mirror.copier.target import Target
from mirror.errors import DeadlineError, DeniedError, LimitKind, NotFoundError, RateLimitError, TransportError
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from mirror.transport.clock import Deadline
from mirror.transport.retry import RetryPolicy
from sandbox.registries.store import Store
from tests.memory import Breaks, MemoryRepository, MountingRepository
from tests.support import FakeClock

CONTENT = b"a layer that several images share"
LAYER = Descriptor("application/octet-stream", digest_of(CONTENT), len(CONTENT))


@pytest.fixture
def source() -> MemoryRepository:
    repository = MemoryRepository(Store(), "library/app")
    repository.store.put_blob(repository.store.create(repository.path), CONTENT)
    return repository


@pytest.fixture
def board(clock: FakeClock) -> BlobBoard:
    return BlobBoard(ThreadPoolExecutor(2), ThreadPoolExecutor(2), Progress(), RetryPolicy(Deadline(clock)))


def targets(store: Store, count: int, *, mounts: bool | None) -> list[Target]:
    """That many repositories of one destination; `None`: one that cannot mount at all."""
    made: list[Target] = []
    for number in range(count):
        path = f"app{number}"
        repository = MemoryRepository(store, path) if mounts is None else MountingRepository(store, path, mounts=mounts)
        made.append(Target("private", path, repository))
    return made


def test_a_layer_of_many_repositories_is_read_once_and_mounted(source: MemoryRepository, board: BlobBoard) -> None:
    store = Store()
    wanted = targets(store, 10, mounts=True)
    costs = [future.result() for future in board.deliver(source, LAYER, wanted).values()]
    assert source.count("open_blob") == 1
    assert sum(cost.uploaded for cost in costs) == LAYER.size
    assert sum(cost.downloaded for cost in costs) == LAYER.size
    assert all(LAYER.digest in store.create(target.repository).blobs for target in wanted)


@pytest.mark.parametrize(("mounts", "read"), [(True, 1), (False, 2)])
def test_nobody_waits_for_bytes_that_are_mounted(
    source: MemoryRepository, clock: FakeClock, mounts: bool, read: int
) -> None:
    progress = Progress()
    board = BlobBoard(ThreadPoolExecutor(2), ThreadPoolExecutor(2), progress, RetryPolicy(Deadline(clock)))
    for target in targets(Store(), 2, mounts=mounts):
        board.deliver(source, LAYER, [target])[target].result()
    assert source.count("open_blob") == 1
    assert progress.now.expected == progress.now.downloaded == read * LAYER.size


@pytest.mark.parametrize("meanwhile", [True, False])
def test_two_images_with_the_same_layer_for_one_repository_pay_for_it_once(
    source: MemoryRepository, clock: FakeClock, meanwhile: bool
) -> None:
    progress = Progress()
    hold = threading.Event()
    workers = ThreadPoolExecutor(1)
    board = BlobBoard(workers, ThreadPoolExecutor(2), progress, RetryPolicy(Deadline(clock)))
    (target,) = targets(Store(), 1, mounts=None)
    if meanwhile:
        workers.submit(hold.wait)
    first = board.deliver(source, LAYER, [target])[target]
    if not meanwhile:
        first.result()
    second = board.deliver(source, LAYER, [target])[target]
    hold.set()
    assert first.result() == Delivered(LAYER.size, LAYER.size)
    assert second.result() == Delivered(0, 0)
    assert progress.now.expected == LAYER.size
    assert source.count("open_blob") == 1


def test_two_images_with_the_same_layer_hear_of_the_same_failure(source: MemoryRepository, board: BlobBoard) -> None:
    source.broken = Breaks("open_blob", error=DeniedError("no", status=403))
    (target,) = targets(Store(), 1, mounts=None)
    asked = [board.deliver(source, LAYER, [target])[target] for _ in range(2)]
    for future in asked:
        with pytest.raises(DeniedError):
            future.result()


@pytest.mark.parametrize("mounts", [False, None])
def test_where_mounting_does_not_work_the_source_is_still_read_once(
    source: MemoryRepository, board: BlobBoard, mounts: bool | None
) -> None:
    store = Store()
    wanted = targets(store, 10, mounts=mounts)
    for future in board.deliver(source, LAYER, wanted).values():
        future.result()
    assert source.count("open_blob") == 1
    mounting = [target.store for target in wanted if isinstance(target.store, MountingRepository)]
    assert sum(repository.count("mount_blob") for repository in mounting) <= 1
    assert all(LAYER.digest in store.create(target.repository).blobs for target in wanted)


def test_what_was_delivered_is_not_delivered_again(source: MemoryRepository, board: BlobBoard) -> None:
    wanted = targets(Store(), 1, mounts=None)
    first = board.deliver(source, LAYER, wanted)
    second = board.deliver(source, LAYER, wanted)
    assert first[wanted[0]].result() == Delivered(LAYER.size, LAYER.size)
    assert second[wanted[0]].result() == Delivered()
    assert source.count("open_blob") == 1
    again = board.deliver(source, LAYER, wanted, again=True)
    again[wanted[0]].result()
    assert source.count("open_blob") == 2


def test_a_holder_is_read_instead_of_the_source(source: MemoryRepository, board: BlobBoard) -> None:
    holder = MemoryRepository(Store(), "held")
    holder.store.put_blob(holder.store.create("held"), CONTENT)
    (wanted,) = targets(Store(), 1, mounts=None)
    found = board.deliver(source, LAYER, [wanted], holders=[Target("public", "held", holder)])
    assert found[wanted].result() == Delivered(LAYER.size, 0)
    assert source.calls == []


def test_a_holder_that_cannot_be_read_costs_nothing_but_a_try(source: MemoryRepository, board: BlobBoard) -> None:
    holder = MemoryRepository(Store(), "held", broken=Breaks("open_blob", error=NotFoundError("no", status=404)))
    (wanted,) = targets(Store(), 1, mounts=None)
    found = board.deliver(source, LAYER, [wanted], holders=[Target("public", "held", holder)])
    assert found[wanted].result() == Delivered(LAYER.size, LAYER.size)


def test_failures_end_and_a_later_wish_begins_anew(source: MemoryRepository, board: BlobBoard) -> None:
    (wanted,) = targets(Store(), 1, mounts=None)
    store = wanted.store
    assert isinstance(store, MemoryRepository)
    store.broken = Breaks("commit")
    with pytest.raises(TransportError):
        board.deliver(source, LAYER, [wanted])[wanted].result()
    assert store.count("open_upload") == 3
    store.broken = lambda _operation, _about: None
    assert board.deliver(source, LAYER, [wanted])[wanted].result().uploaded == LAYER.size


def test_what_will_not_change_is_tried_once(source: MemoryRepository, board: BlobBoard) -> None:
    (wanted,) = targets(Store(), 1, mounts=None)
    assert isinstance(wanted.store, MemoryRepository)
    wanted.store.broken = Breaks("open_upload", error=DeniedError("no", status=403))
    with pytest.raises(DeniedError):
        board.deliver(source, LAYER, [wanted])[wanted].result()
    assert wanted.store.count("open_upload") == 1


def test_between_two_tries_there_is_a_pause_as_long_as_was_asked_for(
    source: MemoryRepository, board: BlobBoard, clock: FakeClock
) -> None:
    (wanted,) = targets(Store(), 1, mounts=None)
    assert isinstance(wanted.store, MemoryRepository)
    slow_down = RateLimitError("slow down", kind=LimitKind.RATE, retry_after=7.0)
    wanted.store.broken = Breaks("commit", times=1, error=slow_down)
    board.deliver(source, LAYER, [wanted])[wanted].result()
    (slept,) = clock.slept
    assert 7.0 <= slept <= 8.0
    wanted.store.broken = Breaks("commit", times=2)
    board.deliver(source, LAYER, [wanted], again=True)[wanted].result()
    assert len(clock.slept) == 3
    assert 0.0 <= max(clock.slept[1:]) <= 2.0


def test_many_who_wait_for_the_same_pause_once(source: MemoryRepository, board: BlobBoard, clock: FakeClock) -> None:
    source.broken = Breaks("read_blob", times=1)
    wanted = targets(Store(), 8, mounts=None)
    for future in board.deliver(source, LAYER, wanted).values():
        future.result()
    assert len(clock.slept) == 1


def test_what_nobody_expected_leaves_nobody_waiting(source: MemoryRepository, board: BlobBoard) -> None:
    first, second = targets(Store(), 2, mounts=None)
    began, go_on = threading.Event(), threading.Event()

    def surprise(operation: str, _about: str) -> None:
        if operation == "open_blob":
            began.set()
            go_on.wait(timeout=10)
            raise ZeroDivisionError

    source.broken = surprise
    one = board.deliver(source, LAYER, [first])[first]
    began.wait(timeout=10)
    two = board.deliver(source, LAYER, [second])[second]  # while a worker is at it
    go_on.set()
    for future in (one, two):
        with pytest.raises(ZeroDivisionError):
            future.result(timeout=10)
    source.broken = lambda _operation, _about: None
    assert board.deliver(source, LAYER, [second])[second].result(timeout=10).uploaded == LAYER.size


def test_a_deadline_fails_what_waits(source: MemoryRepository, clock: FakeClock) -> None:
    late = BlobBoard(
        ThreadPoolExecutor(1), ThreadPoolExecutor(1), Progress(), RetryPolicy(Deadline(clock, clock.now - 1))
    )
    (wanted,) = targets(Store(), 1, mounts=None)
    with pytest.raises(DeadlineError):
        late.deliver(source, LAYER, [wanted])[wanted].result()
    assert source.calls == []
