import json
from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from mirror.config.ecr import Removal, RepositorySettings
from sandbox.aws.authorizer import is_permitted
from stacks.public_removal import PublicRemoval
from stacks.public_repository import PublicRepository

CALL = "Custom::AWS"
OWN = "123456789012"
TAGS = [{"Key": "hub-mirror:removal", "Value": "destroy"}, {"Key": "hub-mirror:stack", "Value": "S"}]


def defined(names: Sequence[str]) -> Template:
    context = {"@aws-cdk/core:enablePartitionLiterals": True}
    stack = cdk.Stack(cdk.App(context=context), "S", env=cdk.Environment(account="123456789012", region="us-east-1"))
    settings = RepositorySettings(removal=Removal.DESTROY)
    repositories = [PublicRepository(stack, name, repository_name=name, settings=settings) for name in names]
    PublicRepository(stack, "kept", repository_name="kept")
    PublicRemoval(stack, "Removal", repositories=repositories)
    return Template.from_stack(stack)


@pytest.fixture(scope="module")
def template() -> Template:
    return defined(["maven", "redis"])


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {name: dict(resource) for name, resource in template.find_resources(kind).items()}


def test_each_repository_is_deleted_with_its_images_before_cloudformation_comes(template: Template) -> None:
    calls = [json.loads(call["Properties"]["Delete"]) for call in resources(template, CALL).values()]
    assert [call["parameters"] for call in calls] == [
        {"repositoryName": "maven", "force": True},
        {"repositoryName": "redis", "force": True},
    ]
    assert {(call["service"], call["action"]) for call in calls} == {("ECRPUBLIC", "deleteRepository")}
    repositories = {
        resource["Properties"]["RepositoryName"]: logical_id
        for logical_id, resource in resources(template, "AWS::ECR::PublicRepository").items()
    }
    for call in resources(template, CALL).values():
        # What is depended on goes later.
        assert (
            repositories[json.loads(call["Properties"]["Delete"])["parameters"]["repositoryName"]] in call["DependsOn"]
        )


def test_nothing_happens_when_it_is_deployed_or_changed(template: Template) -> None:
    for call in resources(template, CALL).values():
        assert {"Create", "Update"}.isdisjoint(call["Properties"])


def test_only_what_carries_the_stacks_tags_may_be_deleted(template: Template) -> None:
    (policy,) = resources(template, "AWS::IAM::Policy").values()
    policies = [json.dumps(policy["Properties"]["PolicyDocument"])]

    def permitted(tags: dict[str, str], *, action: str = "ecr-public:DeleteRepository", account: str = OWN) -> bool:
        arn = f"arn:aws:ecr-public::{account}:repository/maven"
        return is_permitted(policies, action, arn, tags)

    ours = {each["Key"]: each["Value"] for each in TAGS}
    assert permitted(ours)
    assert permitted(ours | {"team": "platform"})
    assert not permitted({})
    assert not permitted(ours | {"hub-mirror:removal": "retain"})
    assert not permitted(ours | {"hub-mirror:stack": "prod-S"}), "another environment's"
    assert not permitted({"hub-mirror:removal": "destroy"})
    assert not permitted(ours, account="111122223333")
    assert not permitted(ours, action="ecr-public:BatchDeleteImage")


def test_what_left_the_file_may_still_be_deleted(template: Template) -> None:
    """CloudFormation changes the policy before it removes: no name may be in it."""
    (policy,) = resources(template, "AWS::IAM::Policy").values()
    (fewer,) = resources(defined(["redis"]), "AWS::IAM::Policy").values()
    assert policy == fewer


def test_what_is_to_stay_has_no_tag_and_what_stays_cannot_be_reached(template: Template) -> None:
    tags = {
        resource["Properties"]["RepositoryName"]: resource["Properties"].get("Tags", [])
        for resource in resources(template, "AWS::ECR::PublicRepository").values()
    }
    assert tags == {"maven": TAGS, "redis": TAGS, "kept": []}


def test_a_refusal_is_no_failure_for_then_it_is_to_stay(template: Template) -> None:
    for call in resources(template, CALL).values():
        assert "AccessDeniedException" in json.loads(call["Properties"]["Delete"])["ignoreErrorCodesMatching"]


def test_its_log_does_not_stay_for_ever(template: Template) -> None:
    template.has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": 30})
    template.resource_count_is("AWS::Lambda::Function", 1)
