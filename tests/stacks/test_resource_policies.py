"""The policies of resources, asked of the evaluator: who outside of this account's roles may do what."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mirror.config import reader
from sandbox.aws.authorizer import is_permitted
from stacks.pull_access import PULL_ACTIONS
from tests.policies import ACCOUNT, OTHER_ACCOUNT, REGION, Deployed

Templates = dict[str, dict[str, Any]]
PULLING = OTHER_ACCOUNT
"""Named by `pull_access` and by `accept_replication_from`."""
STRANGER = "444455556666"
ALARMS = "cloudwatch.amazonaws.com"


@pytest.fixture(scope="module")
def mirror(synthesise: Callable[..., Templates]) -> Deployed:
    config = reader.read_file(Path(__file__).with_name("operated.yaml"))
    return Deployed(synthesise(config)["dev-HubMirror"])


@pytest.fixture(scope="module")
def registry(synthesise: Callable[..., Templates]) -> Deployed:
    config = reader.read_file(Path(__file__).with_name("registries.yaml"))
    return Deployed(synthesise(config)["HubMirrorPrivate"])


def ask(document: Any, principal: str, action: str, resource: str, **context: str) -> bool:
    carried = {key.replace("_", ":", 1): value for key, value in context.items()} | {"principal": principal}
    return is_permitted([json.dumps(document)], action, resource, context=carried)


def test_alarms_of_this_account_publish_to_the_topic_and_nobody_else(mirror: Deployed) -> None:
    (policy,) = mirror.of_type("AWS::SNS::TopicPolicy").values()
    document, topic = policy["Properties"]["PolicyDocument"], mirror.one("AWS::SNS::Topic")
    safe = {"aws_SecureTransport": "true"}
    assert ask(document, ALARMS, "sns:Publish", topic, aws_SourceAccount=ACCOUNT, **safe)
    assert not ask(document, ALARMS, "sns:Publish", topic, aws_SourceAccount=STRANGER, **safe)
    assert not ask(document, ALARMS, "sns:Publish", topic, aws_SourceAccount=ACCOUNT, aws_SecureTransport="false")
    assert not ask(document, ALARMS, "sns:DeleteTopic", topic, aws_SourceAccount=ACCOUNT, **safe)
    assert not ask(document, "events.amazonaws.com", "sns:Publish", topic, aws_SourceAccount=ACCOUNT, **safe)
    assert not ask(document, STRANGER, "sns:Publish", topic, **safe)


def test_the_key_of_the_topic_is_the_accounts_and_alarms_encrypt_with_it(mirror: Deployed) -> None:
    (key,) = mirror.of_type("AWS::KMS::Key").values()
    document = key["Properties"]["KeyPolicy"]
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert ask(document, ALARMS, action, "*")
        assert not ask(document, STRANGER, action, "*")
    assert ask(document, ACCOUNT, "kms:ScheduleKeyDeletion", "*")
    for action in ("kms:ScheduleKeyDeletion", "kms:CreateGrant", "kms:PutKeyPolicy"):
        assert not ask(document, ALARMS, action, "*")


@pytest.mark.parametrize(
    ("kind", "policy", "action"),
    [
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "sqs:SendMessage"),
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "s3:GetObject"),
    ],
)
def test_queue_and_bucket_let_nobody_in_and_refuse_what_is_not_encrypted(
    mirror: Deployed, kind: str, policy: str, action: str
) -> None:
    (found,) = mirror.of_type(policy).values()
    document, arn = found["Properties"]["PolicyDocument"], mirror.one(kind)
    assert {statement["Effect"] for statement in document["Statement"]} == {"Deny"}
    # As beside a role's policy that allows it.
    allowing = {"Statement": [*document["Statement"], {"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert ask(allowing, ACCOUNT, action, arn, aws_SecureTransport="true")
    assert not ask(allowing, ACCOUNT, action, arn, aws_SecureTransport="false")


@pytest.mark.parametrize("action", PULL_ACTIONS)
def test_who_may_pull(registry: Deployed, action: str) -> None:
    unit = "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111"
    for repository in registry.of_type("AWS::ECR::Repository").values():
        properties = repository["Properties"]
        # A repository's policy names no resource: it is its own.
        document = json.loads(json.dumps(properties["RepositoryPolicyText"]).replace('"Sid"', '"Resource": "*", "Sid"'))
        assert ask(document, PULLING, action, "*")
        assert ask(document, STRANGER, action, "*", aws_PrincipalOrgID="o-a1b2c3d4e5")
        assert ask(document, STRANGER, action, "*", aws_PrincipalOrgPaths=f"{unit}/ou-ab12-22222222/")
        assert not ask(document, STRANGER, action, "*")
        assert not ask(document, STRANGER, action, "*", aws_PrincipalOrgID="o-zzzzzzzzzz")
        assert not ask(document, STRANGER, action, "*", aws_PrincipalOrgPaths="o-a1b2c3d4e5/r-ab12/ou-ab12-99999999/")
        for more in ("ecr:PutImage", "ecr:DeleteRepository", "ecr:SetRepositoryPolicy"):
            assert not ask(document, PULLING, more, "*", aws_PrincipalOrgID="o-a1b2c3d4e5")


def test_who_may_replicate_into_the_registry(registry: Deployed) -> None:
    (policy,) = registry.of_type("AWS::ECR::RegistryPolicy").values()
    document = policy["Properties"]["PolicyText"]
    repository = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/docker-hub/maven"
    for action in ("ecr:ReplicateImage", "ecr:CreateRepository"):
        assert ask(document, PULLING, action, repository)
        assert not ask(document, STRANGER, action, repository)
        assert not ask(document, PULLING, action, repository.replace(REGION, "us-east-1"))
    assert not ask(document, PULLING, "ecr:DeleteRepository", repository)
    assert not ask(document, PULLING, "ecr:PutImage", repository)
