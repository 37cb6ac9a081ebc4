"""boto3's errors, as real calls to servers that answer with them."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from mirror.errors import (
    CredentialsError,
    DeniedError,
    LimitKind,
    MirrorError,
    NotFoundError,
    RateLimitError,
    RepositoryNotFoundError,
    TransportError,
    UnavailableError,
)
from mirror.registry import aws
from tests.support import Answer, ScriptedServer

JSON = {"Content-Type": "application/x-amz-json-1.1"}


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # which remembers the credentials that it once found


@pytest.fixture
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")


def refusal(code: str, status: int = 400, message: str = "because") -> Answer:
    body = f'{{"__type": "{code}", "message": "{message}"}}'.encode()
    return Answer(status, JSON, body)


def ask(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECR", server.url)
    api = aws.client("ecr")
    try:
        with aws.translated("a question"):
            api.describe_repositories()
    finally:
        api.close()


@pytest.mark.usefixtures("_credentials")
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ExpiredTokenException", CredentialsError),
        ("UnrecognizedClientException", CredentialsError),
        ("InvalidSignatureException", CredentialsError),
        ("AccessDeniedException", DeniedError),
        ("RepositoryNotFoundException", RepositoryNotFoundError),
        ("ImageNotFoundException", NotFoundError),
        ("InvalidParameterException", UnavailableError),
    ],
)
def test_a_code_is_translated(code: str, kind: type[MirrorError], monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(refusal(code)) as server, pytest.raises(MirrorError) as caught:
        ask(server, monkeypatch)
    assert type(caught.value) is kind
    assert str(caught.value) == f"a question: {code}: because"


@pytest.mark.usefixtures("_credentials")
def test_what_credentials_and_permissions_need_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = refusal("ExpiredTokenException"), refusal("AccessDeniedException")
    with ScriptedServer(*answers) as server:
        with pytest.raises(CredentialsError) as expired:
            ask(server, monkeypatch)
        with pytest.raises(DeniedError) as denied:
            ask(server, monkeypatch)
    assert "aws sso login" in str(expired.value.advice)
    assert denied.value.status == 400
    assert denied.value.advice == "The role lacks this permission on this resource."


@pytest.mark.usefixtures("_credentials")
def test_a_throttled_call_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    fine = Answer(200, JSON, b'{"repositories": []}')
    with ScriptedServer(refusal("ThrottlingException"), fine) as server:
        ask(server, monkeypatch)
        assert len(server.asked) == 2


def test_a_call_that_stays_throttled_is_a_rate() -> None:
    answer: Any = {"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    with pytest.raises(RateLimitError, match="a question: ThrottlingException") as caught, aws.translated("a question"):
        raise ClientError(answer, "PutImage")
    assert caught.value.kind is LimitKind.RATE


def test_an_error_that_says_nothing_is_translated() -> None:
    with pytest.raises(UnavailableError, match=r"^a question$"), aws.translated("a question"):
        raise ClientError({}, "PutImage")


def test_no_answer_is_a_transport_error() -> None:
    with pytest.raises(TransportError, match="a question: Could not connect"), aws.translated("a question"):
        raise EndpointConnectionError(endpoint_url="https://api.ecr.eu-central-1.amazonaws.com")


def test_what_is_not_amazons_passes() -> None:
    with pytest.raises(KeyError), aws.translated("a question"):
        raise KeyError("authorizationData")


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    with ScriptedServer() as server, pytest.raises(CredentialsError, match="Unable to locate credentials") as caught:
        ask(server, monkeypatch)
    assert caught.value.advice is not None
    assert server.asked == []


@pytest.mark.usefixtures("_credentials")
def test_no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(CredentialsError, match="no AWS region") as caught:
        aws.client("ecr")
    assert caught.value.advice == "Set AWS_REGION."
    assert aws.client("ecr", region="us-east-1").meta.region_name == "us-east-1"


@pytest.mark.usefixtures("_credentials")
def test_a_region_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "not a region")
    with pytest.raises(CredentialsError, match="not a region"):
        aws.client("ecr")


def test_a_profile_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(CredentialsError, match="nobody"):
        aws.client("ecr")
