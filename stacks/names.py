"""Every fixed name, and the identities that are computed from names.

The stacks refer to each other by these names alone. A reference would make CloudFormation refuse to remove a repository
from one stack as long as another still imports it; see docs/decisions/0003-stable-identities.md.
"""

from aws_cdk import Stack
from constructs import Construct

from mirror.config.model import DestinationName, MirrorConfig

PUBLIC_STACK = "HubMirrorPublic"
PRIVATE_STACK = "HubMirrorPrivate"
MIRROR_STACK = "HubMirror"

PROJECT = "hub-mirror"
LOG_GROUP = f"/aws/codebuild/{PROJECT}"
"""Where CodeBuild's console looks for a project's log."""

PUBLIC_REGION = "us-east-1"
"""The only region that has `AWS::ECR::PublicRepository`."""

REPOSITORIES_PER_STACK = 490
"""CloudFormation takes 500 resources in a stack; some are left for what is not a repository."""


def repository_names(config: MirrorConfig, name: DestinationName) -> tuple[str, ...]:
    """Full names of the repositories that the mirror fills in one registry, sorted; empty when it is switched off."""
    destination = config.destination(name)
    if destination is None:
        return ()
    return tuple(sorted({destination.repository(image.name) for image in config.images_to(name)}))


def repository_id(name: str) -> str:
    """The construct id of the repository `name`: the full name with what CDK keeps for itself escaped.

    Two names never give the same id, because ``--`` is in no name that ECR accepts. The logical id follows from it and
    from nothing else.
    """
    return name.replace("/", "--")


def private_repository_arn(scope: Construct, name: str) -> str:
    """ARN of the private repository `name` in the account and region of `scope`'s stack."""
    stack = Stack.of(scope)
    return f"arn:{stack.partition}:ecr:{stack.region}:{stack.account}:repository/{name}"


def public_repository_arn(scope: Construct, name: str) -> str:
    """ARN of the public repository `name` in the account of `scope`'s stack. It has no region."""
    stack = Stack.of(scope)
    return f"arn:{stack.partition}:ecr-public::{stack.account}:repository/{name}"


def private_registry(scope: Construct, prefix: str) -> str:
    """What stands before an image's name when it is pulled from the private registry."""
    stack = Stack.of(scope)
    host = f"{stack.account}.dkr.ecr.{stack.region}.{stack.url_suffix}"
    return f"{host}/{prefix}" if prefix else host
