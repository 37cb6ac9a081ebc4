"""What registries hold beside what one expects: each ends well, or with an honest line."""

import json
from typing import Any

import pytest

from mirror.config.model import DestinationName, ExplicitTag, ImageConfig, MirrorConfig
from mirror.oci import media_types
from mirror.oci.manifest import MAX_MANIFEST_BYTES, Manifest
from mirror.oci.platform import Platform
from mirror.report.model import Action, RunReport
from mirror.run import RunOptions, run
from sandbox.registries.images import ImageBuilder, Layer
from sandbox.registries.server import Registries
from sandbox.registries.store import Store
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
        assert "larger than 4194304 bytes" in report.images[0].destinations[0].reason


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
