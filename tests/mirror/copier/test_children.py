import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from mirror.copier.budget import Budget
from mirror.copier.children import MAX_DEPTH, Expansion, Tree
from mirror.copier.manifests import ManifestCache
from mirror.copier.target import Target
from mirror.errors import BudgetError, NotFoundError, TransportError, UnsupportedError
from mirror.oci import media_types
from mirror.oci.digest import Digest, digest_of
from mirror.oci.manifest import Manifest
from mirror.oci.platform import Platform
from sandbox.registries.store import Store
from tests.memory import Breaks, MemoryRepository, World

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7")
AMD64 = Platform("linux", "amd64")


@pytest.fixture
def side() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def expansion(world: World, side: ThreadPoolExecutor) -> Expansion:
    return Expansion(world.source, ManifestCache(), side)


def targets(world: World) -> tuple[Target, Target]:
    return world.target(world.private), world.target(world.public)


def give(repository: MemoryRepository, *manifests: Manifest) -> None:
    for manifest in manifests:
        repository.store.put_manifest(repository.store.create(repository.path), manifest)


def child(world: World, index: Manifest, number: int) -> Manifest:
    return world.source.store.create(world.source.path).manifests[index.children[number].digest].manifest


def digests(trees: Sequence[Tree]) -> list[Digest]:
    return [tree.manifest.digest for tree in trees]


def test_children_come_before_what_names_them(world: World, expansion: Expansion) -> None:
    index = world.builder.small(["1"], platforms=WIDE)
    tree = expansion.expand(index, targets(world), ())
    assert digests(tree.walk()) == [*(each.digest for each in index.children), index.digest]
    assert all(each.lacking == targets(world) for each in tree.walk())
    assert expansion.pulls == 3
    # One question for each child and target.
    assert world.private.count("has_manifest") == world.public.count("has_manifest") == 3


def test_what_everybody_has_is_not_read(world: World, expansion: Expansion) -> None:
    index = world.builder.small(["1"], platforms=WIDE)
    first, second = child(world, index, 0), child(world, index, 1)
    give(world.private, first, second)
    give(world.public, first)
    private, public = targets(world)
    tree = expansion.expand(index, (private, public), ())
    assert digests(tree.children) == [second.digest, index.children[2].digest]
    assert [each.lacking for each in tree.children] == [(public,), (private, public)]
    # The second is read where it is.
    assert tree.children[0].holders == (private,)
    assert expansion.pulls == 1


def test_those_who_have_the_root_are_asked_before_the_source(world: World, expansion: Expansion) -> None:
    index = world.builder.small(["1"], platforms=WIDE)
    private, public = targets(world)
    give(world.private, index, *(child(world, index, number) for number in range(3)))
    tree = expansion.expand(index, (public,), (private,))
    assert expansion.pulls == world.source.count("fetch_manifest") == 0
    assert all(each.holders == (private,) for each in tree.walk())


def test_a_holder_that_cannot_answer_costs_a_pull_and_nothing_else(world: World, expansion: Expansion) -> None:
    index = world.builder.small(["1"], platforms=WIDE)
    private, public = targets(world)
    give(world.private, *(child(world, index, number) for number in range(3)))
    world.private.broken = Breaks("fetch_manifest")
    tree = expansion.expand(index, (public,), (private,))
    assert len(tree.children) == 3
    assert expansion.pulls == 3


def test_a_child_that_is_named_twice_is_one(world: World, expansion: Expansion) -> None:
    image = world.builder.image(AMD64, [], name="one")
    index = world.builder.index([(AMD64, image), (Platform("linux", "arm64"), image)])
    tree = expansion.expand(index, targets(world), ())
    assert digests(tree.children) == [image.digest]
    assert expansion.pulls == 1


def test_a_target_that_cannot_be_asked_takes_no_further_part(world: World, expansion: Expansion) -> None:
    index = world.builder.small(["1"], platforms=WIDE)
    private, public = targets(world)
    world.private.broken = Breaks("has_manifest", about=index.children[1].digest)
    tree = expansion.expand(index, (private, public), ())
    assert isinstance(expansion.failed[private], TransportError)
    assert tree.lacking == (public,)
    assert all(each.lacking == (public,) for each in tree.children)


