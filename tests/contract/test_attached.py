"""Signatures and SBOMs go with their image, and never stand in its way."""

import json
from typing import Any

import pytest

from mirror.config.model import DestinationName, ExplicitTag, ImageConfig, MirrorConfig
from mirror.oci import media_types
from mirror.oci.filtering import MIRRORED, SOURCE_DIGEST, SOURCE_REFERENCE
from mirror.oci.manifest import Manifest
from mirror.oci.platform import Platform
from mirror.report.model import Action, RunReport
from mirror.run import RunOptions, run
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.registries.store import Store
from tests.contract_listener import Quiet
from tests.support import FakeClock

IMAGE = ImageConfig("one", "library/one", (ExplicitTag("1"),), to=(DestinationName.PRIVATE,), referrers=True)


def artifact(builder: ImageBuilder, *, subject: Manifest | None, tag: str | None, text: bytes) -> Manifest:
    store, repository = builder.store, builder.repository
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": {"mediaType": media_types.OCI_EMPTY, "digest": store.put_blob(repository, b"{}"), "size": 2},
        "layers": [{"mediaType": "text/plain", "digest": store.put_blob(repository, text), "size": len(text)}],
    }
    if subject is not None:
        document["artifactType"] = "application/vnd.example.sbom"
        document["subject"] = {"mediaType": subject.media_type, "digest": subject.digest, "size": subject.size}
    return store.put_raw(repository, json.dumps(document).encode(), media_types.OCI_MANIFEST, tag)


@pytest.fixture
def image(registries: Registries) -> Manifest:
    return ImageBuilder(registries.hub, "library/one").small(["1"])


def mirror(registries: Registries, clock: FakeClock, url: str) -> RunReport:
    options = RunOptions(source=registries.hub_url, private=url, jobs=2)
    return run(MirrorConfig((IMAGE,)), options, environ={}, listener=Quiet(), clock=clock)


def test_they_are_mirrored_with_the_image_and_found_there(
    registries: Registries, clock: FakeClock, image: Manifest
) -> None:
    builder = ImageBuilder(registries.hub, "library/one")
    signature = artifact(builder, subject=None, tag=image.digest.replace(":", "-") + ".sig", text=b"signature")
    sbom = artifact(builder, subject=image, tag=None, text=b"sbom")
    of_child = artifact(
        builder, subject=builder.repository.manifests[image.children[0].digest].manifest, tag=None, text=b"c"
    )
    store = Store()
    report = mirror(registries, clock, registries.plain("mine", store))
    mirrored = store.create("one")
    assert mirrored.tags[image.digest.replace(":", "-") + ".sig"] == signature.digest
    assert [each.digest for each in mirrored.referrers_of(image.digest)] == [sbom.digest]
    assert [each.digest for each in mirrored.referrers_of(image.children[0].digest)] == [of_child.digest]
    assert report.images[0].notes == ("3 attached artifacts mirrored",)
    assert report.pulls == registries.hub_state.pulls == 5


def test_what_is_there_costs_nothing_the_second_time(registries: Registries, clock: FakeClock, image: Manifest) -> None:
    builder = ImageBuilder(registries.hub, "library/one")
    artifact(builder, subject=image, tag=None, text=b"sbom")
    url = registries.plain("mine")
    mirror(registries, clock, url)
    before = registries.hub_state.pulls
    report = mirror(registries, clock, url)
    assert report.images[0].action is Action.UNCHANGED
    assert registries.hub_state.pulls == before
    # One that came later is mirrored although the image did not change.
    late = artifact(builder, subject=image, tag=None, text=b"later")
    assert mirror(registries, clock, url).images[0].notes == ("1 attached artifacts mirrored",)
    assert late.digest in builder.repository.manifests


def test_a_registry_that_refuses_one_does_not_fail_the_image(
    registries: Registries, clock: FakeClock, image: Manifest
) -> None:
    sbom = artifact(ImageBuilder(registries.hub, "library/one"), subject=image, tag=None, text=b"sbom")
    url = registries.plain("mine")
    refusal = b'{"errors": [{"code": "UNSUPPORTED", "message": "Invalid JSON syntax"}]}'
    registries.faults.add(Fault(registry="mine", method="PUT", reference=sbom.digest, status=405, body=refusal))
    report = mirror(registries, clock, url)
    assert report.images[0].action is Action.COPIED
    assert any("was not mirrored" in note for note in report.images[0].notes)


def test_without_the_wish_nothing_is_asked(registries: Registries, clock: FakeClock, image: Manifest) -> None:
    artifact(ImageBuilder(registries.hub, "library/one"), subject=image, tag=None, text=b"sbom")
    plain = ImageConfig("one", "library/one", (ExplicitTag("1"),), to=(DestinationName.PRIVATE,))
    options = RunOptions(source=registries.hub_url, private=registries.plain("mine"), jobs=2)
    run(MirrorConfig((plain,)), options, environ={}, listener=Quiet(), clock=clock)
    assert "GET referrers" not in registries.log.summary("hub")


@pytest.mark.parametrize("platforms", [(), (Platform("linux", "arm64"),)])
def test_where_an_image_came_from_is_recorded_on_request(
    registries: Registries, clock: FakeClock, platforms: tuple[Platform, ...]
) -> None:
    index = ImageBuilder(registries.hub, "library/one").small(["1"], platforms=("linux/amd64", "linux/arm64"))
    wish = ImageConfig(
        "one",
        "library/one",
        (ExplicitTag("1"),),
        to=(DestinationName.PRIVATE,),
        platforms=platforms,
        provenance=True,
    )
    store = Store()
    options = RunOptions(source=registries.hub_url, private=registries.plain("mine", store), jobs=2)
    for _ in range(2):
        run(MirrorConfig((wish,)), options, environ={}, listener=Quiet(), clock=clock)
    mirrored = store.create("one")
    (found,) = mirrored.referrers_of(mirrored.tags["1"])  # once, though the run was repeated
    assert found.annotations[SOURCE_DIGEST] == index.digest
    assert found.annotations[SOURCE_REFERENCE].endswith("library/one:1")
    assert found.annotations[MIRRORED].startswith("2027-")
    annotations = mirrored.manifests[mirrored.tags["1"]].manifest.annotations
    assert (SOURCE_REFERENCE in annotations) == bool(platforms)
