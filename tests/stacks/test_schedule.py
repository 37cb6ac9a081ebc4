import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_codebuild as codebuild
from aws_cdk.assertions import Template

from mirror import settings
from mirror.config.model import MirrorConfig, Schedule
from stacks.schedule import MirrorSchedules


def scheduled(*schedules: Schedule, name: str = "") -> Template:
    stack = cdk.Stack(cdk.App(), "S", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    project = codebuild.Project.from_project_name(stack, "Project", "hub-mirror")
    MirrorSchedules(stack, "Schedule", config=MirrorConfig(images=(), schedules=schedules, name=name), project=project)
    return Template.from_stack(stack)


@pytest.mark.parametrize(
    ("schedule", "expression", "timezone"),
    [
        (Schedule(rate="6 hours"), "rate(6 hours)", "UTC"),
        (Schedule(rate="1 hour"), "rate(1 hour)", "UTC"),
        (Schedule(cron="0 3 * * ? *", timezone="Europe/Berlin"), "cron(0 3 * * ? *)", "Europe/Berlin"),
    ],
)
def test_the_schedule_says_what_the_file_says(schedule: Schedule, expression: str, timezone: str) -> None:
    scheduled(schedule).has_resource_properties(
        "AWS::Scheduler::Schedule",
        {
            "Name": "hub-mirror",
            "State": "ENABLED",
            "ScheduleExpression": expression,
            "ScheduleExpressionTimezone": timezone,
            "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        },
    )


def test_a_start_that_fails_is_tried_again_twice_within_an_hour() -> None:
    scheduled(Schedule(rate="6 hours")).has_resource_properties(
        "AWS::Scheduler::Schedule",
        {"Target": {"RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600}}},
    )


def test_its_role_may_start_this_project_and_nothing_else() -> None:
    template = scheduled(Schedule(rate="6 hours"))
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    statement, dead_letter = policy["Properties"]["PolicyDocument"]["Statement"]
    (queue,) = template.find_resources("AWS::SQS::Queue")
    assert (dead_letter["Action"], dead_letter["Resource"]) == ("sqs:SendMessage", {"Fn::GetAtt": [queue, "Arn"]})
    (schedule,) = template.find_resources("AWS::Scheduler::Schedule").values()
    assert statement["Action"] == "codebuild:StartBuild"
    assert statement["Resource"] == schedule["Properties"]["Target"]["Arn"]
    assert "project/hub-mirror" in str(statement["Resource"])
    template.has_resource_properties(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {
                        "Action": "sts:AssumeRole",
                        "Effect": "Allow",
                        "Principal": {"Service": "scheduler.amazonaws.com"},
                        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
                    }
                ]
            }
        },
    )


def test_starts_that_fail_end_in_an_encrypted_queue() -> None:
    template = scheduled(Schedule(rate="6 hours"))
    (queue,) = template.find_resources("AWS::SQS::Queue")
    template.has_resource_properties(
        "AWS::Scheduler::Schedule", {"Target": {"DeadLetterConfig": {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}}}
    )
    template.has_resource_properties(
        "AWS::SQS::Queue", {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 14 * 24 * 3600}
    )
    template.has_resource_properties(
        "AWS::SQS::QueuePolicy",
        {
            "PolicyDocument": {
                "Statement": [
                    {"Effect": "Deny", "Action": "sqs:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
                ]
            }
        },
    )


@pytest.mark.parametrize(
    ("minutes", "window"),
    [(0, {"Mode": "OFF"}), (90, {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 90})],
)
def test_the_window_is_the_files(minutes: int, window: dict[str, Any]) -> None:
    scheduled(Schedule(rate="6 hours", window_minutes=minutes)).has_resource_properties(
        "AWS::Scheduler::Schedule", {"FlexibleTimeWindow": window}
    )


def test_several_schedules_share_a_role_and_pass_their_scope() -> None:
    template = scheduled(
        Schedule(rate="1 hour", name="base", images=("maven", "eclipse-*")),
        Schedule(cron="0 3 ? * MON *", name="rest"),
        name="dev",
    )
    template.resource_count_is("AWS::IAM::Role", 1)
    found = {
        each["Properties"]["Name"]: each["Properties"]["Target"]
        for each in template.find_resources("AWS::Scheduler::Schedule").values()
    }
    assert set(found) == {"dev-hub-mirror-base", "dev-hub-mirror-rest"}
    assert "Input" not in found["dev-hub-mirror-rest"]
    base = found["dev-hub-mirror-base"]
    assert base["Arn"]["Fn::Join"][1][-1] == ":scheduler:::aws-sdk:codebuild:startBuild"
    assert json.loads(base["Input"]) == {
        "ProjectName": "hub-mirror",
        "EnvironmentVariablesOverride": [
            {"Name": settings.SCOPE, "Value": "maven,eclipse-*", "Type": "PLAINTEXT"},
        ],
    }
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    start = policy["Properties"]["PolicyDocument"]["Statement"][0]
    assert start["Action"] == "codebuild:StartBuild"
    assert "project/hub-mirror" in str(start["Resource"])


def test_a_schedule_keeps_its_identity_when_others_come() -> None:
    one = scheduled(Schedule(rate="1 hour", name="base")).find_resources("AWS::Scheduler::Schedule")
    two = scheduled(Schedule(rate="1 day", name="rest"), Schedule(rate="1 hour", name="base"))
    assert set(one) < set(two.find_resources("AWS::Scheduler::Schedule"))


def test_without_a_schedule_only_people_start_builds(synthesise: Callable[..., dict[str, Any]]) -> None:
    template = Template.from_json(synthesise("version: 1\nimages: [maven:3.9]\n")["HubMirror"])
    template.resource_count_is("AWS::Scheduler::Schedule", 0)
    template.resource_count_is("AWS::IAM::Role", 1)
    template.resource_count_is("AWS::CodeBuild::Project", 1)
