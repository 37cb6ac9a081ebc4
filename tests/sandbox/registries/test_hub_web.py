"""The shape of Docker Hub's web interface, as its documentation and its users' programs have it."""

import pytest

from mirror.oci.platform import Platform
from sandbox.registries.images import ImageBuilder, Layer
from sandbox.registries.server import Registries
from tests.sandbox.registries.wire import Wire

TAG_MEMBERS = {
    "content_type", "creator", "digest", "full_size", "id", "images", "last_updated", "last_updater",
    "last_updater_username", "media_type", "name", "repository", "tag_last_pulled", "tag_last_pushed", "tag_status",
    "v2",
}  # fmt: skip
IMAGE_MEMBERS = {
    "architecture", "digest", "features", "last_pulled", "last_pushed", "os", "os_features", "os_version", "size",
    "status", "variant",
}  # fmt: skip
TAGS = "/v2/namespaces/library/repositories/app/tags"


@pytest.fixture
def web(registries: Registries) -> Wire:
    builder = ImageBuilder(registries.hub, "library/app")
    builder.multi_platform(
        ["linux/amd64", "linux/arm/v7"], base="b", name="n", tags=["1"], base_size=100, top_size=10, attested=True
    )
    builder.image(Platform("linux", "amd64"), [Layer("l", 9)], tag="single")
    return Wire(registries.hub_url)


def test_a_tag_names_its_index_and_all_its_children(registries: Registries, web: Wire) -> None:
    reply = web.ask("GET", f"{TAGS}/1")
    repository = registries.hub.create("library/app")
    index = repository.manifests[repository.tags["1"]].manifest
    assert reply.status == 200
    assert reply.document.keys() == TAG_MEMBERS
    assert (reply.document["digest"], reply.document["media_type"]) == (index.digest, index.media_type)
    images = reply.document["images"]
    assert all(image.keys() == IMAGE_MEMBERS for image in images)
    assert [(image["os"], image["architecture"], image["variant"]) for image in images] == [
        ("linux", "amd64", None),
        ("linux", "arm", "v7"),
        ("unknown", "unknown", None),
        ("unknown", "unknown", None),
    ]
    assert [image["digest"] for image in images] == [child.digest for child in index.children]
    assert reply.document["full_size"] == images[0]["size"] == 110
    assert int(reply.headers["x-ratelimit-limit"]) == 180
    assert "ratelimit-remaining" not in reply.headers  # that is the registry's, for pulls


def test_a_tag_without_an_index_is_its_own_image(web: Wire) -> None:
    document = web.ask("GET", f"{TAGS}/single").document
    (image,) = document["images"]
    assert image["digest"] == document["digest"]


def test_pages_lead_forth_and_back(registries: Registries, web: Wire) -> None:
    builder = ImageBuilder(registries.hub, "library/app")
    for number in range(250):
        builder.small([f"v{number:03}"])
    seen: list[str] = []
    url: str | None = f"{web.url}{TAGS}?page_size=1000"
    pages, counts = 0, set()
    while url is not None:
        reply = web.ask("GET", url.removeprefix(web.url))
        counts.add(reply.document["count"])
        assert (reply.document["previous"] is None) == (pages == 0)
        seen += [tag["name"] for tag in reply.document["results"]]
        url, pages = reply.document["next"], pages + 1
    assert pages == 3  # of a hundred, whatever was asked for
    assert counts == {len(seen)} == {len(set(seen))} == {252}
    assert seen[0] == "v249"  # the newest first
    assert len(web.ask("GET", TAGS).document["results"]) == 10  # unless more are asked for


@pytest.mark.parametrize("path", [f"{TAGS}/nope", TAGS.replace("app", "nope"), TAGS.replace("app", "nope") + "/1"])
def test_what_does_not_exist(web: Wire, path: str) -> None:
    reply = web.ask("GET", path)
    assert reply.status == 404
    assert reply.document.keys() == {"message", "errinfo"}
