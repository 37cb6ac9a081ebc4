import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from mirror.credentials.docker_hub import HubCredentials, from_secret
from mirror.errors import CredentialsError
from mirror.transport.auth import Credentials
from tests.mirror.credentials.conftest import PutSecret

GOOD = json.dumps({"username": "me", "accessToken": "dckr_pat_secret"})
NAME = "credentials-test/docker-hub"
"""Moto's secrets are the process's, and other tests of the process have theirs."""
ENVIRON = {"MIRROR_DOCKER_HUB_USERNAME": "me", "MIRROR_DOCKER_HUB_TOKEN": "token"}


def test_nothing_given_is_anonymous() -> None:
    credentials = HubCredentials(None, {})
    assert credentials.anonymous
    assert credentials() is None


def test_the_environment_is_enough() -> None:
    credentials = HubCredentials(None, ENVIRON)
    assert not credentials.anonymous
    assert credentials() == Credentials("me", "token")


@pytest.mark.parametrize("name", ENVIRON)
def test_half_of_the_environment_is_a_mistake(name: str) -> None:
    with pytest.raises(CredentialsError, match="go together"):
        HubCredentials(None, {name: "x"})()


def test_the_environment_wins_over_a_secret_that_is_then_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
    assert HubCredentials("hub", ENVIRON)() == Credentials("me", "token")


def test_a_secret_by_name_and_by_arn(put_secret: PutSecret) -> None:
    arn = put_secret(NAME, GOOD)
    expected = Credentials("me", "dckr_pat_secret")
    assert from_secret(NAME) == from_secret(arn) == HubCredentials(NAME, {})() == expected
    assert not HubCredentials(NAME, {}).anonymous


def test_an_arn_says_the_region(put_secret: PutSecret, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = put_secret(NAME, GOOD)
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert from_secret(arn).username == "me"
    with pytest.raises(CredentialsError, match=f"the Docker Hub secret {NAME} does not exist, or nobody has filled it"):
        from_secret(NAME)


def test_it_is_read_once_however_many_ask(put_secret: PutSecret) -> None:
    arn = put_secret(NAME, GOOD)
    credentials = HubCredentials(arn, {})
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: credentials(), range(16)))
    assert all(each is found[0] for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "me:token",
        "[]",
        "null",
        '"text"',
        '{"username": "me"}',
        '{"username": "me", "password": "token"}',
        '{"username": "me", "accessToken": ""}',
        '{"username": 1, "accessToken": "token"}',
        '{"username": null, "accessToken": null}',
    ],
)
def test_another_form_is_refused_without_showing_it(put_secret: PutSecret, text: str) -> None:
    put_secret(NAME, text or " ")
    with pytest.raises(CredentialsError) as caught:
        from_secret(NAME)
    assert str(caught.value).startswith(f"the Docker Hub secret {NAME} ")
    assert "token" not in str(caught.value).replace("user name or token", "")
    assert caught.value.advice is not None
    assert f"put-secret-value --secret-id {NAME}" in caught.value.advice
