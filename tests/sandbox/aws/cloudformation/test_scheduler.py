from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.cloudformation.scheduler import Schedule, ScheduleGroup
from tests.sandbox.aws.cloudformation.conftest import Plane

TARGET = {"Arn": "arn:aws:scheduler:::aws-sdk:codebuild:startBuild", "RoleArn": "arn:aws:iam::123456789012:role/start"}


def template(plane: Plane, **properties: Any) -> dict[str, Any]:
    group = {"Type": ScheduleGroup.TYPE, "Properties": {"Name": f"group-{plane.unique}"}}
    wanted = {
        "Name": f"schedule-{plane.unique}",
        "GroupName": {"Ref": "Group"},
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ScheduleExpression": "rate(6 hours)",
        "Target": TARGET,
        **properties,
    }
    resources = {"Group": group, "It": {"Type": Schedule.TYPE, "Properties": wanted}}
    return {"Resources": resources, "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["It", "Arn"]}}}}


def schedule(plane: Plane) -> dict[str, Any]:
    found: dict[str, Any] = plane.client("scheduler").get_schedule(
        GroupName=f"group-{plane.unique}", Name=f"schedule-{plane.unique}"
    )
    return found


def test_a_schedule_in_its_group(plane: Plane) -> None:
    stack = plane.deploy("one", template(plane, ScheduleExpressionTimezone="Europe/Berlin"))
    found = schedule(plane)
    assert (found["ScheduleExpression"], found["ScheduleExpressionTimezone"]) == ("rate(6 hours)", "Europe/Berlin")
    assert found["Target"]["Arn"] == TARGET["Arn"]
    assert found["State"] == "ENABLED"
    assert [output["OutputValue"] for output in stack["Outputs"]] == [found["Arn"]]


def test_a_change_is_taken_over(plane: Plane) -> None:
    plane.deploy("one", template(plane))
    plane.deploy("one", template(plane, ScheduleExpression="cron(0 3 * * ? *)", State="DISABLED"))
    found = schedule(plane)
    assert (found["ScheduleExpression"], found["State"]) == ("cron(0 3 * * ? *)", "DISABLED")


def test_the_stack_takes_both_along(plane: Plane) -> None:
    plane.deploy("one", template(plane))
    scheduler = plane.client("scheduler")
    plane.destroy("one")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        schedule(plane)
    groups = {group["Name"] for group in scheduler.list_schedule_groups()["ScheduleGroups"]}
    assert f"group-{plane.unique}" not in groups
