import dataclasses
from typing import Any

import boto3
import pytest
from botocore.config import Config

from mirror.credentials.registries import Network
from mirror.doctor.aws import identity
from mirror.doctor.finding import Level
from tests.mirror.doctor.conftest import ARN
from tests.support import Answer, ScriptedServer


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ACCESS_KEY_ID", "AKIATEST"), ("SECRET_ACCESS_KEY", "test"), ("REGION", "eu-central-1")):
        monkeypatch.setenv(f"AWS_{name}", value)


def test_who_we_are(network: Network, sts: ScriptedServer) -> None:
    found = identity(network)
    assert (found.level, found.detail) == (Level.OK, f"{ARN} in eu-central-1")


def test_credentials_that_are_over(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"<ErrorResponse><Error><Code>ExpiredToken</Code><Message>it is expired</Message></Error></ErrorResponse>"
    with ScriptedServer(Answer(403, {"Content-Type": "text/xml"}, body)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        found = identity(network)
    assert (found.level, found.credentials) == (Level.BAD, True)
    assert "it is expired" in found.detail
    assert found.fix.startswith("Log in to AWS")


def test_a_service_that_nothing_else_needs_is_a_warning(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)

    def impatient(service: str) -> Any:
        session: Any = boto3
        return session.client(service, config=Config(retries={"total_max_attempts": 1}))

    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    found = identity(dataclasses.replace(network, aws_client=impatient))
    assert found.level is Level.WARNING
    assert found.fix == "Only this check asks it; look at the next ones."
