import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.cloudformation.ecr import PrivateRepository, PublicRepository
from sandbox.registries.images import ImageBuilder
from tests.sandbox.aws.cloudformation.conftest import Plane

PUBLIC = "us-east-1"


def private(**properties: Any) -> dict[str, Any]:
    resource = {"Type": PrivateRepository.TYPE, "Properties": {"RepositoryName": "hub/alpine", **properties}}
    outputs = {name: {"Value": {"Fn::GetAtt": ["It", name]}} for name in ("Arn", "RepositoryUri")}
    return {"Resources": {"It": resource}, "Outputs": outputs | {"Name": {"Value": {"Ref": "It"}}}}


def public(**catalog: Any) -> dict[str, Any]:
    properties = {"RepositoryName": "alpine", "RepositoryCatalogData": catalog}
    return {"Resources": {"It": {"Type": PublicRepository.TYPE, "Properties": properties}}}


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_a_private_repository_lies_in_the_stacks_region(plane: Plane) -> None:
    stack = plane.deploy("one", private())
    assert outputs(stack) == {
        "Arn": "arn:aws:ecr:eu-central-1:123456789012:repository/hub/alpine",
        "Name": "hub/alpine",
        "RepositoryUri": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/hub/alpine",
    }
    assert plane.backing.private["eu-central-1"].store.get("hub/alpine") is not None
    assert plane.backing.private["eu-west-1"].store.get("hub/alpine") is None


def test_its_mutability_changes_in_place(plane: Plane) -> None:
    service = plane.backing.private["eu-central-1"]
    plane.deploy("one", private())
    before = service.repository("hub/alpine")
    assert not before.immutable
    plane.deploy("one", private(ImageTagMutability="IMMUTABLE"))
    assert service.repository("hub/alpine") is before
    assert before.immutable


def test_another_name_is_another_repository(plane: Plane) -> None:
    plane.deploy("one", private())
    plane.deploy("one", private(RepositoryName="hub/maven"))
    assert set(plane.backing.private["eu-central-1"].store.repositories) == {"hub/maven"}


def test_one_with_images_is_deleted_only_when_it_is_to_be_emptied(plane: Plane) -> None:
    service = plane.backing.private["eu-central-1"]
    plane.deploy("one", private())
    ImageBuilder(service.store, "hub/alpine").small(["3"])
    plane.destroy("one")
    (stack,) = plane.client("cloudformation").describe_stacks(StackName=f"one-{plane.unique}")["Stacks"]
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert "still contains images" in str(plane.events("one"))
    assert set(service.store.repositories) == {"hub/alpine"}
    plane.deploy("one", private(EmptyOnDelete=True))
    plane.destroy("one")
    assert set(service.store.repositories) == set()


def test_catalogue_data_is_what_the_api_calls_it(plane: Plane) -> None:
    plane.deploy("one", public(RepositoryDescription="Small", Architectures=["ARM 64"], AboutText="# Alpine"), PUBLIC)
    repository = plane.backing.public.repository("alpine")
    assert repository.attributes["catalogData"] == {
        "description": "Small",
        "architectures": ["ARM 64"],
        "aboutText": "# Alpine",
    }
    plane.deploy("one", public(RepositoryDescription="Smaller"), PUBLIC)
    assert repository.attributes["catalogData"] == {"description": "Smaller"}


def test_a_public_repository_exists_in_one_region_only(plane: Plane) -> None:
    with pytest.raises(ClientError, match="Unrecognized resource types"):
        plane.deploy("one", public())
    assert plane.backing.public.store.get("alpine") is None


def test_exceptions_from_mutability_are_what_a_push_meets(plane: Plane) -> None:
    filters = [
        {"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": pattern}
        for pattern in ("latest", "*-jre")
    ]
    plane.deploy(
        "one", private(ImageTagMutability="IMMUTABLE_WITH_EXCLUSION", ImageTagMutabilityExclusionFilters=filters)
    )
    repository = plane.backing.private["eu-central-1"].repository("hub/alpine")
    tags = ["latest", "21-jre", "3.20", "jre"]
    assert [tag for tag in tags if repository.is_immutable(tag)] == ["3.20", "jre"]
    plane.deploy("one", private(ImageTagMutability="MUTABLE"))
    assert not any(repository.is_immutable(tag) for tag in tags)


def test_what_a_template_no_longer_says_is_gone(plane: Plane) -> None:
    rule = {
        "rulePriority": 1,
        "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
        "action": {"type": "expire"},
    }
    text = json.dumps({"rules": [rule]})
    plane.deploy(
        "one",
        private(
            Tags=[{"Key": "team", "Value": "a"}],
            LifecyclePolicy={"LifecyclePolicyText": text},
            ImageScanningConfiguration={"ScanOnPush": True},
            RepositoryPolicyText={"Statement": []},
        ),
    )
    repository = plane.backing.private["eu-central-1"].repository("hub/alpine")
    kept = {name: value for name, value in repository.attributes.items() if name != "properties"}
    assert kept == {
        "tags": {"team": "a"},
        "lifecyclePolicyText": text,
        "scanOnPush": True,
        "policyText": {"Statement": []},
    }
    plane.deploy("one", private())
    kept = {name: value for name, value in repository.attributes.items() if name != "properties"}
    assert kept == {"tags": {}, "scanOnPush": False, "policyText": None}


def test_a_repository_that_is_gone_already_is_deleted(plane: Plane) -> None:
    plane.deploy("one", private())
    plane.backing.private["eu-central-1"].delete_repository("hub/alpine")
    plane.destroy("one")
    stacks = plane.client("cloudformation").describe_stacks()["Stacks"]
    assert f"one-{plane.unique}" not in {stack["StackName"] for stack in stacks}
