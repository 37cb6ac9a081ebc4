from hypothesis import given
from hypothesis import strategies as st

from mirror.registry.protocols import PullQuota
from mirror.registry.quota import PullMeter
from mirror.run.options import RunOptions
from mirror.run.share import even, remaining

SHARDS = st.integers(1, 16)


def heard(meter: PullMeter, left: int) -> None:
    meter.heard(PullQuota(limit=200, remaining=left, window_seconds=21600))


def test_a_run_alone_has_what_the_source_says() -> None:
    meter = PullMeter()
    left = remaining(meter, keep=10, options=RunOptions())
    assert left() is None
    heard(meter, 80)
    heard(meter, 75)
    assert left() == 75


def test_one_of_several_has_its_part_of_what_it_found_first() -> None:
    meter = PullMeter()
    left = remaining(meter, keep=20, options=RunOptions(shard=(2, 4)))
    heard(meter, 60)
    assert left() == 20 + 10, "ten of the forty above the floor"
    meter.count()
    heard(meter, 50)
    assert left() == 20 + 9, "its own pull counts, those of the others do not"
    heard(meter, 25)
    assert left() == 25, "but nobody goes below the floor"


def test_a_limit_that_was_set_is_the_part() -> None:
    meter = PullMeter()
    left = remaining(meter, keep=0, options=RunOptions(shard=(1, 2), pull_limit=3))
    assert left() is None, "a source without limits has none for shards either"
    heard(meter, 100)
    meter.count()
    assert left() == 2


@given(st.integers(0, 500), SHARDS)
def test_even_parts_are_the_whole(available: int, shards: int) -> None:
    parts = [even(available, number, shards) for number in range(1, shards + 1)]
    assert sum(parts) == available
    assert max(parts) - min(parts) <= 1


@given(st.integers(0, 500), SHARDS, st.randoms())
def test_shards_that_ask_in_any_order_while_others_spend_never_pass_the_whole(
    available: int, shards: int, r: object
) -> None:
    left = available
    spent = 0
    for number in r.sample(range(1, shards + 1), shards):  # type: ignore[attr-defined]
        part = even(left, number, shards)
        using = r.randint(0, part)  # type: ignore[attr-defined]
        left -= using
        spent += using
    assert 0 <= spent <= available


def test_few_pulls_are_not_rounded_away() -> None:
    assert [even(2, number, 4) for number in (1, 2, 3, 4)] == [1, 1, 0, 0]
