"""Secrets Manager in a moto server, and the sandbox's ECR."""

import logging
from collections.abc import Callable, Iterator

import boto3
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

REGION = "eu-central-1"

PutSecret = Callable[[str, str], str]


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://localhost:{1}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def put_secret(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[PutSecret]:
    """Creates a secret in the default region, and lets the engine find the service; returns the secret's ARN."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", moto_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    client = boto3.client("secretsmanager", region_name=REGION)
    made: list[str] = []

    def put(name: str, text: str) -> str:
        arn: str = client.create_secret(Name=name, SecretString=text)["ARN"]
        made.append(arn)
        return arn

    yield put
    for arn in made:
        client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    client.close()
