import json
from typing import Any

import pytest

from mirror.credentials.registries import Network, open_hub_tags
from mirror.errors import NotFoundError, UnavailableError
from mirror.oci.digest import digest_of
from mirror.oci.platform import Platform
from mirror.registry.hub_tags import MAX_QUESTIONS, HubTags, ListedImage, ListedTag
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from tests.support import Answer, FakeClock, ScriptedServer

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7")


def opened(network: Network, url: str, notes: list[str] | None = None) -> HubTags:
    return open_hub_tags(network, url, ([] if notes is None else notes).append)


def test_push_dates_are_read_page_by_page_until_all_are_known(registries: Registries, network: Network) -> None:
    builder = ImageBuilder(registries.hub, "bitnami/redis")
    for number in range(250):
        builder.small([f"v{number:03}"])
    found = opened(network, registries.hub_url).pushed("bitnami/redis", ["v000", "v249"])
    assert found["v000"] < found["v249"]
    assert registries.log.summary("web") == {"GET tags": 3}
    registries.log.clear()
    opened(network, registries.hub_url).pushed("bitnami/redis", ["v249", "v248"])
    assert registries.log.summary("web") == {"GET tags": 1}
    # Whoever wants the newest of many need not know how old the others are.
    registries.log.clear()
    every = list(registries.hub.create("bitnami/redis").tags)
    found = opened(network, registries.hub_url).pushed("bitnami/redis", every, newest=3)
    assert sorted(found, key=lambda tag: found[tag])[-3:] == ["v247", "v248", "v249"]
    assert registries.log.summary("web") == {"GET tags": 1}
    assert len(opened(network, registries.hub_url).pushed("bitnami/redis", every, newest=101)) == 200


def test_what_does_not_exist(registries: Registries, network: Network) -> None:
    with pytest.raises(NotFoundError):
        opened(network, registries.hub_url).pushed("library/nope", ["1"])


@pytest.mark.parametrize("body", [b"", b"[]"])
def test_another_answer_is_an_error(network: Network, body: bytes) -> None:
    with ScriptedServer(Answer(body=body)) as server, pytest.raises(UnavailableError):
        opened(network, server.url).pushed("library/maven", ["1"])


