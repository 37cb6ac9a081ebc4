"""What registries hold beside what one expects: each ends well, or with an honest line."""

import json
from typing import Any

import pytest

from mirror.config.model import DestinationName, ExplicitTag, ImageConfig, MirrorConfig, TagPattern
from mirror.oci import media_types
from mirror.oci.manifest import MAX_MANIFEST_BYTES, Manifest
from mirror.oci.platform import Platform
from mirror.report.model import Action, RunReport
from mirror.run import RunOptions, run
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder, Layer
from sandbox.registries.server import Registries
from sandbox.registries.store import Store
from tests.conftest import REGION
from tests.contract_listener import Quiet
from tests.support import FakeClock

AMD64 = Platform("linux", "amd64")


@pytest.fixture
def builder(registries: Registries) -> ImageBuilder:
    return ImageBuilder(registries.hub, "library/app")


class Moving(Quiet):
    """Somebody pushes to Docker Hub between the survey and the copy."""

    def __init__(self, builder: ImageBuilder) -> None:
        super().__init__()
        self._builder = builder

    def planned(self, results: Any, quota: Any) -> None:
        self._builder.small(["1"], name="pushed meanwhile")


def mirror(
    registries: Registries,
    clock: FakeClock,
    store: Store,
    *tags: str,
    platforms: tuple[Platform, ...] = (),
    listener: Quiet | None = None,
) -> RunReport:
    selectors = tuple(ExplicitTag(tag) for tag in tags or ("1",))
    image = ImageConfig("app", "library/app", selectors, to=(DestinationName.PRIVATE,), platforms=platforms)
    options = RunOptions(source=registries.hub_url, private=registries.plain("mine", store), jobs=4)
    return run(MirrorConfig((image,)), options, environ={}, listener=listener or Quiet(), clock=clock)


def put(builder: ImageBuilder, document: dict[str, Any]) -> Manifest:
    return builder.store.put_raw(builder.repository, json.dumps(document).encode(), document["mediaType"], "1")


def without_platforms(builder: ImageBuilder) -> Manifest:
    index = builder.small([])
    document = json.loads(index.raw)
    for entry in document["manifests"]:
        del entry["platform"]
    return put(builder, document)


def test_an_index_whose_children_lack_a_platform(
    registries: Registries, clock: FakeClock, builder: ImageBuilder
) -> None:
    index, store = without_platforms(builder), Store()
    assert mirror(registries, clock, store).images[0].action is Action.COPIED
    assert store.create("app").tags["1"] == index.digest
    report = mirror(registries, clock, Store(), platforms=(AMD64,))
    assert "it has no platforms at all" in report.images[0].destinations[0].reason


def test_the_same_layer_twice_in_one_image(registries: Registries, clock: FakeClock, builder: ImageBuilder) -> None:
    layer = Layer("twice", 100)
    builder.image(AMD64, [layer, layer], tag="1")
    assert mirror(registries, clock, Store()).images[0].action is Action.COPIED
    assert registries.log.summary("cdn") == {"GET blob": 2}  # the config and the layer


@pytest.mark.parametrize(("excess", "action"), [(-200, Action.COPIED), (200, Action.FAILED)])
def test_a_manifest_of_four_mebibytes(
    registries: Registries, clock: FakeClock, builder: ImageBuilder, excess: int, action: Action
) -> None:
    document = json.loads(builder.image(AMD64, [Layer("l", 9)]).raw)
    size = len(json.dumps(document))
    put(builder, {**document, "annotations": {"padding": "x" * (MAX_MANIFEST_BYTES - size + excess)}})
    report = mirror(registries, clock, Store())
    assert report.images[0].action is action
    if action is Action.FAILED:
        assert report.images[0].destinations[0].reason.endswith("registries take no more than 4194304")
        assert report.pulls == 0  # nor any other time
        assert registries.log.count(registry="cdn") == registries.log.count(registry="mine", method="PUT") == 0


