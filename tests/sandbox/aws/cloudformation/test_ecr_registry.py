from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws.cloudformation.conftest import Plane

RULE = "AWS::ECR::PullThroughCacheRule"
REPLICATION = "AWS::ECR::ReplicationConfiguration"


def template(kind: str, **properties: Any) -> dict[str, Any]:
    return {
        "Resources": {"It": {"Type": kind, "Properties": properties}},
        "Outputs": {"Name": {"Value": {"Ref": "It"}}},
    }


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        (REPLICATION, {"ReplicationConfiguration": {"Rules": []}}, {"ReplicationConfiguration": {"Rules": [1]}}),
        ("AWS::ECR::RegistryPolicy", {"PolicyText": {"Statement": []}}, {"PolicyText": {"Statement": [{}]}}),
        ("AWS::ECR::RegistryScanningConfiguration", {"ScanType": "BASIC"}, {"ScanType": "ENHANCED"}),
    ],
)
def test_a_registry_has_one_of_each(plane: Plane, kind: str, first: dict[str, Any], second: dict[str, Any]) -> None:
    settings = plane.backing.private["eu-central-1"].settings
    stack = plane.deploy("one", template(kind, **first))
    assert settings == {kind: first}
    assert stack["Outputs"][0]["OutputValue"] == "123456789012"
    plane.deploy("one", template(kind, **second))
    assert settings == {kind: second}
    assert plane.backing.private["eu-west-1"].settings == {}
    plane.destroy("one")
    assert settings == {}


@pytest.mark.parametrize(
    ("kind", "key"), [(RULE, "EcrRepositoryPrefix"), ("AWS::ECR::RepositoryCreationTemplate", "Prefix")]
)
def test_a_prefix_has_one_of_each(plane: Plane, kind: str, key: str) -> None:
    settings = plane.backing.private["eu-central-1"].settings
    plane.deploy("one", template(kind, **{key: "hub"}))
    with pytest.raises(ClientError, match="already exists"):
        plane.deploy("two", template(kind, **{key: "hub"}))
    plane.deploy("one", template(kind, **{key: "hub"}, Description="new"))
    assert settings == {kind: {"hub": {key: "hub", "Description": "new"}}}
    plane.deploy("one", template(kind, **{key: "other"}))
    assert list(settings[kind]) == ["other"]
    plane.destroy("one")
    assert settings == {kind: {}}
