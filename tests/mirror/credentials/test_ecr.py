from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mirror.credentials.ecr import RENEW_AFTER_SECONDS, EcrCredentials
from mirror.errors import DeniedError, UnavailableError
from mirror.registry import aws
from sandbox.registries.server import Registries
from tests.conftest import REGION
from tests.support import FakeClock


@pytest.fixture
def api(aws_environment: None) -> Any:
    return aws.client("ecr")


def test_a_token_is_a_user_name_and_a_password(registries: Registries, api: Any, clock: FakeClock) -> None:
    credentials = EcrCredentials(api, clock, public=False)
    assert credentials.endpoint == ""
    found = credentials()
    assert found.username == "AWS"
    assert found.password
    assert credentials.endpoint == registries.ecr_url


def test_the_public_registrys_token_has_no_endpoint(
    registries: Registries, aws_environment: None, clock: FakeClock
) -> None:
    credentials = EcrCredentials(aws.client("ecr-public", region=aws.PUBLIC_REGION), clock, public=True)
    assert credentials().username == "AWS"
    assert credentials.endpoint == ""


def test_a_token_is_asked_for_again_before_it_expires(registries: Registries, api: Any, clock: FakeClock) -> None:
    credentials = EcrCredentials(api, clock, public=False)
    first = credentials()
    clock.sleep(RENEW_AFTER_SECONDS - 1)
    assert credentials() is first
    clock.sleep(2)
    assert credentials() is not first
    assert registries.log.count(reference="GetAuthorizationToken") == 2


def test_one_question_however_many_ask(registries: Registries, api: Any, clock: FakeClock) -> None:
    credentials = EcrCredentials(api, clock, public=False)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: credentials(), range(16)))
    assert all(each is found[0] for each in found)
    assert registries.log.count(reference="GetAuthorizationToken") == 1


def test_a_refusal_is_not_remembered(registries: Registries, api: Any, clock: FakeClock) -> None:
    service = registries.private[REGION]
    allowed, service.authorize = service.authorize, lambda *_: False
    credentials = EcrCredentials(api, clock, public=False)
    with pytest.raises(DeniedError, match="authorization token of ECR"):
        credentials()
    service.authorize = allowed
    assert credentials().username == "AWS"


class Answering:
    """What boto3's client is to `EcrCredentials`, with an answer that AWS does not give."""

    def get_authorization_token(self) -> dict[str, Any]:
        return {"authorizationData": [{"authorizationToken": b64encode(b"no colon").decode()}]}


def test_a_token_of_another_form_is_refused_without_showing_it(aws_environment: None, clock: FakeClock) -> None:
    with pytest.raises(UnavailableError) as caught:
        EcrCredentials(Answering(), clock, public=False)()
    assert str(caught.value) == "authorization token of ECR: not a user name and a password"