def test_an_upstream_tag_that_moves_during_the_run(
    registries: Registries, clock: FakeClock, builder: ImageBuilder
) -> None:
    before, store = builder.small(["1"]), Store()
    report = mirror(registries, clock, store, listener=Moving(builder))
    assert report.images[0].action is Action.COPIED
    assert store.create("app").tags["1"] == before.digest  # what was surveyed, whole; the next run sees the rest
    assert mirror(registries, clock, store).images[0].action is Action.COPIED
    assert store.create("app").tags["1"] == builder.repository.tags["1"] != before.digest


def test_two_repositories_with_the_same_content_at_the_same_moment(
    registries: Registries, clock: FakeClock, builder: ImageBuilder
) -> None:
    for name in ("library/app", "library/other"):
        ImageBuilder(registries.hub, name).small(["1"], platforms=("linux/amd64", "linux/arm64"))
    images = tuple(
        ImageConfig(name, f"library/{name}", (ExplicitTag("1"),), to=(DestinationName.PRIVATE,))
        for name in ("app", "other")
    )
    store = Store()
    options = RunOptions(source=registries.hub_url, private=registries.plain("mine", store), jobs=4)
    report = run(MirrorConfig(images), options, environ={}, listener=Quiet(), clock=clock)
    assert [image.action for image in report.images] == [Action.COPIED, Action.COPIED]
    assert registries.hub_state.pulls == 3
    assert registries.log.count(registry="cdn", method="GET") == 6


