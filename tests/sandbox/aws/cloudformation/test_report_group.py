import pytest

from sandbox.aws.cloudformation.report_group import ReportGroup
from sandbox.codebuild.reports import REPORTS

ARN = "arn:aws:codebuild:eu-central-1:123456789012:report-group/hub-mirror"


def group() -> ReportGroup:
    return ReportGroup("hub-mirror", {"Name": "hub-mirror", "Type": "TEST"}, "123456789012", "eu-central-1")


def test_a_name_is_taken_until_the_group_is_removed() -> None:
    made = group()
    made.create()
    assert made.physical_resource_id == made.attributes()["Arn"] == ARN
    with pytest.raises(ValueError, match="already exists"):
        group().create()
    made.remove()
    group().create()
    group().remove()


def test_a_group_with_reports_goes_only_with_them() -> None:
    group().create()
    REPORTS.add(ARN, "arn:aws:codebuild:eu-central-1:123456789012:build/hub-mirror:1", [])
    with pytest.raises(ValueError, match="has reports"):
        group().remove()
    ReportGroup(
        "hub-mirror", {"Name": "hub-mirror", "Type": "TEST", "DeleteReports": True}, "123456789012", "eu-central-1"
    ).remove()
    assert ARN not in REPORTS.groups(ARN)
