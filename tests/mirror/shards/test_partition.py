from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirror.shards.partition import Item, by_hash, partition, weights

NAMES = st.text("abcdefghij", min_size=1, max_size=6)
BLOBS = st.dictionaries(st.sampled_from([f"sha256:{number}" for number in range(12)]), st.just(0), max_size=6)


@st.composite
def items(draw: st.DrawFn) -> list[Item]:
    names = draw(st.lists(NAMES, unique=True, max_size=25))
    sizes = {f"sha256:{number}": draw(st.integers(0, 1000)) for number in range(12)}
    return [
        Item(name, {digest: sizes[digest] for digest in draw(BLOBS)}, extra=draw(st.integers(0, 50))) for name in names
    ]


def weight(item: Item) -> int:
    return item.extra + sum(item.blobs.values())


@given(items(), st.integers(1, 16))
def test_every_image_is_in_exactly_one_shard(plan: list[Item], shards: int) -> None:
    found = partition(plan, shards)
    assert found.keys() == {item.name for item in plan}
    assert set(found.values()) <= set(range(1, shards + 1))


@given(items(), st.integers(1, 16), st.randoms())
def test_the_order_of_the_file_does_not_count(plan: list[Item], shards: int, random: object) -> None:
    shuffled = list(plan)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert partition(shuffled, shards) == partition(plan, shards)


@given(items(), st.integers(1, 16))
def test_no_shard_is_far_above_the_mean(plan: list[Item], shards: int) -> None:
    loads = weights(plan, partition(plan, shards), shards)
    every = sum(weight(item) for item in plan)
    whole = weights(plan, dict.fromkeys((item.name for item in plan), 1), 1)[0]
    greatest_cluster = max([-(-whole // shards), *(weight(item) for item in plan)])
    assert max(loads) <= every / shards + greatest_cluster


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=40), st.integers(1, 8))
def test_images_with_nothing_in_common_are_balanced_as_well_as_the_greatest_first_does(
    sizes: list[int], shards: int
) -> None:
    plan = [Item(f"image-{number}", {f"sha256:{number}": size}) for number, size in enumerate(sizes)]
    loads = weights(plan, partition(plan, shards), shards)
    # Graham: longest processing time first is within 4/3 of the best, which is no less than either of these.
    best = max(*sizes, sum(sizes) / shards)
    greatest = sorted(sizes, reverse=True)
    if len(sizes) > shards:
        best = max(best, greatest[shards - 1] + greatest[shards])
    assert max(loads) <= best * 4 / 3 or max(loads) <= sum(sizes) / shards + max(sizes) * (1 - 1 / shards)


def families(count: int, each: int) -> list[Item]:
    """`count` families of `each` images, whose base is their greatest layer."""
    return [
        Item(f"image-{number}-{family}", {f"base-{family}": 1000, f"own-{family}-{number}": 100})
        for family in range(count)
        for number in range(each)
    ]


@pytest.mark.parametrize("shards", [1, 2, 3, 4])
def test_images_of_one_base_stay_together(shards: int) -> None:
    plan = families(12, 5)
    found = partition(plan, shards)
    for family in range(12):
        assert len({shard for name, shard in found.items() if name.endswith(f"-{family}")}) == 1
    loads = weights(plan, found, shards)
    assert sum(loads) == 12 * 1500, "no layer is read twice"
    assert max(loads) - min(loads) <= 1500


def test_a_base_of_all_does_not_keep_all_on_one_machine() -> None:
    plan = [Item(f"image-{number}", {"debian": 50, f"own-{number}": 100}) for number in range(40)]
    loads = weights(plan, partition(plan, 4), 4)
    assert loads == [1050, 1050, 1050, 1050]


def test_a_second_layer_in_common_is_where_the_first_one_is() -> None:
    """What cannot be one cluster still prefers the machine that has most of its layers."""
    plan = [*families(2, 3), Item("late", {"base-0": 1000, "own-late": 1})]
    found = partition(plan, 2)
    assert found["late"] == found["image-0-0"]


def test_what_weighs_nothing_is_spread_too() -> None:
    plan = [Item(f"image-{number}") for number in range(9)]
    found = partition(plan, 3)
    assert sorted(list(found.values()).count(shard) for shard in (1, 2, 3)) == [3, 3, 3]


def test_more_machines_than_images() -> None:
    assert sorted(partition([Item("a", extra=1), Item("b", extra=1)], 5).values()) == [1, 2]
    assert partition([], 3) == {}


@given(st.lists(NAMES, unique=True), st.integers(1, 16))
def test_without_a_partition_names_decide_and_cover_all(names: Sequence[str], shards: int) -> None:
    taken = [[name for name in names if by_hash(name, shards) == shard] for shard in range(1, shards + 1)]
    assert sorted(name for part in taken for name in part) == sorted(names)


def test_names_decide_alike_everywhere() -> None:
    """These would change with the machine if Python's own hash were used, and with the release if this were changed."""
    assert [by_hash(name, 4) for name in ("maven", "eclipse-temurin", "bitnami/redis", "alpine")] == [4, 3, 2, 4]
