import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from mirror import settings
from mirror.config.model import (
    DestinationConfig,
    DestinationName,
    DockerHubConfig,
    ExplicitTag,
    ImageConfig,
    MirrorConfig,
    RepositoryConfig,
)
from mirror.config.operation import Watch
from stacks.mirror_role import MirrorRole, secret_arns

PRIVATE, PUBLIC = DestinationName.PRIVATE, DestinationName.PUBLIC
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:hub-mirror/docker-hub"

Statements = dict[str, dict[str, Any]]


def image(name: str, *to: DestinationName) -> ImageConfig:
    return ImageConfig(name, f"library/{name}", (ExplicitTag("1"),), to=to)


def new_stack() -> cdk.Stack:
    context = {"@aws-cdk/core:enablePartitionLiterals": True}
    return cdk.Stack(cdk.App(context=context), "S", env=cdk.Environment(account="123456789012", region="eu-central-1"))


def statements(config: MirrorConfig) -> Statements:
    """By their ids."""
    stack = new_stack()
    MirrorRole(stack, "Role", config=config)
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    return {s["Sid"]: s for policy in policies for s in policy["Properties"]["PolicyDocument"]["Statement"]}


def test_pushes_go_to_exactly_the_repositories_of_the_images() -> None:
    config = MirrorConfig(
        images=(image("maven", PUBLIC), image("redis", PUBLIC, PRIVATE)),
        repositories=(RepositoryConfig("backend-app"),),
        private=DestinationConfig("docker-hub"),
        public=DestinationConfig("team"),
    )
    found = statements(config)
    assert found["PushToPrivateRepositories"]["Resource"] == (
        "arn:aws:ecr:eu-central-1:123456789012:repository/docker-hub/redis"
    )
    assert found["PushToPublicRepositories"]["Resource"] == [
        "arn:aws:ecr-public::123456789012:repository/team/maven",
        "arn:aws:ecr-public::123456789012:repository/team/redis",
    ]


def test_what_is_not_used_is_not_allowed() -> None:
    assert set(statements(MirrorConfig(images=(image("maven", PUBLIC),)))) == {
        "PushToPublicRepositories",
        "LogInToPublic",
        "BearerTokenForPublic",
    }
    assert set(statements(MirrorConfig(images=(image("maven", PRIVATE),)))) == {
        "PushToPrivateRepositories",
        "LogInToPrivate",
    }
    assert statements(MirrorConfig(images=(), repositories=(RepositoryConfig("backend-app"),))) == {}


def test_everything_on_every_resource_is_a_login() -> None:
    found = statements(MirrorConfig(images=(image("maven", PUBLIC, PRIVATE),)))
    wide = [s["Action"] for s in found.values() if s["Resource"] == "*"]
    assert wide == [
        "ecr:GetAuthorizationToken",
        ["ecr-public:GetAuthorizationToken", "ecr-public:DescribeRegistries"],
        "sts:GetServiceBearerToken",
    ]


def test_only_builds_of_this_account_may_use_it() -> None:
    stack = new_stack()
    MirrorRole(stack, "Role", config=MirrorConfig(images=()))
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {
                        "Action": "sts:AssumeRole",
                        "Effect": "Allow",
                        "Principal": {"Service": "codebuild.amazonaws.com"},
                        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
                    }
                ]
            }
        },
    )


@pytest.mark.parametrize(
    ("secret", "arns"),
    [
        ("hub-mirror/docker-hub", [f"{SECRET}-??????"]),
        (SECRET, [f"{SECRET}-??????"]),
        (f"{SECRET}-a1B2c3", [f"{SECRET}-a1B2c3", f"{SECRET}-a1B2c3-??????"]),
    ],
)
def test_the_secret_is_named_with_the_characters_that_secrets_manager_appends(secret: str, arns: list[str]) -> None:
    assert list(secret_arns(new_stack(), secret)) == arns
    config = MirrorConfig(images=(), docker_hub=DockerHubConfig(credentials_secret=secret))
    assert statements(config)["ReadDockerHubCredentials"] == {
        "Sid": "ReadDockerHubCredentials",
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": arns[0] if len(arns) == 1 else arns,
    }


def test_the_key_of_the_secret_decrypts_for_secrets_manager_only() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    config = MirrorConfig(images=(), docker_hub=DockerHubConfig(credentials_secret="hub", kms_key=key))
    statement = statements(config)["DecryptDockerHubCredentials"]
    assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", key)
    assert statement["Condition"]["StringEquals"]["kms:ViaService"] == {
        "Fn::Join": ["", ["secretsmanager.eu-west-1.", {"Ref": "AWS::URLSuffix"}]]
    }


def test_metrics_go_into_one_namespace() -> None:
    assert statements(MirrorConfig(images=(), watch=Watch())) == {
        "PutMetrics": {
            "Sid": "PutMetrics",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": settings.METRIC_NAMESPACE}},
        }
    }


@pytest.mark.slow
def test_policies_of_hundreds_of_images_keep_iams_limits(synthesise: Callable[..., dict[str, Any]]) -> None:
    names = [f"some-rather-long-name-of-an-image-{number:03}" for number in range(250)]
    template = synthesise(MirrorConfig(images=tuple(image(name, PUBLIC, PRIVATE) for name in names)))["HubMirror"]
    documents: dict[str, list[str]] = {"AWS::IAM::Policy": [], "AWS::IAM::ManagedPolicy": []}
    for resource in template["Resources"].values():
        if resource["Type"] in documents:
            text = json.dumps(resource["Properties"]["PolicyDocument"], separators=(",", ":"))
            documents[resource["Type"]].append(text)
    inline, managed = documents.values()
    assert [len(text) for text in inline if len(text) > 10_240] == []
    assert [len(text) for text in managed if len(text) > 6_144] == []
    assert 0 < len(managed) <= 10, "what IAM attaches to a role without a higher quota"
    everything = "".join([*inline, *managed])
    for name in names:
        assert everything.count(f":repository/{name}") == 2