def test_an_unknown_kind_of_manifest_is_named(registries: Registries, clock: FakeClock, builder: ImageBuilder) -> None:
    config = {"mediaType": "application/vnd.wasm.config.v1+json", "digest": "sha256:" + "0" * 64, "size": 2}
    raw = json.dumps({"schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST, "config": config, "layers": []})
    builder.store.put_raw(builder.repository, raw.encode(), media_types.OCI_MANIFEST, "1")
    report = mirror(registries, clock, Store())
    row = report.images[0].destinations[0]
    assert row.action is Action.FAILED
    assert "sha256:000000" in row.reason


def foreign(url: str) -> dict[str, Any]:
    digest = "sha256:" + "f" * 64
    return {
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": digest,
        "size": 1_700_000_000,
        "urls": [url],
    }


def test_a_windows_image_whose_base_stays_with_microsoft(
    registries: Registries, clock: FakeClock, builder: ImageBuilder
) -> None:
    image = builder.image(Platform("windows", "amd64"), [Layer("app", 100)], name="windows", docker=True)
    layers = [foreign("https://mcr.example.com/v2/windows/blobs/1"), *image.document["layers"]]
    document = {**image.document, "layers": layers}
    windows = builder.store.put_raw(builder.repository, json.dumps(document).encode(), image.media_type)
    platform = Platform("windows", "amd64", os_version="10.0.20348.2582")
    index = builder.index([(platform, windows), (AMD64, builder.image(AMD64, [Layer("l", 9)]))], tags=["1"])
    store = Store()
    result = mirror(registries, clock, store).images[0]
    assert result.action is Action.COPIED
    assert result.notes == ("a foreign layer stays at mcr.example.com, as the publisher wants it",)
    assert result.platforms == ("windows/amd64", "linux/amd64")
    assert store.create("app").tags["1"] == index.digest
    assert result.bytes_downloaded < 10_000
    assert mirror(registries, clock, store).images[0].action is Action.UNCHANGED


def test_a_child_that_upstream_lost(registries: Registries, clock: FakeClock, builder: ImageBuilder) -> None:
    index, store = builder.small(["1"]), Store()
    lost = index.children[0].digest
    del builder.repository.manifests[lost]
    row = mirror(registries, clock, store).images[0].destinations[0]
    assert row.action is Action.FAILED
    assert row.reason.endswith(f"/library/app@{lost}: HTTP 404 (MANIFEST_UNKNOWN manifest unknown: {lost})")
    assert store.create("app").tags == {}


def test_a_layer_that_upstream_lost(registries: Registries, clock: FakeClock, builder: ImageBuilder) -> None:
    image, store = builder.image(AMD64, [Layer("l", 9)], tag="1"), Store()
    lost = image.blobs[1].digest
    builder.repository.blobs.remove(lost)
    row = mirror(registries, clock, store).images[0].destinations[0]
    assert row.action is Action.FAILED
    assert row.reason == f"blob {lost}: HTTP 404 (BLOB_UNKNOWN blob unknown: {lost})"
    assert store.create("app").tags == {}


def test_an_artefact_that_is_no_image_is_mirrored_where_it_is_taken(
    registries: Registries, clock: FakeClock, builder: ImageBuilder
) -> None:
    """A Helm chart, say."""
    chart = builder.image(AMD64, [Layer("chart", 50)]).document
    chart = {**chart, "config": {**chart["config"], "mediaType": "application/vnd.cncf.helm.config.v1+json"}}
    manifest, store = put(builder, chart), Store()
    assert mirror(registries, clock, store).images[0].action is Action.COPIED
    assert store.create("app").tags["1"] == manifest.digest


ECR_REFUSES = {
    "an artefact": "ECR does not take this kind of artefact; take it out of mirror.yaml",
    "an image without layers": "ECR takes no image without layers.",
    "an empty blob": "ECR takes no empty blobs, so this image cannot be kept there as it is.",
}


@pytest.mark.parametrize("kind", ECR_REFUSES)
def test_what_ecr_refuses_is_reported_for_what_it_is(
    registries: Registries, clock: FakeClock, builder: ImageBuilder, aws_environment: None, kind: str
) -> None:
    if kind == "an artefact":
        chart = builder.image(AMD64, [Layer("chart", 50)]).document
        put(builder, {**chart, "config": {**chart["config"], "mediaType": "application/vnd.cncf.helm.config.v1+json"}})
    else:
        builder.image(AMD64, [] if "without" in kind else [Layer("nothing", 0)], tag="1")
    registries.private[REGION].create_repository("app")
    image = ImageConfig("app", "library/app", (ExplicitTag("1"),), to=(DestinationName.PRIVATE,))
    report = run(
        MirrorConfig((image,)), RunOptions(source=registries.hub_url), environ={}, listener=Quiet(), clock=clock
    )
    row = report.images[0].destinations[0]
    assert row.action is Action.FAILED
    assert row.advice.startswith(ECR_REFUSES[kind])


def test_a_registry_that_cannot_list_tags_of_nothing(
    registries: Registries, clock: FakeClock, builder: ImageBuilder
) -> None:
    """Some say 404 where there are no tags."""
    builder.small(["1"])
    registries.faults.add(Fault(registry="hub", action="tags", status=404, after=1))
    image = ImageConfig("app", "library/app", (TagPattern(glob="*"),), to=(DestinationName.PRIVATE,))
    options = RunOptions(source=registries.hub_url, private=registries.plain("mine"), jobs=4)
    report = run(MirrorConfig((image,)), options, environ={}, listener=Quiet(), clock=clock)
    assert report.images[0].action is Action.FAILED
    assert "tags of" in report.images[0].reason
    assert "HTTP 404" in report.images[0].reason


def test_tokens_that_end_in_the_middle_of_the_run(
    registries: Registries, clock: FakeClock, builder: ImageBuilder
) -> None:
    class Revoking(Quiet):
        def planned(self, results: Any, quota: Any) -> None:
            registries.hub_state.tokens.clear()

    builder.small(["1"])
    store = Store()
    assert mirror(registries, clock, store, listener=Revoking()).images[0].action is Action.COPIED
    assert registries.log.count(registry="hub", action="token") == 2
