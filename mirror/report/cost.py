"""What mirroring costs a month: an estimate from manifest sizes and build times, with what it takes for granted.

Storage is what the destinations hold after the run, each layer once in a repository: that is how ECR counts, unless an
account has switched blob mounting on, which shares layers between private repositories.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mirror.config.model import MirrorConfig, Schedule
from mirror.config.operation import Compute
from mirror.report import prices
from mirror.report.lines import repository
from mirror.report.model import Action, ImageResult, Past, RunReport
from mirror.report.units import count_text

DAYS = 30.4
"""In a month."""
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7))
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_ABSENT = frozenset({Action.FAILED, Action.DEFERRED})
_PRESENT = frozenset({Action.UNCHANGED, Action.KEPT, Action.RETAGGED, Action.GONE})


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the estimate."""

    what: str
    amount: str
    """What is paid for: ``12.3 GB``."""
    dollars: float
    once: bool = False
    """Paid for this run, and not again each month."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A month, and what was taken for granted."""

    lines: tuple[Line, ...]
    assumptions: tuple[str, ...]

    @property
    def dollars(self) -> float:
        """Of a month."""
        return sum(line.dollars for line in self.lines if not line.once)


@dataclass(frozen=True, slots=True)
class Usage:
    """How often builds run, and on what."""

    builds_a_month: float
    seconds: float
    """Of one, the engine's part."""
    why: str
    """Where the numbers come from."""
    compute: Compute = field(default_factory=Compute)
    shards: int = 1
    """Machines of one run; with more than one, two short builds more divide it and combine the reports."""


def observed(past: Sequence[Past], compute: Compute | None = None) -> Usage:
    """The usage that the last runs show, whatever was configured."""
    builds, often = _how_often((), past)
    seconds = sum(run.seconds for run in past) / len(past) if past else 0.0
    text = f"{builds:.0f} builds a month, {often}, of {_minutes(seconds):.0f} min each"
    return Usage(builds, seconds, text, compute or Compute())


def expected(config: MirrorConfig, report: RunReport) -> Usage:
    """As often as the configuration says, or as the last runs were; as long as they took."""
    past = report.past
    builds, often = _how_often(config.schedules, past)
    if past:
        seconds, why = sum(run.seconds for run in past) / len(past), f"as the last {count_text(len(past), 'run')} took"
    else:
        seconds, why = report.seconds, "as long as this one took"
        why += ", which copies nothing" if report.dry_run else ""
    text = f"{builds:.0f} builds a month, {often}, of {_minutes(seconds):.0f} min each, {why}"
    if config.shards > 1:
        text += f"; {config.shards} machines at a time, and a minute each to divide the run and to combine its reports"
    return Usage(builds, seconds, text, config.compute, config.shards)


def _how_often(schedules: Sequence[Schedule], past: Sequence[Past]) -> tuple[float, str]:
    builds = sum(_times_a_month(schedule) for schedule in schedules)
    if builds:
        return builds, "as scheduled"
    days = (past[-1].started - past[0].started).total_seconds() / 86_400 if past else 0.0
    if len(past) > 2 and days >= 1:
        return (len(past) - 1) / days * DAYS, f"as the last {len(past)} did"
    return DAYS, "one a day by hand, for there is no schedule"


def estimate(report: RunReport, usage: Usage) -> Estimate:
    """A month at this usage, with everything stored that the report shows."""
    images = (*report.images, *report.others)
    private, public = (_stored(images, name, report) for name in ("private", "public"))
    paid_public = max(public / prices.GB - prices.PUBLIC_FREE_GB, 0)
    minutes = usage.builds_a_month * (usage.shards * _minutes(usage.seconds) + (2 if usage.shards > 1 else 0))
    free = prices.FREE_BUILD_MINUTES if usage.compute.type == "small" else 0
    minute = prices.BUILD_MINUTE[str(usage.compute.arch), str(usage.compute.type)]
    sent = {name: _sent(report, name) for name in ("private", "public")}
    crossing = sent["public"] / prices.GB * prices.CROSS_REGION_GB
    lines = (
        Line("ECR private, storage", _gb(private), private / prices.GB * prices.PRIVATE_STORAGE_GB_MONTH),
        Line("ECR Public, storage", _gb(public), paid_public * prices.PUBLIC_STORAGE_GB_MONTH),
        Line("CodeBuild", f"{minutes:.0f} min", max(minutes - free, 0) * minute),
        Line("ECR private, transfer in", _gb(sent["private"]), 0.0, once=True),
        Line("ECR Public, transfer in", _gb(sent["public"]), crossing, once=True),
    )
    return Estimate(lines, tuple(_assumptions(report, images, usage)))


