from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.cloudformation.ecr import PrivateRepository
from tests.sandbox.aws.cloudformation.conftest import CHANGE_SET, Plane


def repositories(*names: str, policy: str = "Delete") -> dict[str, Any]:
    return {
        "Resources": {
            name.title(): {
                "Type": PrivateRepository.TYPE,
                "DeletionPolicy": policy,
                "Properties": {"RepositoryName": name},
            }
            for name in names
        }
    }


def there(plane: Plane) -> set[str]:
    return set(plane.backing.private["eu-central-1"].store.repositories)


def test_a_stack_is_deployed_again_and_again(plane: Plane) -> None:
    assert plane.deploy("one", repositories("alpine"))["StackStatus"] == "CREATE_COMPLETE"
    assert plane.deploy("one", repositories("alpine", "maven"))["StackStatus"] == "UPDATE_COMPLETE"
    assert plane.deploy("one", repositories("maven", "redis"))["StackStatus"] == "UPDATE_COMPLETE"
    assert there(plane) == {"maven", "redis"}
    plane.destroy("one")
    assert there(plane) == set()


def test_stacks_share_the_name_of_their_change_sets(plane: Plane) -> None:
    plane.deploy("one", repositories("alpine"))
    plane.deploy("two", repositories("maven"))
    plane.deploy("one", repositories("alpine", "redis"))
    assert there(plane) == {"alpine", "maven", "redis"}
    plane.destroy("one")
    assert there(plane) == {"maven"}


def test_a_change_set_is_found_by_its_arn_and_in_its_own_stack_only(plane: Plane) -> None:
    plane.deploy("one", repositories("alpine"))
    cloudformation, stack = plane.client("cloudformation"), f"one-{plane.unique}"
    arn = cloudformation.describe_change_set(StackName=stack, ChangeSetName=CHANGE_SET)["ChangeSetId"]
    assert cloudformation.describe_change_set(ChangeSetName=arn)["StackName"] == stack
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_change_set(StackName=f"two-{plane.unique}", ChangeSetName=CHANGE_SET)
    cloudformation.delete_change_set(StackName=stack, ChangeSetName=CHANGE_SET)
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_change_set(ChangeSetName=arn)


def test_what_is_to_be_retained_stays_when_it_leaves_the_template(plane: Plane) -> None:
    plane.deploy("one", repositories("alpine", "maven", policy="Retain"))
    plane.deploy("one", repositories("maven", policy="Retain"))
    assert there(plane) == {"alpine", "maven"}


def test_what_is_to_be_retained_stays_when_its_stack_goes(plane: Plane) -> None:
    plane.deploy("one", repositories("alpine", policy="RetainExceptOnCreate"))
    plane.destroy("one")
    assert there(plane) == {"alpine"}


def test_a_resource_that_cannot_be_made_fails_the_stack_with_its_reason(plane: Plane) -> None:
    plane.backing.private["eu-central-1"].create_repository("alpine")
    with pytest.raises(ClientError, match="already exists") as caught:
        plane.deploy("one", repositories("alpine"))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    (stack,) = plane.client("cloudformation").describe_stacks(StackName=f"one-{plane.unique}")["Stacks"]
    assert stack["StackStatus"] == "CREATE_FAILED"


def test_outputs_and_the_template_are_those_of_the_last_deployment(plane: Plane) -> None:
    for name in ("alpine", "maven"):
        template = repositories(name)
        stack = plane.deploy("one", {**template, "Outputs": {"Name": {"Value": {"Ref": name.title()}}}})
        assert [output["OutputValue"] for output in stack["Outputs"]] == [name]
        found = plane.client("cloudformation").get_template(StackName=f"one-{plane.unique}")["TemplateBody"]
        assert found["Resources"] == template["Resources"]


def test_a_log_groups_arn_covers_its_streams(plane: Plane) -> None:
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"/{plane.unique}"}}
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Group", "Arn"]}}}
    stack = plane.deploy("one", {"Resources": {"Group": group}, "Outputs": outputs})
    (output,) = stack["Outputs"]
    assert output["OutputValue"] == f"arn:aws:logs:eu-central-1:123456789012:log-group:/{plane.unique}:*"
