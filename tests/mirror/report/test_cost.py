from dataclasses import replace
from datetime import timedelta

import pytest

from mirror.config.model import MirrorConfig, Schedule
from mirror.config.operation import Arch, Compute, ComputeType
from mirror.report import cost, prices
from mirror.report.model import Action, ImageResult, RunReport
from tests import reports

GIB = 1024**3


def estimate(report: RunReport, usage: cost.Usage | None = None) -> dict[str, cost.Line]:
    usage = usage or cost.Usage(30, 60, "thirty")
    return {line.what: line for line in cost.estimate(report, usage).lines}


def test_layers_are_counted_once_in_a_repository() -> None:
    tags = [reports.image(f"maven:{n}", reports.place(f"maven:{n}", Action.UNCHANGED), mib=40) for n in range(3)]
    other = reports.image("node:1", reports.place("node:1", Action.UNCHANGED), mib=40)
    lines = estimate(reports.report(*tags, other))
    # The base (30 MiB) once for each of two repositories, and 10 MiB for each tag.
    assert lines["ECR Public, storage"].amount == f"{(2 * 30 + 4 * 10) * reports.MIB / prices.GB:.2f} GB"
    assert lines["ECR private, storage"].amount == "0.00 GB"


def test_public_storage_is_free_up_to_a_point_and_private_is_not() -> None:
    def report(registry: str, gib: int) -> RunReport:
        name = "a:1"
        image = reports.image(name, reports.place(name, Action.UNCHANGED, registry=registry))
        return reports.report(replace(image, blobs=(reports.blob("big", gib * 1024),)))

    assert estimate(report(reports.PUBLIC, 40))["ECR Public, storage"].dollars == 0
    public = estimate(report(reports.PUBLIC, 100))["ECR Public, storage"].dollars
    assert public == pytest.approx((100 * GIB / prices.GB - 50) * 0.10)
    assert estimate(report(reports.PRIVATE, 100))["ECR private, storage"].dollars == pytest.approx(10.74, abs=0.01)


def test_what_is_not_there_is_not_paid_for_and_what_a_plan_would_bring_is() -> None:
    failed = reports.image("a:1", reports.place("a:1", Action.FAILED, registry=reports.PRIVATE), mib=1000)
    place = replace(reports.place("b:1", Action.COPIED, registry=reports.PRIVATE), digest=None)
    planned = reports.image("b:1", place, mib=1000)
    assert estimate(reports.report(failed))["ECR private, storage"].dollars == 0
    assert estimate(reports.report(planned))["ECR private, storage"].dollars == 0
    assert estimate(reports.report(planned, dry_run=True))["ECR private, storage"].dollars > 0.1


def test_sizes_that_are_not_known_are_told() -> None:
    found = cost.estimate(reports.small(), cost.Usage(30, 60, "thirty"))
    assert "1 of 3 sizes are not known, and count as nothing." in found.assumptions
    assert any("blob mounting" not in each and "once in a repository" in each for each in found.assumptions)


def test_mounting_is_told_where_it_would_help() -> None:
    images = [
        reports.image(f"{name}:1", reports.place(f"{name}:1", Action.UNCHANGED, registry=reports.PRIVATE))
        for name in ("a", "b")
    ]
    text = "\n".join(cost.text(cost.estimate(reports.report(*images), cost.Usage(30, 60, "thirty"))))
    assert "With blob mounting switched on, 0.09 GB instead of 0.13 GB." in text


@pytest.mark.parametrize(
    ("compute", "dollars"),
    [
        (Compute(), (1000 - 100) * 0.0034),
        (Compute(arch=Arch.X86_64), (1000 - 100) * 0.005),
        (Compute(type=ComputeType.LARGE), 1000 * 0.0136),
    ],
)
def test_build_minutes_are_counted_as_begun(compute: Compute, dollars: float) -> None:
    lines = estimate(reports.small(), cost.Usage(500, 61, "five hundred", compute))
    assert lines["CodeBuild"].amount == "1000 min"
    assert lines["CodeBuild"].dollars == pytest.approx(dollars)


def test_every_machine_has_a_price() -> None:
    assert {(str(arch), str(kind)) for arch in Arch for kind in ComputeType} == set(prices.BUILD_MINUTE)


@pytest.mark.parametrize(
    ("schedule", "builds"),
    [
        (Schedule(rate="6 hours"), 4 * 30.4),
        (Schedule(rate="1 day"), 30.4),
        (Schedule(cron="0 3 * * ? *"), 30.4),
        (Schedule(cron="0/15 * * * ? *"), 4 * 24 * 30.4),
        (Schedule(cron="0 8-18 ? * MON-FRI *"), 11 * 5 / 7 * 30.4),
        (Schedule(cron="0 0,12 1 * ? *"), 2 * 30.4 / 31),
        (Schedule(cron="0 0 ? 1,7 6L *"), 30.4 / 7 / 6),
        (Schedule(cron="0 3 L * ? *"), 30.4 / 31),
    ],
)
def test_builds_of_a_month(schedule: Schedule, builds: float) -> None:
    config = MirrorConfig((), schedules=(schedule,))
    assert cost.expected(config, reports.small()).builds_a_month == pytest.approx(builds)


