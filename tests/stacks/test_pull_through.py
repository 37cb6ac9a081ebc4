import json

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from mirror.config.ecr import (
    LifecycleImages,
    LifecycleRule,
    LifecycleVerb,
    Mutability,
    PullAccess,
    PullThroughCache,
    RepositorySettings,
)
from stacks.pull_through import DockerHubCache, credential_arn

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ecr-pullthroughcache/docker-hub"


def new_stack() -> cdk.Stack:
    context = {"@aws-cdk/core:enablePartitionLiterals": True}
    return cdk.Stack(cdk.App(context=context), "S", env=cdk.Environment(account="123456789012", region="eu-central-1"))


def defined(settings: RepositorySettings) -> Template:
    stack = new_stack()
    DockerHubCache(stack, "Cache", cache=PullThroughCache("hub", settings), credential_arn=SECRET)
    return Template.from_stack(stack)


def test_the_rule_reads_docker_hub_with_the_mirrors_secret() -> None:
    template = defined(RepositorySettings())
    (logical_id,) = template.find_resources("AWS::ECR::RepositoryCreationTemplate")
    template.has_resource(
        "AWS::ECR::PullThroughCacheRule",
        {
            "Properties": {
                "EcrRepositoryPrefix": "hub",
                "UpstreamRegistry": "docker-hub",
                "UpstreamRegistryUrl": "registry-1.docker.io",
                "CredentialArn": SECRET,
            },
            "DependsOn": [logical_id],
        },
    )


def test_the_template_gives_what_is_not_said_no_value() -> None:
    defined(RepositorySettings()).has_resource_properties(
        "AWS::ECR::RepositoryCreationTemplate",
        {
            "Prefix": "hub",
            "AppliedFor": ["PULL_THROUGH_CACHE"],
            "ImageTagMutability": "MUTABLE",
            "LifecyclePolicy": Match.absent(),
            "RepositoryPolicy": Match.absent(),
            "CustomRoleArn": Match.absent(),
        },
    )


def test_the_template_gives_the_settings() -> None:
    settings = RepositorySettings(
        mutability=Mutability(immutable=True, exceptions=("latest",)),
        lifecycle=(LifecycleRule(LifecycleVerb.ARCHIVE_AFTER_DAYS_UNPULLED, 30, images=LifecycleImages.ANY),),
        pull_access=PullAccess(accounts=("111122223333",)),
    )
    (template,) = defined(settings).find_resources("AWS::ECR::RepositoryCreationTemplate").values()
    properties = template["Properties"]
    assert properties["ImageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert len(properties["ImageTagMutabilityExclusionFilters"]) == 1
    assert json.loads(properties["LifecyclePolicy"])["rules"][0]["selection"]["countType"] == "sinceImagePulled"
    (statement,) = json.loads(properties["RepositoryPolicy"])["Statement"]
    assert statement["Sid"] == "PullFromAccounts"


@pytest.mark.parametrize("secret", ["ecr-pullthroughcache/docker-hub", SECRET])
def test_a_secret_by_name_or_arn(secret: str) -> None:
    stack = new_stack()
    assert stack.resolve(credential_arn(stack, secret)) == SECRET
