import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mirror.copier import manifests
from mirror.copier.manifests import ManifestCache
from mirror.copier.target import Target
from mirror.errors import NotFoundError
from sandbox.registries.images import ImageBuilder
from sandbox.registries.store import Store
from tests.memory import Breaks, MemoryRepository


@pytest.fixture
def source() -> MemoryRepository:
    return MemoryRepository(Store(), "library/app")


def test_a_manifest_is_read_once(source: MemoryRepository) -> None:
    image = ImageBuilder(source.store, source.path).small([])
    cache = ManifestCache()
    assert cache.get(image.digest, source) == (image, 1)
    assert cache.get(image.digest, source) == (image, 0)
    assert source.count("fetch_manifest") == 1


def test_those_who_ask_at_the_same_moment_share_one_read(source: MemoryRepository) -> None:
    image = ImageBuilder(source.store, source.path).small([])
    entered, leave = threading.Event(), threading.Event()

    def slow(_operation: str, _about: str) -> None:
        entered.set()
        assert leave.wait(10)

    source.broken = slow
    cache = ManifestCache()
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(cache.get, image.digest, source)
        assert entered.wait(10)
        others = [pool.submit(cache.get, image.digest, source) for _ in range(3)]
        leave.set()
        assert sum(each.result()[1] for each in [first, *others]) == 1
    assert source.count("fetch_manifest") == 1


def test_holders_give_it_for_nothing_or_nobody_does(source: MemoryRepository) -> None:
    image = ImageBuilder(source.store, source.path).small([])
    empty = Target("public", "app", MemoryRepository(Store(), "app"))
    holder = Target("private", "hub/app", MemoryRepository(source.store, source.path))
    assert ManifestCache().free(image.digest, [empty, holder]) == image
    assert ManifestCache().free(image.digest, [empty]) is None
    assert ManifestCache().free(image.digest) is None


def test_what_a_holder_gave_is_kept(source: MemoryRepository) -> None:
    image = ImageBuilder(source.store, source.path).small([])
    repository = MemoryRepository(source.store, source.path)
    cache = ManifestCache()
    for _ in range(2):
        assert cache.free(image.digest, [Target("private", "hub/app", repository)]) == image
    assert cache.get(image.digest, source) == (image, 0)
    assert repository.count("fetch_manifest") == 1
    assert source.calls == []


def test_a_failure_is_everybodys_and_is_not_kept(source: MemoryRepository) -> None:
    image = ImageBuilder(source.store, source.path).small([])
    source.broken = Breaks("fetch_manifest", times=1, error=NotFoundError("no", status=404))
    cache = ManifestCache()
    with pytest.raises(NotFoundError):
        cache.get(image.digest, source)
    assert cache.get(image.digest, source) == (image, 1)


def test_memory_is_bounded(source: MemoryRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [ImageBuilder(source.store, source.path).small([], name=str(number)) for number in range(3)]
    monkeypatch.setattr(manifests, "MAX_CACHED_BYTES", images[0].size * 2)
    cache = ManifestCache()
    for image in images:
        cache.get(image.digest, source)
    assert cache.get(images[2].digest, source)[1] == 0
    assert cache.get(images[0].digest, source)[1] == 1
