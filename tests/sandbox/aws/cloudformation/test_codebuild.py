import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from types_boto3_cloudformation import CloudFormationClient

from sandbox.aws.cloudformation.codebuild import Project, project_of

ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"Service": "codebuild.amazonaws.com"},
                }
            ],
        }
    },
}
BUCKET = "assets-123456789012"


def template(**properties: Any) -> str:
    project = {
        "Name": "hub-mirror",
        "ServiceRole": {"Fn::GetAtt": ["Role", "Arn"]},
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Source": {
            "Type": "S3",
            "Location": {"Fn::Sub": BUCKET + "/${AWS::Region}.zip"},
            "BuildSpec": "version: 0.2\n",
        },
        "Environment": {
            "Type": "ARM_CONTAINER",
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "Image": "aws/codebuild/amazonlinux-aarch64-standard:3.0",
            "PrivilegedMode": "false",
            "EnvironmentVariables": [{"Name": "SECONDS_LEFT", "Type": "PLAINTEXT", "Value": "3300"}],
        },
        "TimeoutInMinutes": "60",
        "ConcurrentBuildLimit": 1,
        "LogsConfig": {"CloudWatchLogs": {"GroupName": "/hub-mirror", "Status": "ENABLED"}},
    }
    resources = {"Role": ROLE, "Project": {"Type": Project.TYPE, "Properties": project | properties}}
    outputs = {
        "Name": {"Value": {"Ref": "Project"}},
        "Arn": {"Value": {"Fn::GetAtt": ["Project", "Arn"]}},
    }
    return json.dumps({"Resources": resources, "Outputs": outputs})


@pytest.fixture
def stacks() -> Iterator[CloudFormationClient]:
    with mock_aws():
        yield boto3.client("cloudformation", "eu-central-1")


def projects(name: str = "hub-mirror") -> list[dict[str, Any]]:
    found = boto3.client("codebuild", "eu-central-1").batch_get_projects(names=[name])
    return [dict(project) for project in found.get("projects", [])]


def test_a_stack_creates_the_project(stacks: CloudFormationClient) -> None:
    stacks.create_stack(StackName="mirror", TemplateBody=template())
    (project,) = projects()
    role = boto3.client("iam", "eu-central-1").list_roles()["Roles"][0]["Arn"]
    assert project["serviceRole"] == role
    assert project["source"] == {
        "type": "S3",
        "location": f"{BUCKET}/eu-central-1.zip",
        "buildspec": "version: 0.2\n",
    }
    assert project["environment"]["privilegedMode"] is False
    assert project["environment"]["environmentVariables"] == [
        {"name": "SECONDS_LEFT", "type": "PLAINTEXT", "value": "3300"}
    ]
    assert project["timeoutInMinutes"] == 60
    assert project["concurrentBuildLimit"] == 1
    assert project["logsConfig"]["cloudWatchLogs"] == {"groupName": "/hub-mirror", "status": "ENABLED"}


def test_ref_is_the_name_and_the_arn_an_attribute(stacks: CloudFormationClient) -> None:
    stacks.create_stack(StackName="mirror", TemplateBody=template())
    (stack,) = stacks.describe_stacks(StackName="mirror")["Stacks"]
    assert {output.get("OutputKey"): output.get("OutputValue") for output in stack.get("Outputs", [])} == {
        "Name": "hub-mirror",
        "Arn": "arn:aws:codebuild:eu-central-1:123456789012:project/hub-mirror",
    }


def test_an_update_changes_it_in_place(stacks: CloudFormationClient) -> None:
    stacks.create_stack(StackName="mirror", TemplateBody=template())
    stacks.update_stack(StackName="mirror", TemplateBody=template(TimeoutInMinutes=30, ConcurrentBuildLimit=2))
    (project,) = projects()
    assert (project["timeoutInMinutes"], project["concurrentBuildLimit"]) == (30, 2)


def test_what_a_batch_goes_by_comes_and_goes(stacks: CloudFormationClient) -> None:
    config = {
        "ServiceRole": {"Fn::GetAtt": ["Role", "Arn"]},
        "Restrictions": {"MaximumBuildsAllowed": "5"},
        "TimeoutInMins": 300,
    }
    stacks.create_stack(StackName="mirror", TemplateBody=template(BuildBatchConfig=config))
    (project,) = projects()
    assert project["buildBatchConfig"] == {
        "serviceRole": project["serviceRole"],
        "restrictions": {"maximumBuildsAllowed": 5},
        "timeoutInMins": 300,
    }
    stacks.update_stack(StackName="mirror", TemplateBody=template())
    assert "buildBatchConfig" not in projects()[0]


def test_a_new_name_replaces_it(stacks: CloudFormationClient) -> None:
    stacks.create_stack(StackName="mirror", TemplateBody=template())
    stacks.update_stack(StackName="mirror", TemplateBody=template(Name="renamed"))
    assert len(projects("renamed")) == 1
    assert projects() == []


def test_deleting_the_stack_deletes_it(stacks: CloudFormationClient) -> None:
    stacks.create_stack(StackName="mirror", TemplateBody=template())
    stacks.delete_stack(StackName="mirror")
    assert projects() == []


def test_the_types_are_the_apis() -> None:
    properties = {
        "BadgeEnabled": True,
        "Cache": {"Type": "LOCAL", "Modes": ["LOCAL_SOURCE_CACHE"]},
        "EncryptionKey": "alias/aws/s3",
        "Environment": {"PrivilegedMode": "true"},
        "QueuedTimeoutInMinutes": "480",
        "Tags": [{"Key": "app", "Value": "mirror"}],
        "Triggers": {"Webhook": False},
    }
    assert project_of(properties) == {
        "cache": {"type": "LOCAL", "modes": ["LOCAL_SOURCE_CACHE"]},
        "encryptionKey": "alias/aws/s3",
        "environment": {"privilegedMode": True},
        "queuedTimeoutInMinutes": 480,
        "tags": [{"key": "app", "value": "mirror"}],
    }