def test_usage_is_taken_from_the_last_runs_when_they_are_enough() -> None:
    assert cost.observed(reports.past(12)).builds_a_month == pytest.approx(4 * 30.4)
    assert "one a day by hand" in cost.observed(reports.past(2)).why
    without = replace(reports.small(), past=())
    assert cost.expected(MirrorConfig(()), without).why == (
        "30 builds a month, one a day by hand, for there is no schedule, of 1 min each, as long as this one took"
    )


def test_builds_take_as_long_as_the_last_ones_did_not_as_long_as_a_plan() -> None:
    config = MirrorConfig((), schedules=(Schedule(rate="6 hours"),), compute=Compute(arch=Arch.X86_64))
    past = tuple(replace(run, seconds=130.0) for run in reports.past(5))
    usage = cost.expected(config, replace(reports.report(dry_run=True), past=past))
    assert (usage.seconds, usage.compute.arch) == (130.0, Arch.X86_64)
    assert usage.why == "122 builds a month, as scheduled, of 3 min each, as the last 5 runs took"
    usage = cost.expected(config, replace(reports.report(dry_run=True), past=()))
    assert usage.why.endswith("as long as this one took, which copies nothing")


def test_what_nobody_has_read_is_docker_hubs_word_and_counts_each_time_but_a_digest_once() -> None:
    def said(name: str, content: str) -> ImageResult:
        place = replace(reports.place(name, Action.COPIED, registry=reports.PRIVATE), digest=None)
        image = reports.image(name, place, mib=1000)
        return replace(image, blobs=(), size=1000 * reports.MIB, source_digest=reports.digest(content))

    images = [said("a:1", "x"), said("a:1.0", "x"), said("a:2", "y"), reports.image("a:3", mib=None)]
    report = reports.report(*images, dry_run=True)
    lines = estimate(report)
    expected = f"{2 * 1000 * reports.MIB / prices.GB:.2f} GB"
    assert lines["ECR private, storage"].amount == expected
    assert lines["ECR private, transfer in"].amount == expected
    told = cost.estimate(report, cost.Usage(30, 60, "thirty")).assumptions
    assert told[-2].startswith("3 of 4 sizes are Docker Hub's word")
    assert told[-1] == "1 of 4 sizes are not known, and count as nothing."


def test_a_plan_brings_only_the_layers_that_are_not_there_yet() -> None:
    old = reports.image("a:1", reports.place("a:1", Action.UNCHANGED), mib=90)
    new = reports.image("a:2", replace(reports.place("a:2", Action.COPIED), digest=None), mib=50)
    lines = estimate(reports.report(old, new, dry_run=True))
    assert lines["ECR Public, transfer in"].amount == f"{20 * reports.MIB / prices.GB:.2f} GB"
    assert lines["ECR Public, storage"].amount == f"{(30 + 60 + 20) * reports.MIB / prices.GB:.2f} GB"
    assert lines["ECR Public, transfer in"].once


def test_what_is_paid_once_is_not_in_the_months_sum() -> None:
    name = "a:1"
    image = reports.image(name, reports.place(name, Action.COPIED))
    place = replace(image.destinations[0], bytes_uploaded=100 * GIB)
    found = cost.estimate(reports.report(replace(image, destinations=(place,))), cost.Usage(30, 60, "thirty"))
    crossing = next(line for line in found.lines if line.once and line.dollars)
    assert crossing.dollars == pytest.approx(100 * GIB / prices.GB * 0.02)
    assert found.dollars < crossing.dollars
    assert [line for line in cost.text(found) if line.endswith("once, for this run")][1].split()[-5] == "$2.15"


def test_text_ends_with_the_assumptions() -> None:
    lines = cost.text(cost.estimate(reports.small(), cost.Usage(30, 60, "thirty")))
    assert lines[0] == "cost:"
    assert lines[4].split() == ["a", "month,", "about", "$0.01"]
    assert prices.AS_OF in lines[7]


def test_a_run_on_several_machines_is_paid_for_on_each() -> None:
    config = MirrorConfig(images=(), shards=3, schedules=(Schedule(rate="1 day"),))
    report = replace(reports.report(), past=(), finished=reports.START + timedelta(seconds=120))
    usage = cost.expected(config, report)
    one = cost.expected(replace(config, shards=1), report)
    assert "3 machines at a time" in usage.why
    assert "machines" not in one.why
    # Three machines for what one run takes, and two builds of a minute.
    assert estimate(reports.report(), usage)["CodeBuild"].amount == f"{30.4 * (3 * 2 + 2):.0f} min"
    assert estimate(reports.report(), one)["CodeBuild"].amount == f"{30.4 * 2:.0f} min"
