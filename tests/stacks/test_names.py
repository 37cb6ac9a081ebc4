import aws_cdk as cdk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirror.config.model import DestinationName, ImageConfig, MirrorConfig
from mirror.config.names import PATTERN
from stacks import names

REPOSITORIES = st.from_regex(r"[a-c0]{1,2}([./_-][a-c0]{1,2}){0,3}", fullmatch=True)
"""Few letters, so that names come near each other."""


@given(REPOSITORIES)
def test_the_names_tried_here_are_names_that_ecr_accepts(name: str) -> None:
    assert PATTERN.fullmatch(name)


@given(REPOSITORIES, REPOSITORIES)
def test_two_names_never_share_an_id(one: str, other: str) -> None:
    assert (names.repository_id(one) == names.repository_id(other)) is (one == other)


@given(REPOSITORIES)
def test_an_id_has_no_character_that_divides_paths(name: str) -> None:
    assert "/" not in names.repository_id(name)


@pytest.mark.parametrize(("prefix", "tail"), [("docker-hub", "/docker-hub"), ("", "")])
def test_the_private_registry_is_a_host_and_the_prefix(prefix: str, tail: str) -> None:
    stack = cdk.Stack(cdk.App(), "S", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    host = "123456789012.dkr.ecr.eu-central-1."
    registry = names.private_registry(stack, prefix)
    assert registry.startswith(host)
    assert stack.resolve(registry) == {"Fn::Join": ["", [host, {"Ref": "AWS::URLSuffix"}, *([tail] if tail else [])]]}


def test_arns_are_computed_from_names_alone() -> None:
    stack = cdk.Stack(cdk.App(), "S", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    private = stack.resolve(names.private_repository_arn(stack, "team/maven"))
    public = stack.resolve(names.public_repository_arn(stack, "team/maven"))
    assert private["Fn::Join"][1][-1] == ":ecr:eu-central-1:123456789012:repository/team/maven"
    assert public["Fn::Join"][1][-1] == ":ecr-public::123456789012:repository/team/maven"


def test_a_destination_that_is_switched_off_has_no_repositories() -> None:
    image = ImageConfig("maven", "library/maven", (), to=tuple(DestinationName))
    config = MirrorConfig(images=(image,), public=None)
    assert names.repository_names(config, DestinationName.PUBLIC) == ()
    assert names.repository_names(config, DestinationName.PRIVATE) == ("maven",)
