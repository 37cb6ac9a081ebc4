from typing import Any

import pytest
from aws_cdk.assertions import Match, Template

from buildspecs import mirror as mirror_buildspec
from mirror import settings
from stacks.mirror_project import MARGIN_MINUTES, TIMEOUT_MINUTES

Templates = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def template(templates: Templates) -> Template:
    return Template.from_json(templates["HubMirror"])


def test_the_project_is_unprivileged_and_small(template: Template) -> None:
    template.has_resource_properties(
        "AWS::CodeBuild::Project",
        {
            "Name": "hub-mirror",
            "Artifacts": {"Type": "NO_ARTIFACTS"},
            "ConcurrentBuildLimit": 1,
            "TimeoutInMinutes": 60,
            "QueuedTimeoutInMinutes": 480,
            "Environment": {
                "Type": "ARM_CONTAINER",
                "Image": "aws/codebuild/amazonlinux-aarch64-standard:3.0",
                "ComputeType": "BUILD_GENERAL1_SMALL",
                "PrivilegedMode": False,
            },
        },
    )


def test_the_run_ends_before_codebuild_ends_it(template: Template) -> None:
    seconds = (TIMEOUT_MINUTES - MARGIN_MINUTES) * 60
    assert 0 < seconds < TIMEOUT_MINUTES * 60
    template.has_resource_properties(
        "AWS::CodeBuild::Project",
        {
            "TimeoutInMinutes": TIMEOUT_MINUTES,
            "Environment": {
                "EnvironmentVariables": [
                    {"Name": settings.DEADLINE_SECONDS, "Type": "PLAINTEXT", "Value": str(seconds)}
                ]
            },
        },
    )


def test_the_buildspec_is_in_the_project_with_its_comments(template: Template) -> None:
    text = mirror_buildspec.render()
    assert "#" in text
    template.has_resource_properties("AWS::CodeBuild::Project", {"Source": {"Type": "S3", "BuildSpec": text}})


def test_logs_go_where_the_console_looks_and_end_after_a_month(template: Template) -> None:
    template.has_resource(
        "AWS::Logs::LogGroup",
        {
            "Properties": {"LogGroupName": "/aws/codebuild/hub-mirror", "RetentionInDays": 30},
            "DeletionPolicy": "Delete",
        },
    )
    (group,) = template.find_resources("AWS::Logs::LogGroup")
    template.has_resource_properties(
        "AWS::CodeBuild::Project",
        {"LogsConfig": {"CloudWatchLogs": {"GroupName": {"Ref": group}, "Status": "ENABLED"}}},
    )


def test_a_build_reads_its_own_source_and_writes_its_own_log_and_no_more(template: Template) -> None:
    (group,) = template.find_resources("AWS::Logs::LogGroup")
    (project,) = template.find_resources("AWS::CodeBuild::Project").values()
    key = project["Properties"]["Source"]["Location"].rsplit("/", 1)[-1]
    (role,) = (
        policy["Properties"]["PolicyDocument"]["Statement"]
        for policy in template.find_resources("AWS::IAM::Policy").values()
        if policy["Properties"]["PolicyName"].startswith("RoleDefaultPolicy")
    )
    own = {s["Sid"]: (s["Action"], s["Resource"]) for s in role if not s["Action"][0].startswith("ecr")}
    assert own["WriteLog"] == (
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        {"Fn::GetAtt": [group, "Arn"]},
    )
    assert own["ReadSource"] == (
        ["s3:GetObject", "s3:GetObjectVersion"],
        f"arn:aws:s3:::cdk-hnb659fds-assets-123456789012-eu-central-1/{key}",
    )
    assert own["FindSource"] == (
        ["s3:GetBucketAcl", "s3:GetBucketLocation"],
        "arn:aws:s3:::cdk-hnb659fds-assets-123456789012-eu-central-1",
    )
    assert not [s for s in role if any("*" in action for action in s["Action"])]


def test_credentials_are_in_no_variable(template: Template) -> None:
    template.resource_properties_count_is(
        "AWS::CodeBuild::Project",
        {"Environment": {"EnvironmentVariables": Match.array_with([{"Type": "SECRETS_MANAGER"}])}},
        0,
    )
