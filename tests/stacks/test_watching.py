"""Alarms, the topic, the failure event and the dashboard."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk.assertions import Match, Template

from mirror import settings
from mirror.config.model import Schedule
from mirror.report.lines import result_line
from mirror.report.model import Action, DestinationResult, ImageResult
from stacks.alarms import hours_without_success

Synthesise = Callable[..., dict[str, dict[str, Any]]]
BODY = "version: 1\nimages: ['maven:3']\nschedule: {rate: 6 hours}\n"


@pytest.fixture(scope="module")
def template(synthesise: Synthesise) -> Template:
    return Template.from_json(synthesise(BODY + "watch: {email: [ops@example.com]}\n")["HubMirror"])


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """By name without the project's."""
    found = template.find_resources("AWS::CloudWatch::Alarm").values()
    return {each["Properties"]["AlarmName"].removeprefix("hub-mirror-"): each["Properties"] for each in found}


def test_there_is_an_alarm_for_everything_that_somebody_should_know(template: Template) -> None:
    found = alarms(template)
    assert set(found) == {"failed-run", "no-success", "stale", "low-budget", "not-started"}
    (topic,) = template.find_resources("AWS::SNS::Topic")
    told = {name for name, alarm in found.items() if alarm.get("AlarmActions") == [{"Ref": topic}]}
    assert told == set(found) - {"failed-run"}, "a failed run is told by the event"
    assert all(alarm.get("OKActions") == alarm.get("AlarmActions") for alarm in found.values())


