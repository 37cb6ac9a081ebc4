import json
from typing import Any

from sandbox.aws.cloudformation.watching import Alarm, QueuePolicy, Subscription, TopicPolicy
from tests.sandbox.aws.cloudformation.conftest import Plane

DENY = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}


def document(sid: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Sid": sid, **DENY}]}


def template(plane: Plane, *, threshold: int = 1, sid: str = "one") -> dict[str, Any]:
    alarm = {
        "AlarmName": f"alarm-{plane.unique}",
        "Namespace": "AWS/CodeBuild",
        "MetricName": "FailedBuilds",
        "Dimensions": [{"Name": "ProjectName", "Value": "hub-mirror"}],
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "EvaluationPeriods": 1,
        "Period": 300,
        "Statistic": "Sum",
        "Threshold": threshold,
        "TreatMissingData": "notBreaching",
        "AlarmActions": [{"Ref": "Topic"}],
    }
    return {
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"topic-{plane.unique}"}},
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"queue-{plane.unique}"}},
            "Alarm": {"Type": Alarm.TYPE, "Properties": alarm},
            "TopicPolicy": {
                "Type": TopicPolicy.TYPE,
                "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": document(sid)},
            },
            "QueuePolicy": {
                "Type": QueuePolicy.TYPE,
                "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": document(sid)},
            },
            "Address": {
                "Type": Subscription.TYPE,
                "Properties": {"TopicArn": {"Ref": "Topic"}, "Protocol": "email", "Endpoint": "ops@example.com"},
            },
        },
        "Outputs": {"Topic": {"Value": {"Ref": "Topic"}}, "Queue": {"Value": {"Ref": "Queue"}}},
    }


def alarms(plane: Plane) -> list[dict[str, Any]]:
    found = plane.client("cloudwatch").describe_alarms(AlarmNames=[f"alarm-{plane.unique}"])
    return list(found["MetricAlarms"])


def test_an_alarm_and_what_it_publishes_to(plane: Plane) -> None:
    stack = plane.deploy("one", template(plane))
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    (alarm,) = alarms(plane)
    assert (alarm["Threshold"], alarm["AlarmActions"]) == (1.0, [outputs["Topic"]])
    assert alarm["Dimensions"] == [{"Name": "ProjectName", "Value": "hub-mirror"}]
    sns, sqs = plane.client("sns"), plane.client("sqs")
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=outputs["Topic"])["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")

    def policies() -> list[Any]:
        topic = sns.get_topic_attributes(TopicArn=outputs["Topic"])["Attributes"]["Policy"]
        queue = sqs.get_queue_attributes(QueueUrl=outputs["Queue"], AttributeNames=["Policy"])["Attributes"]["Policy"]
        return [json.loads(each)["Statement"][0]["Sid"] for each in (topic, queue)]

    assert policies() == ["one", "one"]
    plane.deploy("one", template(plane, threshold=3, sid="two"))
    assert [alarm["Threshold"] for alarm in alarms(plane)] == [3.0]
    assert policies() == ["two", "two"]
    plane.destroy("one")
    assert alarms(plane) == []
