"""Dividing a plan: what each image weighs, and what it needs of the Docker Hub pulls that are left.

Weights are estimates: of what was mirrored before, the last report knows the layers; of the rest Docker Hub's web
interface tells sizes; what neither knows weighs what the others do in the middle. Whatever they are, every image is in
one shard.
"""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence

from mirror.config.model import ImageConfig, MirrorConfig
from mirror.report.earlier import Earlier
from mirror.report.lines import repository
from mirror.report.model import Action, ImageResult, RunReport
from mirror.shards.files import Division
from mirror.shards.partition import Item, partition, weights
from mirror.shards.pulls import Wish, allot

A_QUESTION = 100_000
"""Bytes that take as long as asking about one reference, about: what a run over references that did not change does."""

SizesOf = Callable[[ImageConfig, Sequence[str]], Mapping[str, int]]
"""Bytes by tag, of some tags of an image; those that are not known are left out."""


def divide(
    config: MirrorConfig,
    planned: RunReport,
    earlier: Earlier | None,
    *,
    shards: int,
    division: str,
    sizes_of: SizesOf = lambda _image, _tags: {},
) -> Division:
    """Who takes what of `planned`, which is a dry run's report of the whole plan. `division` is its id."""
    by_image: dict[str, list[ImageResult]] = {image.name: [] for image in config.images}
    for result in planned.images:
        by_image.setdefault(repository(result.reference), []).append(result)
    sizes = _Sizes(planned.images, earlier, {image.name: image for image in config.images}, sizes_of)
    items = [
        Item(name, sizes.of(results), extra=A_QUESTION * max(1, len(results))) for name, results in by_image.items()
    ]
    shard_of = partition(items, shards)
    return Division(
        id=division,
        shards=shards,
        shard_of=shard_of,
        weights=tuple(weights(items, shard_of, shards)),
        pulls=_pulls(config, planned, shard_of, shards),
        planned=planned,
    )


def is_to_copy(result: ImageResult) -> bool:
    """Whether bytes have to be moved for it."""
    return any(each.action is Action.COPIED for each in result.destinations)


class _Sizes:
    """What is to be read for references: bytes by layer where the layers are known, else by content as a whole."""

    def __init__(
        self,
        planned: Sequence[ImageResult],
        earlier: Earlier | None,
        images: Mapping[str, ImageConfig],
        sizes_of: SizesOf,
    ) -> None:
        before = earlier.images if earlier is not None else {}
        self._known = {
            each.reference: found
            for each in planned
            if is_to_copy(each) and (found := _layers(each) or _layers(before.get(each.reference)))
        }
        unseen: dict[str, list[str]] = {}
        self._whole: dict[str, int] = {}
        for each in planned:
            tag = each.reference.removeprefix(repository(each.reference) + ":")
            if not is_to_copy(each) or each.reference in self._known:
                continue
            if each.bytes_downloaded:
                self._whole[each.reference] = each.bytes_downloaded  # what the plan found out
            elif "@" not in tag:
                unseen.setdefault(repository(each.reference), []).append(tag)
        for name, tags in unseen.items():
            if name in images:
                self._whole |= {f"{name}:{tag}": size for tag, size in sizes_of(images[name], tags).items()}
        totals = [sum(layers.values()) for layers in self._known.values()]
        totals += [*self._whole.values(), *(each.size for each in before.values() if each.size is not None)]
        self._middle = int(statistics.median(totals)) if totals else 0

    def of(self, results: Iterable[ImageResult]) -> dict[str, int]:
        """Of one image's references together."""
        found: dict[str, int] = {}
        for each in results:
            if each.reference in self._known:
                found |= self._known[each.reference]
            elif is_to_copy(each):
                # Tags of one content are read once.
                found[each.source_digest or each.reference] = self._whole.get(each.reference, self._middle)
        return found


def _layers(result: ImageResult | None) -> dict[str, int]:
    """By digest. Of the tag's content before it moved they are about right, too: bases stay for long."""
    return {str(blob.digest): blob.size for blob in result.blobs} if result is not None else {}


def _pulls(
    config: MirrorConfig, planned: RunReport, shard_of: Mapping[str, int], shards: int
) -> tuple[int, ...] | None:
    quota = planned.quota_after or planned.quota_before
    if quota is None:
        return None
    priorities = {image.name: image.priority for image in config.images}

    def urgency(result: ImageResult) -> tuple[bool, int]:
        """As a run orders what it copies, as far as its plan tells."""
        mirrored = any(each.digest is not None for each in result.destinations)
        return mirrored, -priorities.get(repository(result.reference), 0)

    wishes = [
        Wish(shard_of[repository(each.reference)], each.pulls)
        for each in sorted(planned.images, key=urgency)
        if each.pulls
    ]
    return tuple(allot(quota.remaining - config.docker_hub.keep_pulls, wishes, shards))
