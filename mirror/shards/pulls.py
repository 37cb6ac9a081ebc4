"""The Docker Hub pulls that are left, divided so that all shards together stay within them."""

from collections.abc import Sequence
from dataclasses import dataclass

from mirror.run.share import even


@dataclass(frozen=True, slots=True)
class Wish:
    """One image content, and the pulls that it needs, about."""

    shard: int
    """From 1."""
    pulls: int


def allot(available: int, wishes: Sequence[Wish], shards: int) -> list[int]:
    """Pulls for each shard, together `available`.

    `wishes` come in the order in which a single run would grant them, and are granted like that, each in whole or not
    at all: what is urgent is so on whichever machine. What is left over is divided evenly, for forecasts are low.
    """
    found = [0] * shards
    left = max(0, available)
    for wish in wishes:
        if wish.pulls <= left:
            found[wish.shard - 1] += wish.pulls
            left -= wish.pulls
    return [each + even(left, number, shards) for number, each in enumerate(found, start=1)]
