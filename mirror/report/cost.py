"""What mirroring costs a month: an estimate from manifest sizes and build times, with what it takes for granted.

Storage is what the destinations hold after the run, each layer once in a repository: that is how ECR counts, unless an
account has switched blob mounting on, which shares layers between private repositories.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mirror.config.model import Schedule
from mirror.config.operation import Compute
from mirror.report import prices
from mirror.report.lines import repository
from mirror.report.model import Action, Blob, ImageResult, Past, RunReport

DAYS = 30.4
"""In a month."""
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7))
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_ABSENT = frozenset({Action.FAILED, Action.DEFERRED})


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the estimate."""

    what: str
    amount: str
    """What is paid for: ``12.3 GB``."""
    dollars: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A month, and what was taken for granted."""

    lines: tuple[Line, ...]
    assumptions: tuple[str, ...]

    @property
    def dollars(self) -> float:
        """The sum."""
        return sum(line.dollars for line in self.lines)


@dataclass(frozen=True, slots=True)
class Usage:
    """How often builds run, and on what."""

    builds_a_month: float
    seconds: float
    """Of one, the engine's part."""
    why: str
    """Where the numbers come from."""
    compute: Compute = field(default_factory=Compute)


def scheduled(schedules: Iterable[Schedule], compute: Compute, seconds: float) -> Usage:
    """The usage that a configuration asks for."""
    builds = sum(_times_a_month(schedule) for schedule in schedules)
    why = f"{builds:.0f} builds a month, as scheduled" if builds else "no schedule: one build a day by hand"
    return Usage(builds or DAYS, seconds, f"{why}, of {_minutes(seconds):.1f} min each", compute)


def observed(past: Sequence[Past], compute: Compute | None = None) -> Usage:
    """The usage that the last runs show."""
    seconds = sum(run.seconds for run in past) / len(past) if past else 0.0
    days = (past[-1].started - past[0].started).total_seconds() / 86_400 if past else 0.0
    if len(past) > 2 and days >= 1:
        builds, why = (len(past) - 1) / days * DAYS, f"as the last {len(past)} did"
    else:
        builds, why = 4 * DAYS, "four a day, because there are too few to tell"
    text = f"{builds:.0f} builds a month, {why}, of {_minutes(seconds):.1f} min each"
    return Usage(builds, seconds, text, compute or Compute())


def estimate(report: RunReport, usage: Usage) -> Estimate:
    """A month at this usage, with everything stored that the report shows."""
    images = (*report.images, *report.others)
    private, public = (_stored(images, name, report) for name in ("private", "public"))
    paid_public = max(public / prices.GB - prices.PUBLIC_FREE_GB, 0)
    minutes = usage.builds_a_month * _minutes(usage.seconds)
    free = prices.FREE_BUILD_MINUTES if usage.compute.type == "small" else 0
    minute = prices.BUILD_MINUTE[str(usage.compute.arch), str(usage.compute.type)]
    moved = sum(each.bytes_uploaded for i in report.images for each in i.destinations if each.destination == "public")
    lines = (
        Line("ECR private, storage", _gb(private), private / prices.GB * prices.PRIVATE_STORAGE_GB_MONTH),
        Line("ECR Public, storage", _gb(public), paid_public * prices.PUBLIC_STORAGE_GB_MONTH),
        Line("Transfer to ECR Public, this run", _gb(moved), moved / prices.GB * prices.CROSS_REGION_GB),
        Line("CodeBuild", f"{minutes:.0f} min", max(minutes - free, 0) * minute),
    )
    unknown = sum(1 for image in images if image.size is None)
    return Estimate(lines, tuple(_assumptions(report, images, usage, unknown)))


def text(found: Estimate) -> list[str]:
    """Lines for a terminal or a log."""
    width = max(len(line.what) for line in found.lines)
    rows = [f"  {line.what:<{width}}  {line.amount:>10}  {_dollars(line.dollars):>9}" for line in found.lines]
    total = f"  {'a month, about':<{width}}  {'':>10}  {_dollars(found.dollars):>9}"
    return ["cost:", *rows, total, *(f"  · {each}" for each in found.assumptions)]


def _assumptions(report: RunReport, images: Sequence[ImageResult], usage: Usage, unknown: int) -> list[str]:
    found = [
        f"Prices of {prices.AS_OF}, orders of magnitude; yours are in the AWS console.",
        f"{usage.why}, on {usage.compute.arch} {usage.compute.type}"
        + (f"; {prices.FREE_BUILD_MINUTES} minutes a month are free." if usage.compute.type == "small" else "."),
        f"ECR Public: {prices.PUBLIC_FREE_GB} GB of storage a month are free; pulls from AWS are free.",
        (
            f"Nothing for what comes from Docker Hub; ${prices.CROSS_REGION_GB:.2f} per GB to ECR Public from "
            f"a region that is not us-east-1; ${prices.INTERNET_GB:.2f} per GB pulled from private ECR outside AWS."
        ),
    ]
    private, once = (_stored(images, "private", report, once=each) for each in (False, True))
    shared = f" With blob mounting switched on, {_gb(once)} instead of {_gb(private)}." if once < private else ""
    found.append(f"Each layer is counted once in a repository; content of older digests is not counted.{shared}")
    if unknown:
        found.append(f"{unknown} of {len(images)} sizes are not known: nobody had to read those manifests yet.")
    return found


def _stored(images: Iterable[ImageResult], destination: str, report: RunReport, *, once: bool = False) -> int:
    """Bytes in a destination: each blob once in a repository, or `once` in the registry."""
    held: dict[str, set[Blob]] = {}
    for image in images:
        for each in image.destinations:
            there = each.digest is not None or (report.dry_run and each.action not in _ABSENT)
            if each.destination == destination and there:
                name = "" if once else repository(each.reference)
                held.setdefault(name, set()).update(image.blobs)
    return sum(blob.size for blobs in held.values() for blob in blobs)


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
