from collections.abc import Callable

import pytest

from mirror.config.model import DestinationConfig, MirrorConfig
from mirror.errors import Problem

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:hub-mirror/docker-hub-a1b2c3"


@pytest.mark.parametrize("key", ["public", "private"])
@pytest.mark.parametrize(
    ("written", "config"),
    [
        (None, DestinationConfig()),
        ("{}", DestinationConfig()),
        ("true", DestinationConfig()),
        ("false", None),
        ("off", None),
        ("{prefix: docker-hub}", DestinationConfig("docker-hub")),
        ("{prefix: team/hub}", DestinationConfig("team/hub")),
    ],
)
def test_destinations(
    read: Callable[[str], MirrorConfig], key: str, written: str | None, config: DestinationConfig | None
) -> None:
    assert getattr(read(f"{key}: {written}" if written else ""), key) == config


@pytest.mark.parametrize("key", ["public", "private"])
@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ("~", "", "expected true, false or a mapping such as {prefix: team}, got nothing"),
        ("team", "", "got 'team'"),
        ("'false'", "", "got 'false'"),
        ("[]", "", "got a list"),
        ("{prefx: team}", ".prefx", "did you mean 'prefix'?"),
        ("{prefix: ''}", ".prefix", "for none leave it out"),
        ("{prefix: 7}", ".prefix", 'quote it: "7"'),
        ("{prefix: /team}", ".prefix", "without slashes at its ends: 'team', got '/team'"),
        ("{prefix: team/}", ".prefix", "without slashes at its ends: 'team', got 'team/'"),
        ("{prefix: Team}", ".prefix", "not a prefix: 'Team'"),
        ("{prefix: a//b}", ".prefix", "not a prefix: 'a//b'"),
        ("{prefix: a__b}", ".prefix", "not a prefix: 'a__b'"),
    ],
)
def test_what_is_no_destination(
    refuse: Callable[[str], list[Problem]], key: str, written: str, path: str, message: str
) -> None:
    (problem,) = refuse(f"{key}: {written}")

    assert problem.path == key + path
    assert message in problem.message


def test_only_private_names_must_begin_with_a_letter(
    read: Callable[[str], MirrorConfig], refuse: Callable[[str], list[Problem]]
) -> None:
    assert read("public: {prefix: 1st}").public == DestinationConfig("1st")
    (problem,) = refuse("private: {prefix: 1st}")
    assert "begin with a letter" in problem.message


def test_the_alias_and_the_number_of_stacks(read: Callable[[str], MirrorConfig]) -> None:
    config = read("public: {alias: my-company, stacks: 4}\nprivate: {stacks: 100}")

    assert config.public == DestinationConfig(alias="my-company", stacks=4)
    assert config.private == DestinationConfig(stacks=100)


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ("public: {alias: A1}", "public.alias", "not an alias: 'A1'"),
        ("public: {alias: a}", "public.alias", "2 to 50"),
        (f"public: {{alias: {'a' * 51}}}", "public.alias", "2 to 50"),
        ("private: {alias: mine}", "private.alias", "unknown key 'alias'"),
        ("public: {stacks: 0}", "public.stacks", "expected a whole number, 1 or more, got the number 0"),
        ("private: {stacks: 101}", "private.stacks", "at most 100 stacks, got 101"),
    ],
)
def test_what_is_neither(refuse: Callable[[str], list[Problem]], document: str, path: str, message: str) -> None:
    (problem,) = refuse(document)

    assert problem.path == path
    assert message in problem.message


@pytest.mark.parametrize(
    ("written", "secret"),
    [
        (None, None),
        ("{}", None),
        ("{credentials_secret: hub-mirror/docker-hub}", "hub-mirror/docker-hub"),
        (f"{{credentials_secret: '{ARN}'}}", ARN),
        (f"{{credentials_secret: '{ARN.replace('aws', 'aws-cn', 1)}'}}", ARN.replace("aws", "aws-cn", 1)),
    ],
)
def test_the_secret(read: Callable[[str], MirrorConfig], written: str | None, secret: str | None) -> None:
    assert read(f"docker_hub: {written}" if written else "").docker_hub.credentials_secret == secret


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{credentials_secret: ''}", "expected the name or ARN of a Secrets Manager secret, got ''"),
        ("{credentials_secret: ~}", "got nothing"),
        ("{credentials_secret: my secret}", "not a secret's name: 'my secret'"),
        ("{credentials_secret: arn:aws:s3:::bucket}", "not the ARN of a Secrets Manager secret: 'arn:aws:s3:::bucket'"),
        ("{credential_secret: x}", "did you mean 'credentials_secret'?"),
        ("{username: me}", "unknown key 'username'; allowed: credentials_secret"),
    ],
)
def test_what_is_no_secret(refuse: Callable[[str], list[Problem]], written: str, message: str) -> None:
    (problem,) = refuse(f"docker_hub: {written}")

    assert message in problem.message


@pytest.mark.parametrize(
    "written",
    [
        "{credentials_secret: dckr_pat_hunter2}",
        "{credentials_secret: dckr_oat_hunter2}",
        "dckr_pat_hunter2",
        "{accessToken: dckr_pat_hunter2}",
        "[dckr_pat_hunter2]",
    ],
)
def test_a_token_in_the_wrong_place_is_not_repeated(refuse: Callable[[str], list[Problem]], written: str) -> None:
    problems = refuse(f"docker_hub: {written}")

    assert problems
    assert not any("hunter2" in problem.message + problem.path for problem in problems)
