from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.aws.cloudformation.network import SecurityGroup

ACCOUNT, REGION = "123456789012", "eu-central-1"
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


@pytest.fixture
def vpc() -> Iterator[str]:
    with mock_aws():
        yield boto3.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


def described(group: SecurityGroup) -> dict[str, Any]:
    (found,) = boto3.client("ec2", REGION).describe_security_groups(GroupIds=[group.attributes()["GroupId"]])[
        "SecurityGroups"
    ]
    return dict(found)


def new(vpc: str, *egress: dict[str, Any]) -> SecurityGroup:
    properties = {"GroupDescription": "builds", "VpcId": vpc, "SecurityGroupEgress": list(egress)}
    group = SecurityGroup("Group", properties, ACCOUNT, REGION)
    group.create()
    return group


def test_what_the_template_says_goes_out_and_nothing_else(vpc: str) -> None:
    group = new(vpc, {**HTTPS, "CidrIp": "0.0.0.0/0"}, {**HTTPS, "CidrIpv6": "::/0"})
    found = described(group)
    assert found["VpcId"] == vpc
    assert found["IpPermissions"] == []
    assert {(rule["FromPort"], rule["ToPort"]) for rule in found["IpPermissionsEgress"]} == {(443, 443)}
    assert any(rule["IpRanges"] for rule in found["IpPermissionsEgress"])
    assert any(rule["Ipv6Ranges"] for rule in found["IpPermissionsEgress"])


def test_without_a_word_everything_goes_out(vpc: str) -> None:
    assert [rule["IpProtocol"] for rule in described(new(vpc))["IpPermissionsEgress"]] == ["-1"]


def test_two_stacks_have_one_each_and_it_goes_with_its_stack(vpc: str) -> None:
    one, other = new(vpc), new(vpc)
    assert one.physical_resource_id != other.physical_resource_id
    one.remove()
    groups = boto3.client("ec2", REGION).describe_security_groups()["SecurityGroups"]
    ids = {group["GroupId"] for group in groups}
    assert other.physical_resource_id in ids
    assert one.physical_resource_id not in ids
