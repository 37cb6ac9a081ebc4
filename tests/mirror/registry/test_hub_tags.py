import pytest

from mirror.credentials.registries import Network, open_hub_tags
from mirror.errors import NotFoundError, UnavailableError
from mirror.oci.platform import Platform
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


def test_sizes_are_those_of_the_wanted_platforms(registries: Registries, network: Network) -> None:
    builder = ImageBuilder(registries.hub, "library/maven")
    builder.small(["plain"], name="plain")
    index = builder.small(["many"], name="many", platforms=["linux/amd64", "linux/arm64"])
    hub = open_hub_tags(network, registries.hub_url)
    whole = hub.sizes("library/maven", ["plain", "many", "gone"])
    assert whole.keys() == {"plain", "many"}
    repository = registries.hub.create("library/maven")
    by_platform = {
        str(child.platform): sum(blob.size for blob in repository.manifests[child.digest].manifest.blobs)
        for child in index.children
    }
    assert whole["many"] == sum(by_platform.values())
    amd64 = hub.sizes("library/maven", ["many"], [Platform("linux", "amd64")])
    assert amd64 == {"many": by_platform["linux/amd64"]}


@pytest.mark.parametrize(
    ("result", "found"),
    [
        ('{"name": "1", "full_size": 7}', {"1": 7}),
        ('{"name": "1", "full_size": 7, "images": null}', {"1": 7}),
        ('{"name": "1", "images": [{"size": null}]}', {}),
        ('{"name": "1", "images": [{"os": "linux", "architecture": "arm64", "variant": null, "size": 5}]}', {"1": 5}),
        ('{"name": "1"}', {}),
    ],
)
def test_sizes_as_far_as_they_are_told(network: Network, result: str, found: dict[str, int]) -> None:
    body = f'{{"results": [{result}], "next": null}}'.encode()
    with ScriptedServer(Answer(body=body)) as server:
        sizes = open_hub_tags(network, server.url).sizes("library/maven", ["1"], [Platform("linux", "arm64", "v8")])
    assert sizes == found


def test_sizes_are_not_worth_many_questions(network: Network) -> None:
    page = b'{"results": [], "next": "/v2/namespaces/library/repositories/maven/tags?page=2"}'
    with ScriptedServer(*[Answer(body=page)] * 4) as server:
        assert open_hub_tags(network, server.url).sizes("library/maven", ["1"]) == {}
        assert len(server.asked) == 3
