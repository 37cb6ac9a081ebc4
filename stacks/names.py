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
"""The project's name, with which all other fixed names begin."""

PUBLIC_REGION = "us-east-1"
"""The only region that has `AWS::ECR::PublicRepository`."""


def part_stack(stack: str, part: int) -> str:
    """The name of one of the stacks that a registry's repositories are divided over; the first has the plain name."""
    return stack if part == 0 else f"{stack}{part + 1}"


def stack(config: MirrorConfig, name: str) -> str:
    """The name of one of the stacks above, in the environment of `config`."""
    return f"{config.name}-{name}" if config.name else name


def project(config: MirrorConfig) -> str:
    """The project's name in the environment of `config`."""
    return f"{config.name}-{PROJECT}" if config.name else PROJECT


def log_group(config: MirrorConfig) -> str:
    """Where CodeBuild's console looks for the project's log."""
    return f"/aws/codebuild/{project(config)}"


def parameter(config: MirrorConfig, name: str) -> str:
    """The SSM parameter of that name. All of an environment are under one path."""
    return f"/{project(config)}/{name}"


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
