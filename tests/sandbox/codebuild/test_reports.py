from collections.abc import Iterator
from typing import Any

import pytest
from moto.codebuild.exceptions import InvalidInputException, ResourceAlreadyExistsException, ResourceNotFoundException

from sandbox.codebuild.reports import MAX_CASES, Reports

GROUP = "arn:aws:codebuild:eu-central-1:123456789012:report-group/hub-mirror"
BUILD = "arn:aws:codebuild:eu-central-1:123456789012:build/hub-mirror:1"


def case(name: str, status: str = "SUCCEEDED") -> dict[str, Any]:
    return {"name": name, "prefix": "p", "status": status, "durationInNanoSeconds": 1000, "message": ""}


@pytest.fixture
def kept() -> Iterator[Reports]:
    reports = Reports()
    reports.add_group(GROUP)
    yield reports
    reports.remove_group(GROUP)
    assert reports.groups("arn:") == []


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["SUCCEEDED", "SKIPPED"], "SUCCEEDED"),
        (["SUCCEEDED", "FAILED"], "FAILED"),
        (["ERROR"], "FAILED"),
        ([], "SUCCEEDED"),
        (None, "INCOMPLETE"),
    ],
)
def test_a_report_is_what_its_cases_are(kept: Reports, statuses: list[str] | None, status: str) -> None:
    cases = None if statuses is None else [case(str(n), each) for n, each in enumerate(statuses)]
    arn = kept.add(GROUP, BUILD, cases)
    ((report,), missing) = kept.get([arn])
    assert missing == []
    assert arn.startswith("arn:aws:codebuild:eu-central-1:123456789012:report/hub-mirror:")
    assert (report["status"], report["reportGroupArn"], report["executionId"]) == (status, GROUP, BUILD)
    assert report["testSummary"]["total"] == len(statuses or [])
    assert report["truncated"] is False


def test_five_hundred_cases_are_kept_failed_ones_first_and_all_are_counted(kept: Reports) -> None:
    many = [case(f"ok-{n}") for n in range(MAX_CASES)] + [case("late", "FAILED")]
    arn = kept.add(GROUP, BUILD, many)
    ((report,), _) = kept.get([arn])
    assert report["truncated"] is True
    assert report["testSummary"]["total"] == 501
    assert report["testSummary"]["statusCounts"] == {
        "SUCCEEDED": 500,
        "FAILED": 1,
        "ERROR": 0,
        "SKIPPED": 0,
        "UNKNOWN": 0,
    }
    cases = kept.cases(arn)
    assert len(cases) == 500
    assert cases[0]["name"] == "late"
    assert "ok-499" not in {each["name"] for each in cases}


def test_cases_are_found_by_status_and_word(kept: Reports) -> None:
    arn = kept.add(GROUP, BUILD, [case("maven:3"), case("node:22", "FAILED")])
    assert [each["name"] for each in kept.cases(arn, status="FAILED")] == ["node:22"]
    assert [each["name"] for each in kept.cases(arn, keyword="aven")] == ["maven:3"]
    assert len(kept.cases(arn, keyword="p")) == 2


def test_a_trend_is_over_the_last_reports_newest_first(kept: Reports) -> None:
    for failed in (0, 1, 2):
        kept.add(GROUP, BUILD, [case(str(n), "FAILED" if n < failed else "SUCCEEDED") for n in range(4)])
    assert [value for _, value in kept.trend(GROUP, "PASS_RATE", 2)] == [50.0, 75.0]
    assert [value for _, value in kept.trend(GROUP, "TOTAL", 100)] == [4.0, 4.0, 4.0]
    assert [value for _, value in kept.trend(GROUP, "DURATION", 1)] == [4000.0]
    with pytest.raises(InvalidInputException, match="LINE_COVERAGE"):
        kept.trend(GROUP, "LINE_COVERAGE", 1)


def test_what_is_not_there_is_said(kept: Reports) -> None:
    with pytest.raises(ResourceAlreadyExistsException):
        kept.add_group(GROUP)
    for asked in (
        lambda: kept.add(f"{GROUP}-2", BUILD, []),
        lambda: kept.of_group("arn:x"),
        lambda: kept.cases("arn:x"),
    ):
        with pytest.raises(ResourceNotFoundException, match="does not exist"):
            asked()
    assert kept.get(["arn:x"]) == ([], ["arn:x"])
