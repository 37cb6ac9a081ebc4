"""What one run may spend of a quota that others spend at the same time."""

from collections.abc import Callable

from mirror.registry.quota import PullMeter
from mirror.run.options import RunOptions


def remaining(meter: PullMeter, *, keep: int, options: RunOptions) -> Callable[[], int | None]:
    """How many pulls are left as far as this run is concerned, the `keep` that it may not touch among them.

    That is what the source said last, but never more than the run's own part: a number that several runs see at once
    would otherwise be spent by each of them.
    """

    def left() -> int | None:
        first, last = meter.first, meter.last
        if first is None or last is None:
            return None
        own = options.pull_limit
        if own is None and options.shard is not None:
            own = even(first.remaining - keep, *options.shard)
        return last.remaining if own is None else min(last.remaining, keep + own - meter.pulls)

    return left


def even(available: int, number: int, shards: int) -> int:
    """The part of number `number`, from 1, of `shards`: all parts together are `available`.

    It grows with `available` only. So runs that ask one after the other, each finding fewer than the one before, take
    no more together than the first one found.
    """
    return (max(0, available) + shards - number) // shards