def test_sizes_are_those_of_the_wanted_platforms(registries: Registries, network: Network) -> None:
    builder = ImageBuilder(registries.hub, "library/maven")
    builder.small(["plain"], name="plain")
    index = builder.small(["many"], name="many", platforms=["linux/amd64", "linux/arm64"])
    hub = opened(network, registries.hub_url)
    whole = hub.sizes("library/maven", ["plain", "many", "gone"])
    assert whole.keys() == {"plain", "many"}
    repository = registries.hub.create("library/maven")
    by_platform = {
        str(child.platform): sum(layer.size for layer in repository.manifests[child.digest].manifest.blobs[1:])
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
        sizes = opened(network, server.url).sizes("library/maven", ["1"], [Platform("linux", "arm64", "v8")])
    assert sizes == found


def test_sizes_are_not_worth_many_questions(network: Network) -> None:
    page = b'{"results": [], "next": "/v2/namespaces/library/repositories/maven/tags?page=2"}'
    with ScriptedServer(*[Answer(body=page)] * 4) as server:
        assert opened(network, server.url).sizes("library/maven", ["1"]) == {}
        assert len(server.asked) == 3


def test_a_tag_is_made_of_its_indexs_children(registries: Registries, network: Network) -> None:
    index = ImageBuilder(registries.hub, "library/maven").multi_platform(
        WIDE, base="b", name="n", tags=["3"], base_size=100, top_size=10, attested=True
    )
    listed = opened(network, registries.hub_url).listed("library/maven", ["3"])["3"]
    assert listed.digest == index.digest
    assert [(image.digest, image.platform) for image in listed.images] == [
        (child.digest, child.platform) for child in index.children
    ]
    assert [image.size for image in listed.images[:3]] == [110] * 3
    assert [image.platform.is_unknown for image in listed.images] == [False] * 3 + [True] * 3
    assert registries.log.summary("web") == {"GET tag": 1}
    assert registries.log.summary("hub") == {}


def test_many_tags_are_read_a_page_at_a_time(registries: Registries, network: Network) -> None:
    builder = ImageBuilder(registries.hub, "library/maven")
    tags = [f"v{number:03}" for number in range(120)]
    for tag in tags:
        builder.small([tag], name=tag)
    wanted = [*tags[-30:], tags[0]]
    assert opened(network, registries.hub_url).listed("library/maven", wanted).keys() == set(wanted)
    assert registries.log.summary("web") == {"GET tags": 1, "GET tag": 1}


@pytest.mark.parametrize("tags", [["1"], ["1", "2", "3"]])
def test_what_is_not_there_is_left_out(registries: Registries, network: Network, tags: list[str]) -> None:
    notes: list[str] = []
    assert opened(network, registries.hub_url, notes).listed("library/nope", tags) == {}
    assert notes == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(registry="web", drop=True, times=2),
        Fault(registry="web", status=500, times=2),
        Fault(registry="web", status=429, headers={"X-Retry-After": "1800003600"}, times=2),
        Fault(registry="web", status=429, headers={"Retry-After": "3600"}),
        Fault(registry="web", status=200, body=b"<html>"),
    ],
    ids=["no answer", "500", "429", "429 for an hour", "a page for people"],
)
def test_one_that_does_not_answer_is_asked_no_more(
    registries: Registries, network: Network, clock: FakeClock, fault: Fault
) -> None:
    ImageBuilder(registries.hub, "library/maven").small(["3"])
    registries.faults.add(fault)
    notes: list[str] = []
    hub_tags = opened(network, registries.hub_url, notes)
    assert hub_tags.listed("library/maven", ["3"]) == {}
    asked = registries.log.count(registry="web")
    assert hub_tags.listed("library/maven", ["3"]) == {}
    assert registries.log.count(registry="web") == asked <= 2
    assert len(notes) == 1
    assert notes[0].startswith("Docker Hub's web interface is not asked any more, so pulls are estimated: ")
    assert sum(clock.slept) <= 1


def test_the_questions_of_a_run_are_counted(registries: Registries, network: Network) -> None:
    ImageBuilder(registries.hub, "library/maven").small(["3"])
    notes: list[str] = []
    hub_tags = opened(network, registries.hub_url, notes)
    for _ in range(MAX_QUESTIONS):
        assert hub_tags.listed("library/maven", ["3"]).keys() == {"3"}
    assert hub_tags.listed("library/maven", ["3"]) == {}
    assert registries.log.count(registry="web") == MAX_QUESTIONS
    assert notes == []


DIGEST = digest_of(b"one")


def document(**members: Any) -> bytes:
    image = {"architecture": "arm", "os": "linux", "variant": "v7", "digest": DIGEST, "size": 7}
    return json.dumps({"name": "3", "digest": DIGEST, "images": [image], **members}).encode()


def test_the_least_that_an_answer_needs(network: Network) -> None:
    with ScriptedServer(Answer(body=document())) as server:
        assert opened(network, server.url).listed("library/maven", ["3"]) == {
            "3": ListedTag(DIGEST, (ListedImage(DIGEST, Platform("linux", "arm", "v7"), 7),))
        }
        assert server.asked[0].path == "/v2/namespaces/library/repositories/maven/tags/3"


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        document(images=[]),
        document(images=None),
        document(images=[{"os": "linux", "architecture": "arm"}]),
        document(images=[{"os": "linux", "architecture": "arm", "digest": ""}]),
        document(images=["x"]),
        document(name="4"),
        b'{"name": "3", "images": []}',
    ],
)
def test_a_tag_that_is_not_described_in_full_is_left_out(network: Network, body: bytes) -> None:
    with ScriptedServer(Answer(body=body)) as server:
        assert opened(network, server.url).listed("library/maven", ["3"]) == {}
