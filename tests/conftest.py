"""Fixtures that many tests share: real registries on loopback, and the engine's own network."""

from collections.abc import Iterator

import boto3
import pytest

from mirror.credentials.registries import Network
from mirror.transport.clock import Deadline
from sandbox.registries.server import Registries
from tests.support import FakeClock, close_clients

REGION = "eu-central-1"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def _no_connection_stays_open() -> Iterator[None]:
    yield
    close_clients()


@pytest.fixture
def registries() -> Iterator[Registries]:
    """Docker Hub, ECR and ECR Public, empty. A fault that was added and never happened fails the test."""
    with Registries() as running:
        yield running
        assert not running.faults.unused, "a fault that was asked for did not happen"


@pytest.fixture
def aws_environment(registries: Registries, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 reaches the sandbox's ECR and ECR Public, with credentials that it knows."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECR", registries.ecr_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECR_PUBLIC", registries.ecr_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # which remembers the credentials that it once found


@pytest.fixture
def network(clock: FakeClock) -> Iterator[Network]:
    """The engine's network on a clock that does not wait."""
    with Network.open(Deadline(clock)) as opened:
        yield opened