def test_no_success_counts_hours_without_any_build(template: Template) -> None:
    alarm = alarms(template)["no-success"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/CodeBuild", "SucceededBuilds")
    assert alarm["Dimensions"] == [{"Name": "ProjectName", "Value": "hub-mirror"}]
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (3600, 12, 1)
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["TreatMissingData"] == "breaching"


@pytest.mark.parametrize(
    ("schedules", "hours"),
    [
        ((), None),
        ((Schedule(rate="5 minutes"),), 2),
        ((Schedule(rate="6 hours"),), 12),
        ((Schedule(rate="30 days"),), 168),
        ((Schedule(cron="0 3 * * ? *"),), 48),
        ((Schedule(rate="1 hour", name="a"), Schedule(cron="0 3 ? * MON *", name="b")), 2),
    ],
)
def test_the_time_without_success_follows_the_schedules(schedules: tuple[Schedule, ...], hours: int | None) -> None:
    assert hours_without_success(schedules) == hours


def test_limits_are_the_files(synthesise: Synthesise) -> None:
    body = BODY + "watch: {no_success_hours: 30, stale_hours: 2, low_budget: 7, dashboard: false}\n"
    template = Template.from_json(synthesise(body)["HubMirror"])
    found = alarms(template)
    assert found["no-success"]["EvaluationPeriods"] == 30
    assert (found["stale"]["MetricName"], found["stale"]["Threshold"]) == (settings.STALE_SECONDS, 7200)
    assert (found["low-budget"]["MetricName"], found["low-budget"]["Threshold"]) == (settings.PULLS_REMAINING, 7)
    for name in ("stale", "low-budget"):
        assert found[name]["Namespace"] == settings.METRIC_NAMESPACE
        assert found[name]["Dimensions"] == [{"Name": settings.METRIC_DIMENSION, "Value": "hub-mirror"}]
    template.resource_count_is("AWS::CloudWatch::Dashboard", 0)


def test_without_a_schedule_nobody_waits_for_a_build(synthesise: Synthesise) -> None:
    body = "version: 1\nimages: ['maven:3']\nwatch: true\n"
    assert set(alarms(Template.from_json(synthesise(body)["HubMirror"]))) == {"failed-run", "stale", "low-budget"}


def test_the_topic_is_encrypted_with_a_key_that_alarms_may_use(template: Template) -> None:
    (key,) = template.find_resources("AWS::KMS::Key")
    template.has_resource_properties("AWS::SNS::Topic", {"KmsMasterKeyId": {"Fn::GetAtt": [key, "Arn"]}})
    template.has_resource_properties("AWS::KMS::Key", {"EnableKeyRotation": True})
    statements = template.find_resources("AWS::KMS::Key")[key]["Properties"]["KeyPolicy"]["Statement"]
    (alarms_may,) = (s for s in statements if s["Principal"].get("Service") == "cloudwatch.amazonaws.com")
    assert alarms_may["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


def test_who_may_publish(template: Template) -> None:
    (policy,) = template.find_resources("AWS::SNS::TopicPolicy").values()
    deny, allow = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert (allow["Effect"], allow["Principal"]) == ("Allow", {"Service": "cloudwatch.amazonaws.com"})
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_addresses_are_subscribed(template: Template) -> None:
    template.resource_properties_count_is(
        "AWS::SNS::Subscription", {"Protocol": "email", "Endpoint": "ops@example.com"}, 1
    )


def test_a_topic_that_is_there_already_is_used(synthesise: Synthesise) -> None:
    arn = "arn:aws:sns:eu-central-1:123456789012:ops"
    template = Template.from_json(synthesise(BODY + f"watch: {{topic: '{arn}'}}\n")["HubMirror"])
    for kind in ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::KMS::Key"):
        template.resource_count_is(kind, 0)
    assert alarms(template)["stale"]["AlarmActions"] == [arn]
    template.has_resource_properties("AWS::Events::Rule", {"Targets": [Match.object_like({"Arn": arn})]})


def test_a_failed_build_is_told_in_words(template: Template) -> None:
    (rule,) = template.find_resources("AWS::Events::Rule").values()
    pattern = rule["Properties"]["EventPattern"]
    assert pattern["source"] == ["aws.codebuild"]
    assert pattern["detail"] == {"project-name": ["hub-mirror"], "build-status": ["FAILED", "FAULT", "TIMED_OUT"]}
    (target,) = rule["Properties"]["Targets"]
    message, paths = target["InputTransformer"]["InputTemplate"], target["InputTransformer"]["InputPathsMap"]
    event = {
        "$.time": "2026-11-24T03:00:00Z",
        "$.detail.build-status": "FAILED",
        "$.detail.build-id": "arn:aws:codebuild:…",
        "$.detail.additional-information.initiator": "hub-mirror-schedule",
        "$.detail.additional-information.logs.deep-link": "https://console…",
    }
    for name, path in paths.items():
        message = message.replace(f"<{name}>", event[path])
    lines = [json.loads(line) for line in message.splitlines()]
    assert lines[0] == "A build of hub-mirror ended with FAILED at 2026-11-24T03:00:00Z."
    assert "Log: https://console…" in lines


def test_the_rules_role_may_publish_to_this_topic_and_nothing_else(template: Template) -> None:
    (topic,), (key,) = template.find_resources("AWS::SNS::Topic"), template.find_resources("AWS::KMS::Key")
    (policy,) = (
        each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in template.find_resources("AWS::IAM::Policy").items()
        if name.startswith("WatchFailureRole")
    )
    assert [(s["Action"], s["Resource"]) for s in policy] == [
        ("sns:Publish", {"Ref": topic}),
        (["kms:Decrypt", "kms:GenerateDataKey*"], {"Fn::GetAtt": [key, "Arn"]}),
    ]


def test_the_dashboard_shows_every_alarm_and_every_metric(template: Template) -> None:
    (dashboard,) = template.find_resources("AWS::CloudWatch::Dashboard").values()
    text = json.dumps(dashboard["Properties"]["DashboardBody"])
    for alarm in template.find_resources("AWS::CloudWatch::Alarm"):
        assert alarm in text
    for metric in (
        settings.IMAGES_MIRRORED,
        settings.IMAGES_FAILED,
        settings.IMAGES_DEFERRED,
        settings.STALE_SECONDS,
        settings.BYTES_DOWNLOADED,
        settings.PULLS_USED,
        settings.PULLS_REMAINING,
        "SucceededBuilds",
        "FailedBuilds",
    ):
        assert metric in text


def test_the_dashboards_query_finds_the_engines_lines(template: Template) -> None:
    (dashboard,) = template.find_resources("AWS::CloudWatch::Dashboard").values()
    text = json.dumps(dashboard["Properties"]["DashboardBody"])
    (pattern,) = re.findall(r"like /(.*?)/", text)
    lines = {
        action: result_line(
            ImageResult("maven:3.9", (DestinationResult("private", "hub/maven:3.9", action),)), width=20, dry_run=False
        )
        for action in Action
    }
    assert {action for action, line in lines.items() if re.match(pattern, line)} == {Action.FAILED, Action.DEFERRED}
