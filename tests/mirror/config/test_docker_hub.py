from collections.abc import Callable

import pytest

from mirror.config.model import MirrorConfig
from mirror.errors import Problem

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:hub"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"


def test_without_the_section_docker_hub_is_read_anonymously(read: Callable[[str], MirrorConfig]) -> None:
    docker_hub = read("").docker_hub
    assert (docker_hub.credentials_secret, docker_hub.create_secret, docker_hub.kms_key) == (None, False, "")


def test_a_secret_that_is_made_has_a_name_that_ecrs_cache_takes(read: Callable[[str], MirrorConfig]) -> None:
    made = read("docker_hub: {create_secret: true}").docker_hub
    assert made.create_secret
    assert made.credentials_secret is not None
    assert made.credentials_secret.startswith("ecr-pullthroughcache/")
    own = read(f"docker_hub: {{create_secret: true, credentials_secret: team/hub, kms_key: '{KEY}'}}").docker_hub
    assert (own.credentials_secret, own.kms_key) == ("team/hub", KEY)


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ("{create_secret: sure}", "docker_hub.create_secret", "expected true or false"),
        (f"{{create_secret: true, credentials_secret: '{ARN}'}}", "docker_hub.create_secret", "is there already"),
        (f"{{kms_key: '{KEY}'}}", "docker_hub.kms_key", "belongs to a secret"),
        ("{credentials_secret: hub, kms_key: alias/hub}", "docker_hub.kms_key", "an alias is not enough"),
    ],
)
def test_what_cannot_be(refuse: Callable[[str], list[Problem]], written: str, path: str, message: str) -> None:
    (problem,) = refuse(f"docker_hub: {written}")
    assert (problem.path, problem.line) == (path, 1)
    assert message in problem.message


def test_a_token_is_not_repeated(refuse: Callable[[str], list[Problem]]) -> None:
    for written in ("dckr_pat_abcdef", "{credentials_secret: dckr_pat_abcdef}"):
        (problem,) = refuse(f"docker_hub: {written}")
        assert "abcdef" not in problem.message
