import json
from dataclasses import replace

import pytest

from mirror.report.model import RunReport
from mirror.report.page.data import MIN_RUNS, data
from tests import reports


@pytest.mark.parametrize("report", [reports.failing(), reports.hostile()])
def test_nothing_in_it_ends_a_script(report: RunReport) -> None:
    text = data(report)
    assert not set(text) & {"<", ">", "&", "\u2028", "\u2029"}
    rows = json.loads(text)["rows"]
    assert [row["name"] for row in rows] == [image.reference for image in (*report.images, *report.others)]


def test_how_often_runs_come_is_known_from_enough_of_them() -> None:
    report = reports.small()
    assert json.loads(data(report))["every"] == 360
    assert json.loads(data(replace(report, past=reports.past(MIN_RUNS - 1))))["every"] is None
    assert json.loads(data(replace(report, dry_run=True)))["every"] is None


def test_a_row_names_the_layers_that_it_shares() -> None:
    (maven, temurin, redis) = json.loads(data(reports.small()))["rows"]
    base = [str(reports.digest("base")), 30 * reports.MIB, 2]
    assert maven["layers"] == temurin["layers"] == [base]
    assert (maven["shared"], maven["with"]) == (30 * reports.MIB, [["eclipse-temurin:21-jre", 30 * reports.MIB]])
    assert (redis["layers"], redis["shared"]) == ([], 0)
