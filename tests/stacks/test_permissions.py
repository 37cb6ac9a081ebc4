"""What builds may do, as IAM would answer: asked of an evaluator, action by action."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mirror.config.model import (
    DestinationConfig,
    DestinationName,
    ExplicitTag,
    ImageConfig,
    MirrorConfig,
    RepositoryConfig,
)
from sandbox.aws.authorizer import is_permitted
from stacks.grants import PRIVATE_ACTIONS, PUBLIC_ACTIONS

Templates = dict[str, dict[str, Any]]
Synthesise = Callable[..., Templates]

PRIVATE = "arn:aws:ecr:eu-central-1:123456789012:repository/"
PUBLIC = "arn:aws:ecr-public::123456789012:repository/"
FORBIDDEN = ("BatchDeleteImage", "DeleteRepository", "CreateRepository", "SetRepositoryPolicy", "TagResource")

MANY = MirrorConfig(
    images=tuple(
        ImageConfig(f"image-{n}", f"library/image-{n}", (ExplicitTag("1"),), to=tuple(DestinationName))
        for n in range(1000)
    ),
    repositories=(RepositoryConfig("docker-hub/own"), RepositoryConfig("app")),
    public=DestinationConfig("hub", stacks=4),
    private=DestinationConfig("docker-hub", stacks=4),
)


def policies_of(templates: Templates) -> list[str]:
    """The documents of the role of builds."""
    resources = templates["HubMirror"]["Resources"]
    role = next(
        key for key, resource in resources.items() if key.startswith("Role") and resource["Type"].endswith("Role")
    )
    documents = [
        resource["Properties"]["PolicyDocument"]
        for resource in resources.values()
        if {"Ref": role} in resource["Properties"].get("Roles", ())
    ]
    return [json.dumps(document) for document in documents]


def test_builds_push_to_what_the_file_declares_and_do_nothing_else_there(templates: Templates) -> None:
    policies = policies_of(templates)
    declared = [(PUBLIC, PUBLIC_ACTIONS, name) for name in ("maven", "openjdk", "eclipse-temurin")]
    declared.append((PRIVATE, PRIVATE_ACTIONS, "docker-hub/eclipse-temurin"))
    for registry, actions, name in declared:
        assert [action for action in actions if not is_permitted(policies, action, registry + name)] == []
        service = actions[0].partition(":")[0]
        assert [a for a in FORBIDDEN if is_permitted(policies, f"{service}:{a}", registry + name)] == []


@pytest.mark.parametrize(
    "arn",
    [
        f"{PRIVATE}backend-app",  # people's own
        f"{PRIVATE}docker-hub/maven",  # goes to the other registry
        f"{PRIVATE}docker-hub/eclipse-temurin-2",
        f"{PRIVATE}eclipse-temurin",
        f"{PUBLIC}redis",
        f"{PUBLIC}maven/x",
        "arn:aws:ecr:us-east-1:123456789012:repository/docker-hub/eclipse-temurin",
        "arn:aws:ecr:eu-central-1:999999999999:repository/docker-hub/eclipse-temurin",
        "arn:aws:ecr-public::999999999999:repository/maven",
    ],
)
def test_builds_push_nowhere_else(templates: Templates, arn: str) -> None:
    policies = policies_of(templates)
    assert [action for action in (*PRIVATE_ACTIONS, *PUBLIC_ACTIONS) if is_permitted(policies, action, arn)] == []


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_thousand_images_open_their_prefixes_and_nothing_beside(synthesise: Synthesise) -> None:
    policies = policies_of(synthesise(MANY))
    for name in ("image-0", "image-999"):
        assert all(is_permitted(policies, action, f"{PRIVATE}docker-hub/{name}") for action in PRIVATE_ACTIONS)
        assert all(is_permitted(policies, action, f"{PUBLIC}hub/{name}") for action in PUBLIC_ACTIONS)
    for arn in (
        f"{PRIVATE}docker-hub/own",
        f"{PRIVATE}app",
        f"{PRIVATE}docker-hubris",
        f"{PUBLIC}image-0",
        f"{PUBLIC}hub",
    ):
        assert [action for action in (*PRIVATE_ACTIONS, *PUBLIC_ACTIONS) if is_permitted(policies, action, arn)] == []
