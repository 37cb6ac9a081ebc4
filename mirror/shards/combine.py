"""One report of all shards, as if one machine had done the run. A shard that left none is in it as a failure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mirror.config.model import MirrorConfig
from mirror.registry.protocols import PullQuota
from mirror.report.lines import repository
from mirror.report.model import Action, ImageResult, RunReport
from mirror.shards.files import Division, Part
from mirror.shards.partition import by_hash

ADVICE = (
    "Its build ended before its time: the log of that build says why. What it mirrored is complete, and the next run "
    "goes on from there."
)


def combine(
    config: MirrorConfig, division: Division | None, parts: Sequence[Part], *, shards: int, now: datetime
) -> RunReport:
    """The whole report. `parts` are those that were left; of the other shards' images it says that nobody knows."""
    left = {part.shard: part for part in parts}
    reports = [left[shard].report for shard in sorted(left)]
    planned = division.planned if division is not None else None
    lost = [shard for shard in range(1, shards + 1) if shard not in left]
    images = [image for each in reports for image in each.images]
    images += [image for shard in lost for image in _lost(shard, shards, config, division)]
    told = [*([planned] if planned is not None else []), *reports]
    return RunReport(
        started=min((each.started for each in told), default=now),
        finished=max((each.finished for each in reports), default=now),
        dry_run=any(each.dry_run for each in reports),
        images=tuple(_in_order(images, config)),
        quota_before=_extreme((each.quota_before for each in told), most=True),
        quota_after=_extreme((each.quota_after for each in told), most=False),
        anonymous=any(each.anonymous for each in told),
        notes=tuple(dict.fromkeys(note for each in told for note in each.notes)),
    )


def reason(shard: int) -> str:
    """Why a reference of that shard failed."""
    return f"shard {shard} gave no report"


def shard_of(name: str, division: Division | None, shards: int) -> int:
    """Which shard takes the image of that name: as divided, or by the name where nothing says so.

    All shards ask this of the same division, or all of none, so every image is taken exactly once.
    """
    found = division.shard_of.get(name, 0) if division is not None and division.shards == shards else 0
    return found if 1 <= found <= shards else by_hash(name, shards)


def _lost(shard: int, shards: int, config: MirrorConfig, division: Division | None) -> list[ImageResult]:
    """Its references as they were planned; only its images where nothing tells of their tags."""
    planned = division.planned if division is not None else None
    known = planned.images if planned is not None else [ImageResult(image.name, ()) for image in config.images]
    mine = [image for image in known if shard_of(repository(image.reference), division, shards) == shard]
    return [_failed(image, shard) for image in mine]


def _failed(image: ImageResult, shard: int) -> ImageResult:
    """What was planned did perhaps happen; nobody knows."""
    rows = tuple(replace(row, action=Action.FAILED, reason=reason(shard), advice=ADVICE) for row in image.destinations)
    return ImageResult(
        image.reference,
        rows,
        image.source_digest,
        reason="" if rows else image.reason or reason(shard),
        advice="" if rows else image.advice or ADVICE,
    )


def _in_order(images: Iterable[ImageResult], config: MirrorConfig) -> list[ImageResult]:
    """As in the file."""
    order: Mapping[str, int] = {image.name: number for number, image in enumerate(config.images)}
    return sorted(images, key=lambda image: order.get(repository(image.reference), len(order)))


def _extreme(quotas: Iterable[PullQuota | None], *, most: bool) -> PullQuota | None:
    found = sorted((each for each in quotas if each is not None), key=lambda quota: quota.remaining)
    if not found:
        return None
    return found[-1] if most else found[0]
