from dataclasses import replace

import pytest

from mirror.config.model import Schedule
from mirror.config.operation import Arch, Compute, ComputeType
from mirror.report import cost, prices
from mirror.report.model import Action, RunReport
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
    assert "1 of 3 sizes are not known: nobody had to read those manifests yet." in found.assumptions
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
    assert cost.scheduled([schedule], Compute(), 30).builds_a_month == pytest.approx(builds)


def test_usage_is_taken_from_the_last_runs_when_they_are_enough() -> None:
    assert cost.observed(reports.past(12)).builds_a_month == pytest.approx(4 * 30.4)
    assert "too few to tell" in cost.observed(reports.past(2)).why
    assert cost.scheduled([], Compute(), 30).why.startswith("no schedule")


def test_text_ends_with_the_assumptions() -> None:
    lines = cost.text(cost.estimate(reports.small(), cost.Usage(30, 60, "thirty")))
    assert lines[0] == "cost:"
    assert lines[5].split() == ["a", "month,", "about", "$0.01"]
    assert prices.AS_OF in lines[6]
