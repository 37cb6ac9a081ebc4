import pytest

from mirror.credentials.registries import Network, open_hub_tags
from mirror.errors import NotFoundError, UnavailableError
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from tests.support import Answer, ScriptedServer


def test_push_dates_are_read_page_by_page_until_all_are_known(registries: Registries, network: Network) -> None:
    builder = ImageBuilder(registries.hub, "bitnami/redis")
    for number in range(250):
        builder.small([f"v{number:03}"])
    found = open_hub_tags(network, registries.hub_url).pushed("bitnami/redis", ["v000", "v249"])
    assert found["v000"] < found["v249"]
    assert registries.log.summary("web") == {"GET tags": 3}
    registries.log.clear()
    open_hub_tags(network, registries.hub_url).pushed("bitnami/redis", ["v249", "v248"])
    assert registries.log.summary("web") == {"GET tags": 1}


def test_what_does_not_exist(registries: Registries, network: Network) -> None:
    with pytest.raises(NotFoundError):
        open_hub_tags(network, registries.hub_url).pushed("library/nope", ["1"])


@pytest.mark.parametrize("body", [b"", b"[]"])
def test_another_answer_is_an_error(network: Network, body: bytes) -> None:
    with ScriptedServer(Answer(body=body)) as server, pytest.raises(UnavailableError):
        open_hub_tags(network, server.url).pushed("library/maven", ["1"])
