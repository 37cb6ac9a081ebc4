from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk.assertions import Match, Template

from buildspecs import mirror as mirror_buildspec
from mirror import settings
from mirror.config.model import MirrorConfig
from mirror.config.operation import Arch, Compute, ComputeType, Watch
from stacks.build_machine import LAMBDA_MARGIN_MINUTES, MARGIN_MINUTES, machine
from stacks.mirror_project import variables

Templates = dict[str, dict[str, Any]]
Synthesise = Callable[..., Templates]


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
    assert 0 < MARGIN_MINUTES < 10
    template.has_resource_properties(
        "AWS::CodeBuild::Project",
        {
            "TimeoutInMinutes": 60,
            "Environment": {
                "EnvironmentVariables": [
                    {
                        "Name": settings.DEADLINE_SECONDS,
                        "Type": "PLAINTEXT",
                        "Value": str((60 - MARGIN_MINUTES) * 60),
                    },
                    {"Name": settings.REPORT_BUCKET, "Type": "PLAINTEXT", "Value": Match.any_value()},
                ]
            },
        },
    )


@pytest.mark.parametrize(
    ("compute", "environment", "minutes"),
    [
        (
            "{arch: x86_64, type: large, timeout_minutes: 120}",
            {
                "Type": "LINUX_CONTAINER",
                "Image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "ComputeType": "BUILD_GENERAL1_LARGE",
            },
            120,
        ),
        (
            "{type: medium}",
            {
                "Type": "ARM_CONTAINER",
                "Image": "aws/codebuild/amazonlinux-aarch64-standard:3.0",
                "ComputeType": "BUILD_GENERAL1_MEDIUM",
            },
            60,
        ),
        (
            "{type: lambda}",
            {
                "Type": "ARM_LAMBDA_CONTAINER",
                "Image": "aws/codebuild/amazonlinux-aarch64-lambda-standard:python3.13",
                "ComputeType": "BUILD_LAMBDA_1GB",
            },
            None,
        ),
        (
            "{type: lambda, arch: x86_64}",
            {
                "Type": "LINUX_LAMBDA_CONTAINER",
                "Image": "aws/codebuild/amazonlinux-x86_64-lambda-standard:python3.13",
                "ComputeType": "BUILD_LAMBDA_1GB",
            },
            None,
        ),
    ],
)
def test_the_machine_is_the_files(
    synthesise: Synthesise, compute: str, environment: dict[str, str], minutes: int | None
) -> None:
    template = synthesise(f"version: 1\nimages: [maven:3]\ncompute: {compute}\n")["HubMirror"]
    (project,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::CodeBuild::Project")
    found = project["Properties"]
    assert {key: found["Environment"][key] for key in environment} == environment
    assert found.get("TimeoutInMinutes") == minutes
    assert ("QueuedTimeoutInMinutes" in found) is (minutes is not None)
    deadline = {each["Name"]: each["Value"] for each in found["Environment"]["EnvironmentVariables"]}
    left = minutes - MARGIN_MINUTES if minutes else 15 - LAMBDA_MARGIN_MINUTES
    assert deadline[settings.DEADLINE_SECONDS] == str(left * 60)


def test_every_machine_has_an_image() -> None:
    for arch in Arch:
        for size in ComputeType:
            assert machine(Compute(arch=arch, type=size)).deadline_minutes > 0


def test_metrics_are_written_where_somebody_watches() -> None:
    assert settings.METRICS not in variables(MirrorConfig(images=()), 55)
    assert variables(MirrorConfig(images=(), name="dev", watch=Watch()), 55)[settings.METRICS] == "dev-hub-mirror"


def test_the_buildspec_is_in_the_project_with_its_comments(template: Template) -> None:
    group = "arn:aws:codebuild:eu-central-1:123456789012:report-group/hub-mirror"
    text = mirror_buildspec.render(report_group=group)
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
