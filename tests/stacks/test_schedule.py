from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_codebuild as codebuild
from aws_cdk.assertions import Template

from mirror.config.model import Schedule
from stacks.schedule import MirrorSchedule


def scheduled(schedule: Schedule) -> Template:
    stack = cdk.Stack(cdk.App(), "S", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    project = codebuild.Project.from_project_name(stack, "Project", "hub-mirror")
    MirrorSchedule(stack, "Schedule", schedule=schedule, project=project)
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
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
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


def test_without_a_schedule_only_people_start_builds(synthesise: Callable[..., dict[str, Any]]) -> None:
    template = Template.from_json(synthesise("version: 1\nimages: [maven:3.9]\n")["HubMirror"])
    template.resource_count_is("AWS::Scheduler::Schedule", 0)
    template.resource_count_is("AWS::IAM::Role", 1)
    template.resource_count_is("AWS::CodeBuild::Project", 1)