def text(found: Estimate) -> list[str]:
    """Lines for a terminal or a log."""
    monthly, once = ([line for line in found.lines if line.once is each] for each in (False, True))
    rows = [(line, "") for line in (*monthly, Line("a month, about", "", found.dollars))]
    rows += [(line, "  once, for this run") for line in once]
    width = max(len(line.what) for line, _ in rows)
    told = [f"  {line.what:<{width}}  {line.amount:>10}  {_dollars(line.dollars):>9}{when}" for line, when in rows]
    return ["cost:", *told, *(f"  · {each}" for each in found.assumptions)]


def _assumptions(report: RunReport, images: Sequence[ImageResult], usage: Usage) -> list[str]:
    found = [
        f"Prices of {prices.AS_OF}, orders of magnitude; yours are in the AWS console.",
        f"{usage.why}, on {usage.compute.arch} {usage.compute.type}"
        + (f"; {prices.FREE_BUILD_MINUTES} minutes a month are free." if usage.compute.type == "small" else "."),
        f"ECR Public: {prices.PUBLIC_FREE_GB} GB of storage a month are free; pulls from AWS are free.",
        (
            f"Transfer: nothing for what comes in from Docker Hub or is pulled in the same region; "
            f"${prices.CROSS_REGION_GB:.2f} per GB to ECR Public from a region that is not us-east-1; "
            f"${prices.INTERNET_GB:.2f} per GB pulled from private ECR outside AWS, which is not estimated."
        ),
    ]
    private, once = (_stored(images, "private", report, once=each) for each in (False, True))
    shared = f" With blob mounting switched on, {_gb(once)} instead of {_gb(private)}." if once < private else ""
    found.append(f"Each layer is counted once in a repository; content of older digests is not counted.{shared}")
    unknown = sum(image.size is None for image in images)
    said = sum(image.size is not None and not image.blobs for image in images)
    if said:
        told = f"{said} of {len(images)} sizes are Docker Hub's word, for nobody has read those manifests yet"
        found.append(f"{told}: layers that they share are counted each time.")
    if unknown:
        found.append(f"{unknown} of {len(images)} sizes are not known, and count as nothing.")
    return found


def _stored(images: Iterable[ImageResult], destination: str, report: RunReport, *, once: bool = False) -> int:
    """Bytes in a destination: each blob once in a repository, or `once` in the registry."""
    return _unique(
        (("" if once else repository(each.reference)), image)
        for image in images
        for each in image.destinations
        if each.destination == destination
        and (each.digest is not None or (report.dry_run and each.action not in _ABSENT))
    )


def _sent(report: RunReport, destination: str) -> int:
    """Bytes that a run writes there: what it did write, or what a plan would bring."""
    there = [(image, each) for image in report.images for each in image.destinations if each.destination == destination]
    if not report.dry_run:
        return sum(each.bytes_uploaded for _, each in there)
    before = [(repository(each.reference), image) for image, each in there if each.action in _PRESENT]
    new = [(repository(each.reference), image) for image, each in there if each.action is Action.COPIED]
    return _unique([*before, *new]) - _unique(before)


def _unique(images: Iterable[tuple[str, ImageResult]]) -> int:
    """Bytes of images in repositories, by name: each blob once there; where blobs are not known, each digest once."""
    sizes: dict[tuple[str, object], int] = {}
    for name, image in images:
        if image.blobs:
            sizes.update({(name, blob.digest): blob.size for blob in image.blobs})
        elif image.size is not None:
            sizes[name, image.source_digest or image.reference] = image.size
    return sum(sizes.values())


def _times_a_month(schedule: Schedule) -> float:
    if schedule.rate is not None:
        number, _, unit = schedule.rate.partition(" ")
        return DAYS * 1440 / (int(number) * _MINUTES[unit.rstrip("s")])
    parts = (schedule.cron or "").split()
    if len(parts) < len(_FIELDS):
        return 0.0
    times = 1.0
    for part, (least, greatest) in zip(parts[:2], _FIELDS, strict=False):
        times *= _values(part, least, greatest)
    days = min(_values(parts[2], 1, 31) / 31 if parts[2] != "?" else _values(parts[4], 1, 7) / 7, 1.0)
    return times * days * DAYS * _values(parts[3], 1, 12) / 12


def _values(part: str, least: int, greatest: int) -> int:
    """How many values a field of a cron expression has; one for what only names a day by its place."""
    count = 0
    for item in part.split(","):
        span, slash, step = item.partition("/")
        first, dash, last = span.partition("-")
        start = int(first) if first.isdigit() else least
        end = int(last) if last.isdigit() else greatest if first == "*" or slash else start
        if dash and not (first.isdigit() and last.isdigit()):
            start, end = 2, 6  # words: MON-FRI is what people write
        count += len(range(start, end + 1, int(step) if re.fullmatch(r"[1-9][0-9]*", step) else 1)) or 1
    return count


def _minutes(seconds: float) -> float:
    """CodeBuild charges begun minutes, from the start of the machine on."""
    return max(1.0, -(-seconds // 60))


def _gb(count: float) -> str:
    return f"{count / prices.GB:.2f} GB"


def _dollars(amount: float) -> str:
    return f"${amount:.2f}"
