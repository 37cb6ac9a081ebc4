from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from mirror.copier.target import Target
from mirror.errors import MirrorError, NotFoundError, TransportError
from mirror.oci.digest import Digest, digest_of
from mirror.oci.filtering import filter_index
from mirror.oci.manifest import Manifest
from mirror.oci.platform import Platform
from mirror.planning.indexes import BATCH, Found, IndexFacts, facts_of, read_facts
from sandbox.registries.images import ImageBuilder
from sandbox.registries.store import Store
from tests.memory import Breaks, MemoryRepository

AMD64, ARM64, V6 = (Platform.parse(text) for text in ("linux/amd64", "linux/arm64/v8", "linux/arm/v6"))


@dataclass
class Bulky(MemoryRepository):
    """One that gives many manifests at a time."""

    def fetch_manifests(self, digests: Collection[Digest]) -> Iterator[Manifest]:
        self.note("fetch_manifests", str(len(digests)))
        held = self.store.create(self.path).manifests
        yield from (held[digest].manifest for digest in digests if digest in held)


def target(name: str, kind: type[MemoryRepository] = MemoryRepository) -> tuple[Target, MemoryRepository, ImageBuilder]:
    repository = kind(Store(), "app")
    return Target(name, "app", repository), repository, ImageBuilder(repository.store, "app")


def read(wanted: dict[Digest, list[Target]]) -> Found:
    with ThreadPoolExecutor(2) as workers, ThreadPoolExecutor(2) as side:
        return read_facts(wanted, workers, side)


def test_what_an_index_was_made_of() -> None:
    index = ImageBuilder(Store(), "app").small([], platforms=["linux/amd64", "linux/arm64", "linux/arm/v6"])
    made = facts_of(filter_index(index, [AMD64, V6]))
    assert made.is_made_of(index.digest, [V6, AMD64])
    assert not made.is_made_of(index.digest, [AMD64])
    assert not made.is_made_of(digest_of(b"other"), [AMD64, V6])
    whole = facts_of(index)
    assert not whole.is_made_of(index.digest, [AMD64, V6])
    assert whole.has_only([AMD64, ARM64, V6])
    assert not whole.has_only([AMD64, ARM64])


def test_attestations_and_what_has_no_platform_are_no_platforms() -> None:
    facts = IndexFacts("", "", (AMD64, None, Platform("unknown", "unknown")))
    assert facts.has_only([AMD64])
    assert not facts.has_only([ARM64])


def test_each_is_read_once_from_the_first_that_has_it() -> None:
    first, one, builder = target("private")
    second, two, other = target("public")
    both = builder.small([], name="both")
    other.small([], name="both")
    only = other.small([], name="only", platforms=["linux/arm64"])
    found = read({both.digest: [first, second], only.digest: [second]})
    assert found == {both.digest: facts_of(both), only.digest: facts_of(only)}
    assert one.calls == [("fetch_manifest", both.digest)]
    assert two.calls == [("fetch_manifest", only.digest)]


def test_many_are_read_at_a_time_where_that_can_be() -> None:
    where, repository, builder = target("private", Bulky)
    manifests = [builder.small([], name=str(number)) for number in range(BATCH + 1)]
    found = read({each.digest: [where] for each in manifests})
    assert found == {each.digest: facts_of(each) for each in manifests}
    assert sorted(repository.calls) == [("fetch_manifests", "1"), ("fetch_manifests", str(BATCH))]


@pytest.mark.parametrize("kind", [MemoryRepository, Bulky])
def test_one_that_fails_is_replaced_by_another_that_has_it(kind: type[MemoryRepository]) -> None:
    first, broken, builder = target("private", kind)
    second, _, other = target("public")
    index = builder.small([])
    other.small([])
    broken.broken = lambda operation, _: TransportError("reset") if operation.startswith("fetch_manifest") else None
    assert read({index.digest: [first, second]}) == {index.digest: facts_of(index)}


@pytest.mark.parametrize("kind", [MemoryRepository, Bulky])
def test_the_error_is_that_of_the_last(kind: type[MemoryRepository]) -> None:
    first, broken, _ = target("private", kind)
    second, _, _ = target("public", kind)
    broken.broken = Breaks("fetch_manifest")
    absent = digest_of(b"absent")
    error = read({absent: [first, second]})[absent]
    assert isinstance(error, NotFoundError)
    assert isinstance(read({absent: [second, first]})[absent], MirrorError)


def test_nothing_wanted_is_nothing_asked() -> None:
    assert read({}) == {}