def test_an_error_of_the_source_is_raised(world: World, expansion: Expansion) -> None:
    index = world.builder.small(["1"], platforms=WIDE)
    gone = index.children[1].digest
    world.source.broken = Breaks("fetch_manifest", about=gone, error=NotFoundError("gone", status=404))
    with pytest.raises(NotFoundError, match="gone"):
        expansion.expand(index, targets(world), ())
    # What was read is counted all the same.
    assert expansion.pulls == 2


def nested(world: World, levels: int) -> Manifest:
    index = world.builder.small([])
    for _ in range(levels - 1):
        index = world.builder.index([(AMD64, index)])
    return index


def test_indexes_in_indexes(world: World, expansion: Expansion) -> None:
    index = nested(world, MAX_DEPTH)
    order = expansion.expand(index, targets(world), ()).walk()
    assert len(order) == MAX_DEPTH + 1
    assert order[-1].manifest is index
    with pytest.raises(UnsupportedError, match=f"nested more than {MAX_DEPTH} levels deep"):
        expansion.expand(nested(world, MAX_DEPTH + 1), targets(world), ())


def test_an_index_without_children(world: World, expansion: Expansion) -> None:
    raw = json.dumps({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": []}).encode()
    index = world.source.store.put_raw(world.source.store.create(world.source.path), raw, media_types.OCI_INDEX)
    assert expansion.expand(index, targets(world), ()).walk()[0].manifest is index


def test_an_image_that_does_not_fit_is_not_begun(world: World, expansion: Expansion) -> None:
    """All of its manifests or none: a pull that leads to nothing is lost."""
    index = world.builder.small(["1"], platforms=WIDE)
    left = 2
    expansion.budget = Budget(lambda: left)
    with pytest.raises(BudgetError, match="needs 3 pulls, 2 are left"):
        expansion.expand(index, targets(world), ())
    assert expansion.pulls == world.source.count("fetch_manifest") == 0
    left = 3
    expansion.expand(index, targets(world), ())
    assert expansion.pulls == 3
    assert expansion.budget.available == 3  # nothing stays reserved


def test_pulls_are_given_back_when_the_source_fails(world: World, expansion: Expansion) -> None:
    index = world.builder.small(["1"], platforms=WIDE)
    expansion.budget = Budget(lambda: 10)
    world.source.broken = Breaks("fetch_manifest")
    with pytest.raises(TransportError):
        expansion.expand(index, targets(world), ())
    assert expansion.budget.available == 10


def test_a_twin_is_asked_before_the_source(world: World, expansion: Expansion) -> None:
    index = world.builder.small(["1"], platforms=WIDE)
    twin = MemoryRepository(Store(), "twin/app")
    give(twin, index, child(world, index, 0))
    expansion.twins = (Target("twin", twin.path, twin),)
    assert expansion.root(index.descriptor, ()).digest == index.digest
    assert expansion.pulls == 0
    tree = expansion.expand(index, targets(world), ())
    assert len(tree.children) == 3
    assert expansion.pulls == 2
    assert twin.count("fetch_manifest") == 4


def test_the_root_is_read_from_the_source_if_nobody_else_has_it(world: World, expansion: Expansion) -> None:
    index = world.builder.small(["1"], platforms=WIDE)
    expansion.budget = Budget(lambda: 2)
    # An index is not worth a pull if its children cannot follow.
    with pytest.raises(BudgetError, match="at least 3 pulls"):
        expansion.root(index.descriptor, ())
    expansion.budget = Budget(lambda: 3)
    assert expansion.root(index.descriptor, ()).raw == index.raw
    assert expansion.pulls == 1
    with pytest.raises(NotFoundError):
        expansion.root(index.descriptor.__class__(index.media_type, digest_of(b"nope"), 4), ())
