"""Builds that report, asked about as the console and the CLI ask."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mirror.report import junit
from mirror.report.model import Action
from sandbox.codebuild.report_upload import ACTIONS
from sandbox.codebuild.reports import REPORTS
from tests import reports
from tests.sandbox.codebuild.support import World, statuses


@pytest.fixture
def group() -> str:
    arn = f"arn:aws:codebuild:eu-central-1:123456789012:report-group/group-{uuid.uuid4()}"
    REPORTS.add_group(arn)
    return arn


def buildspec(group: str, *commands: str, files: str = "junit-*.xml", base: str = ".") -> str:
    """JSON is YAML."""
    reports_ = {group: {"files": [files], "base-directory": base, "file-format": "junitXml"}}
    return json.dumps({"version": 0.2, "phases": {"build": {"commands": [*commands]}}, "reports": reports_})


def project(world: World, text: str, files: dict[str, str], **wanted: Any) -> str:
    source = {"type": "S3", "location": world.source({"buildspec.yml": text, **files})}
    return world.project(source=source, **wanted)


def test_a_report_tells_what_failed_and_why(world: World, group: str) -> None:
    files = {"out/junit-1.xml": junit.render(reports.failing())[0]}
    build = world.run(project(world, buildspec(group, "exit 1", base="out"), files))
    assert build["buildStatus"] == "FAILED"
    assert statuses(build)["UPLOAD_ARTIFACTS"] == "SUCCEEDED", "a failed build reports all the same"
    codebuild = world.codebuild
    assert group in codebuild.list_report_groups().get("reportGroups", [])
    (arn,) = codebuild.list_reports_for_report_group(reportGroupArn=group).get("reports", [])
    assert build["reportArns"] == [arn]
    (report,) = codebuild.batch_get_reports(reportArns=[arn]).get("reports", [])
    assert (report.get("status"), report.get("executionId")) == ("FAILED", build["arn"])
    assert report.get("testSummary") == {
        "total": 8,
        "statusCounts": {"SUCCEEDED": 2, "FAILED": 3, "ERROR": 0, "SKIPPED": 3, "UNKNOWN": 0},
        "durationInNanoSeconds": 3_000_000_000,
    }
    failed = codebuild.describe_test_cases(reportArn=arn, filter={"status": "FAILED", "keyword": "node"})
    (case,) = failed["testCases"]
    assert (case.get("name"), case.get("prefix"), case.get("testRawDataPath")) == ("node:22", "node", "out/junit-1.xml")
    assert case.get("message") == "denied: no permission for PutImage → Deploy the stacks again."


def test_two_thousand_tags_in_files_of_five_hundred_make_one_report_with_every_failure(
    world: World, group: str
) -> None:
    failed = [
        reports.image(f"late-{n}:1", reports.place(f"late-{n}:1", Action.FAILED, reason="denied")) for n in range(3)
    ]
    texts = junit.render(reports.report(*reports.large(2000).images, *failed))
    assert len(texts) == 5
    files = {f"junit-{number}.xml": text for number, text in enumerate(texts)}
    (arn,) = world.run(project(world, buildspec(group, "true"), files))["reportArns"]
    (report,) = world.codebuild.batch_get_reports(reportArns=[arn]).get("reports", [])
    assert report.get("truncated") is True
    assert report.get("testSummary", {}).get("total") == 2003
    pages = world.codebuild.get_paginator("describe_test_cases").paginate(reportArn=arn)
    cases = [case for page in pages for case in page["testCases"]]
    assert len(cases) == 500
    assert [case.get("status") for case in cases[:4]] == ["FAILED"] * 3 + ["SUCCEEDED"]


def test_reports_make_a_trend(world: World, group: str) -> None:
    name = project(world, buildspec(group, "true"), {"junit-1.xml": junit.render(reports.small())[0]})
    for _ in range(2):
        world.run(name)
    trend = world.codebuild.get_report_group_trend(reportGroupArn=group, trendField="PASS_RATE")
    assert trend.get("stats") == {"average": "100", "max": "100", "min": "100"}
    assert [each.get("data") for each in trend.get("rawData", [])] == ["100", "100"]
    newest, oldest = world.codebuild.list_reports_for_report_group(reportGroupArn=group)["reports"]
    ascending = world.codebuild.list_reports_for_report_group(reportGroupArn=group, sortOrder="ASCENDING")["reports"]
    assert ascending == [oldest, newest]


@pytest.mark.parametrize("files", [{}, {"junit-1.xml": "<testsuite"}], ids=["none", "broken"])
def test_without_a_file_that_can_be_read_a_report_is_incomplete(
    world: World, group: str, files: dict[str, str]
) -> None:
    build = world.run(project(world, buildspec(group, "true"), files))
    assert build["buildStatus"] == "SUCCEEDED"
    (report,) = world.codebuild.batch_get_reports(reportArns=build["reportArns"])["reports"]
    assert report.get("status") == "INCOMPLETE"


def test_a_group_that_is_only_a_name_is_made_for_the_project(world: World) -> None:
    name = project(world, buildspec("tests", "true"), {"junit-1.xml": junit.render(reports.small())[0]})
    for _ in range(2):
        assert world.run(name)["buildStatus"] == "SUCCEEDED"
    (group,) = [arn for arn in world.codebuild.list_report_groups()["reportGroups"] if arn.endswith(f"/{name}-tests")]
    assert len(world.codebuild.list_reports_for_report_group(reportGroupArn=group)["reports"]) == 2


@pytest.mark.parametrize("missing", ACTIONS)
def test_a_role_that_may_not_report_fails_the_build(world: World, group: str, missing: str) -> None:
    actions = ["logs:*", "s3:GetObject", *(each for each in ACTIONS if each != missing)]
    role = world.role({"Effect": "Allow", "Action": actions, "Resource": "*"})
    build = world.run(project(world, buildspec(group, "true"), {}, role=role))
    assert build["buildStatus"] == "FAILED"
    (context,) = next(p for p in build["phases"] if p["phaseType"] == "UPLOAD_ARTIFACTS")["contexts"]
    assert missing in context["message"]


def test_a_group_that_is_not_there_fails_the_build(world: World, group: str) -> None:
    build = world.run(project(world, buildspec(f"{group}-2", "true"), {}))
    assert build["buildStatus"] == "FAILED"
    (context,) = next(p for p in build["phases"] if p["phaseType"] == "UPLOAD_ARTIFACTS")["contexts"]
    assert (context["statusCode"], context["message"]) == ("CLIENT_ERROR", f"Report group {group}-2 does not exist")


def test_pages_have_at_most_a_hundred(world: World, group: str) -> None:
    with pytest.raises(ClientError, match="got 101, allowed: 1 to 100"):
        world.codebuild.list_reports_for_report_group(reportGroupArn=group, maxResults=101)
    with pytest.raises(ClientError, match="Invalid nextToken: x"):
        world.codebuild.list_reports_for_report_group(reportGroupArn=group, nextToken="x")
