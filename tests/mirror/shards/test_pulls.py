import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirror.shards.pulls import Wish, allot

SHARDS = st.integers(1, 16)


@given(st.integers(-5, 500), SHARDS, st.lists(st.integers(0, 30), max_size=40), st.randoms())
def test_all_that_is_there_is_allotted_and_nothing_else(
    available: int, shards: int, pulls: list[int], r: object
) -> None:
    wishes = [Wish(r.randint(1, shards), each) for each in pulls]  # type: ignore[attr-defined]
    found = allot(available, wishes, shards)
    assert len(found) == shards
    assert min(found) >= 0
    assert sum(found) == max(0, available)


@pytest.mark.parametrize(
    ("available", "wishes", "found"),
    [
        (10, [Wish(2, 4), Wish(2, 4), Wish(1, 4)], [1, 9]),
        (10, [Wish(1, 4), Wish(2, 4), Wish(2, 4)], [5, 5]),
        (3, [Wish(1, 5), Wish(2, 3)], [0, 3]),
        (0, [Wish(1, 5)], [0, 0]),
        (7, [], [4, 3]),
    ],
)
def test_what_comes_first_is_granted_first(available: int, wishes: list[Wish], found: list[int]) -> None:
    assert allot(available, wishes, 2) == found
