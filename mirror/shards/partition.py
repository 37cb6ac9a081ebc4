"""Which shard takes which image: balanced by bytes, and images that share layers together.

Pure and deterministic: the same items give the same partition, in whatever order they come.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    """One image of the plan with all of its tags: they share layers, so it is never divided."""

    name: str
    blobs: Mapping[str, int] = field(default_factory=dict)
    """Bytes by digest, of what has to be read for it."""
    extra: int = 0
    """What it takes besides, in bytes that would take as long."""


@dataclass(slots=True)
class _Cluster:
    names: list[str] = field(default_factory=list)
    blobs: dict[str, int] = field(default_factory=dict)
    weight: int = 0

    @classmethod
    def of(cls, item: Item) -> "_Cluster":
        return cls([item.name], dict(item.blobs), item.extra + sum(item.blobs.values()))

    def with_(self, other: "_Cluster") -> int:
        """The weight of both together: a blob counts once."""
        return self.weight + self.added(other)

    def added(self, other: "_Cluster") -> int:
        """What this one grows by when it takes the other."""
        common = (size for digest, size in other.blobs.items() if digest in self.blobs)
        return other.weight - sum(common)

    def take(self, other: "_Cluster") -> None:
        self.weight += self.added(other)
        self.names += other.names
        self.blobs |= other.blobs


def partition(items: Sequence[Item], shards: int) -> dict[str, int]:
    """The shard, 1 to `shards`, of each item by name.

    Images with layers in common come together where no shard gets more than its share by that: a base that half of all
    images have cannot keep them all on one machine. Then the greatest first, each to where the load stays least; a
    layer that is there already is no load. No shard so gets more than the mean of what all clusters weigh, and one
    cluster: at most a share of the whole, or the greatest single image.
    """
    loads = [_Cluster() for _ in range(shards)]
    clusters = sorted(_clusters(items, shards), key=lambda each: (-each.weight, min(each.names)))
    found: dict[str, int] = {}
    for cluster in clusters:
        # Among equals the one with the fewest images: empty ones first, so that no machine idles for nothing.
        number = min(range(shards), key=lambda n: (loads[n].with_(cluster), len(loads[n].names), n))
        loads[number].take(cluster)
        found |= dict.fromkeys(cluster.names, number + 1)
    return found


def by_hash(name: str, shards: int) -> int:
    """The shard of an image that no partition names: the same on every machine, because it follows from the name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % shards + 1


def weights(items: Sequence[Item], shards: Mapping[str, int], count: int) -> list[int]:
    """What each shard has to do, in bytes."""
    loads = [_Cluster() for _ in range(count)]
    for item in items:
        loads[shards[item.name] - 1].take(_Cluster.of(item))
    return [load.weight for load in loads]


def _clusters(items: Sequence[Item], shards: int) -> list[_Cluster]:
    own = {item.name: _Cluster.of(item) for item in sorted(items, key=_name)}
    whole = _Cluster()
    holders: dict[str, list[str]] = {}
    for name, cluster in own.items():
        whole.take(cluster)
        for digest in cluster.blobs:
            holders.setdefault(digest, []).append(name)
    room = max([-(-whole.weight // shards), *(cluster.weight for cluster in own.values())])
    # What is saved by keeping a layer's images together, most first.
    saved = {digest: whole.blobs[digest] * (len(names) - 1) for digest, names in holders.items() if len(names) > 1}
    for digest in sorted(saved, key=lambda digest: (-saved[digest], digest)):
        first, *others = holders[digest]
        for name in others:
            one, other = own[first], own[name]
            if one is not other and one.with_(other) <= room:
                one.take(other)
                for each in other.names:
                    own[each] = one
    return list({id(cluster): cluster for cluster in own.values()}.values())


def _name(item: Item) -> str:
    return item.name
