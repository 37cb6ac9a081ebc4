"""ECR's own cache of Docker Hub, for the images that nobody lists."""

from aws_cdk import Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from mirror.config.ecr import PullThroughCache
from stacks.lifecycle import policy_text
from stacks.private_repository import tag_mutability
from stacks.pull_access import pull_statements

UPSTREAM = "docker-hub"
UPSTREAM_URL = "registry-1.docker.io"


def credential_arn(scope: Construct, secret: str) -> str:
    """The ARN of a secret given by name or ARN. Of a name it is the one without the six random characters."""
    if secret.startswith("arn:"):
        return secret
    stack = Stack.of(scope)
    return f"arn:{stack.partition}:secretsmanager:{stack.region}:{stack.account}:secret:{secret}"


class DockerHubCache(Construct):
    """The rule, and what the repositories get that ECR makes by it.

    `credential_arn` is the secret with the credentials; ECR takes only names that begin with
    ``ecr-pullthroughcache/``, in the same account and region.
    """

    def __init__(self, scope: Construct, id: str, *, cache: PullThroughCache, credential_arn: str) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        settings = cache.settings
        template = ecr.CfnRepositoryCreationTemplate(
            self,
            "Template",
            prefix=cache.prefix,
            applied_for=["PULL_THROUGH_CACHE"],
            description="Repositories that cache Docker Hub.",
            image_tag_mutability=tag_mutability(settings.mutability).value,
            image_tag_mutability_exclusion_filters=[
                ecr.CfnRepositoryCreationTemplate.ImageTagMutabilityExclusionFilterProperty(
                    image_tag_mutability_exclusion_filter_type="WILDCARD",
                    image_tag_mutability_exclusion_filter_value=pattern,
                )
                for pattern in settings.mutability.exceptions
            ]
            or None,
            lifecycle_policy=policy_text(settings.lifecycle) if settings.lifecycle else None,
            repository_policy=self._policy(cache),
        )
        rule = ecr.CfnPullThroughCacheRule(
            self,
            "Rule",
            ecr_repository_prefix=cache.prefix,
            upstream_registry=UPSTREAM,
            upstream_registry_url=UPSTREAM_URL,
            credential_arn=credential_arn,
        )
        # With the rule the first pull may come, and its repository is made by the template or without it.
        rule.add_resource_dependency(template)

    def _policy(self, cache: PullThroughCache) -> str | None:
        statements = pull_statements(cache.settings.pull_access)
        if not statements:
            return None
        document = iam.PolicyDocument(statements=list(statements))
        return Stack.of(self).to_json_string(document.to_json())
