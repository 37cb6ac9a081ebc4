"""Signatures and SBOMs go with their image, and never stand in its way."""

import dataclasses
import json
from typing import Any

import pytest

from mirror.config.model import DestinationName, ExplicitDigest, ExplicitTag, ImageConfig, MirrorConfig
from mirror.oci import media_types
from mirror.oci.filtering import MIRRORED, SOURCE_DIGEST, SOURCE_REFERENCE
from mirror.oci.manifest import Manifest
from mirror.oci.platform import Platform
from mirror.oci.referrers import described, referrers_index
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


def test_what_has_something_attached_itself(registries: Registries, clock: FakeClock, image: Manifest) -> None:
    """An SBOM and its signature."""
    builder = ImageBuilder(registries.hub, "library/one")
    sbom = artifact(builder, subject=image, tag=None, text=b"sbom")
    signature = artifact(builder, subject=sbom, tag=None, text=b"signature of the sbom")
    cosigned = artifact(builder, subject=None, tag=sbom.digest.replace(":", "-") + ".sig", text=b"another")
    store = Store()
    report = mirror(registries, clock, registries.plain("mine", store))
    assert report.images[0].notes == ("3 attached artifacts mirrored",)
    mirrored = store.create("one")
    assert [each.digest for each in mirrored.referrers_of(sbom.digest)] == [signature.digest]
    assert mirrored.tags[sbom.digest.replace(":", "-") + ".sig"] == cosigned.digest


def list_by_tag(builder: ImageBuilder, subject: Manifest, *referrers: Manifest) -> None:
    """As clients of a registry without the API do, Docker Hub for one."""
    listed = referrers_index([described(each) for each in referrers])
    tag = subject.digest.replace(":", "-")
    builder.store.put_raw(builder.repository, listed.raw, media_types.OCI_INDEX, tag)


def test_a_source_without_the_api_costs_no_pull_when_nothing_is_new(
    registries: Registries, clock: FakeClock, image: Manifest
) -> None:
    """There the list is a manifest under a tag, and reading that is a pull."""
    registries.hub_state.has_referrers_api = False
    builder = ImageBuilder(registries.hub, "library/one")
    sbom = artifact(builder, subject=image, tag=None, text=b"sbom")
    list_by_tag(builder, image, sbom)
    store = Store()
    url = registries.plain("mine", store)
    assert mirror(registries, clock, url).pulls == registries.hub_state.pulls == 4  # index, child; list, SBOM
    assert [each.digest for each in store.create("one").referrers_of(image.digest)] == [sbom.digest]
    registries.log.clear()
    report = mirror(registries, clock, url)
    assert (report.images[0].action, report.pulls, report.images[0].notes) == (Action.UNCHANGED, 0, ())
    assert registries.log.count(registry="hub", action="referrers") <= 2  # one, and the first to meet the challenge
    assert registries.log.count(registry="hub", method="GET", action="manifest") == 0
    assert registries.log.count(registry="mine", method="PUT") == 0
    late = artifact(builder, subject=image, tag=None, text=b"late")
    list_by_tag(builder, image, sbom, late)
    assert mirror(registries, clock, url).pulls == 2
    assert {each.digest for each in store.create("one").referrers_of(image.digest)} == {sbom.digest, late.digest}
    assert mirror(registries, clock, url).pulls == 0


@pytest.mark.parametrize(("status", "copied"), [(403, True), (500, False)])
def test_a_destination_that_does_not_tell_what_it_lists(
    registries: Registries, clock: FakeClock, image: Manifest, status: int, *, copied: bool
) -> None:
    """Where it may not be asked, what it has is taken for listed; where it cannot tell now, the next run sees to it."""
    sbom = artifact(ImageBuilder(registries.hub, "library/one"), subject=image, tag=None, text=b"sbom")
    store = Store()
    url = registries.plain("mine", store)
    registries.faults.add(Fault(registry="mine", method="GET", action="referrers", status=status, times=10**6))
    report = mirror(registries, clock, url)
    registries.faults.clear()
    assert report.images[0].action is Action.COPIED
    assert (sbom.digest in store.create("one").manifests) is copied
    if not copied:
        assert report.images[0].notes[0].startswith("what is attached was not mirrored to private: ")
        assert mirror(registries, clock, url).images[0].notes == ("1 attached artifacts mirrored",)


def test_one_that_is_refused_does_not_keep_the_others_away(
    registries: Registries, clock: FakeClock, image: Manifest
) -> None:
    registries.hub_state.has_referrers_api = False
    builder = ImageBuilder(registries.hub, "library/one")
    refused, taken = (artifact(builder, subject=image, tag=None, text=text) for text in (b"refused", b"taken"))
    list_by_tag(builder, image, refused, taken)
    store = Store()
    url = registries.plain("mine", store)
    registries.faults.add(Fault(registry="mine", method="PUT", reference=refused.digest, status=405))
    report = mirror(registries, clock, url)
    assert report.images[0].action is Action.COPIED
    assert [each.digest for each in store.create("one").referrers_of(image.digest)] == [taken.digest]
    assert mirror(registries, clock, url).images[0].notes == ("1 attached artifacts mirrored",)  # it is tried again
    assert mirror(registries, clock, url).pulls == 0


def test_ecr_takes_no_artefacts_of_some_kinds_and_the_image_all_the_same(
    registries: Registries, clock: FakeClock, image: Manifest, aws_environment: None
) -> None:
    artifact(ImageBuilder(registries.hub, "library/one"), subject=image, tag=None, text=b"sbom")
    registries.private[REGION].create_repository("one")
    report = run(
        MirrorConfig((IMAGE,)),
        RunOptions(source=registries.hub_url, jobs=2),
        environ={},
        listener=Quiet(),
        clock=clock,
    )
    assert report.images[0].action is Action.COPIED
    (note,) = report.images[0].notes
    assert note.startswith("application/vnd.example.sbom was not mirrored: manifest sha256:")
    assert "HTTP 405 (UNSUPPORTED" in note


def test_many_attachments_are_asked_for_in_one_question(
    registries: Registries, clock: FakeClock, image: Manifest, aws_environment: None
) -> None:
    """ECR tells all tags of a repository at once; not once for each signature."""
    builder = ImageBuilder(registries.hub, "library/one")
    for subject in (image.digest, image.children[0].digest):
        for suffix in ("sig", "att", "sbom"):
            tag = f"{subject.replace(':', '-')}.{suffix}"
            builder.image(AMD64, [Layer(tag, 9)], name=tag, tag=tag)  # of a kind that ECR takes
    registries.private[REGION].create_repository("one")
    config = MirrorConfig((IMAGE,))
    options = RunOptions(source=registries.hub_url, jobs=2)
    run(config, options, environ={}, listener=Quiet(), clock=clock)
    registries.log.clear()
    report = run(config, options, environ={}, listener=Quiet(), clock=clock)
    assert report.images[0].action is Action.UNCHANGED
    assert registries.log.count(registry="private", reference="DescribeImages") <= 4
    assert registries.log.count(registry="private", method="PUT") == 0
    assert report.pulls == 0


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


def recorded(store: Store) -> list[Manifest]:
    mirrored = store.create("one")
    return [each for digest in set(mirrored.tags.values()) for each in mirrored.referrers_of(digest)]


def test_what_could_not_be_recorded_is_recorded_by_the_next_run(
    registries: Registries, clock: FakeClock, image: Manifest
) -> None:
    """The run was killed between the two, say."""
    wish = dataclasses.replace(IMAGE, referrers=False, provenance=True)
    store = Store()
    options = RunOptions(source=registries.hub_url, private=registries.plain("mine", store), jobs=2)
    registries.faults.add(Fault(registry="mine", method="PUT", action="manifest", after=2, status=403))
    report = run(MirrorConfig((wish,)), options, environ={}, listener=Quiet(), clock=clock)
    assert report.images[0].action is Action.COPIED
    assert report.images[0].notes[0].startswith("private does not take the record of provenance: ")
    assert recorded(store) == []
    for _ in range(2):
        report = run(MirrorConfig((wish,)), options, environ={}, listener=Quiet(), clock=clock)
        assert (report.images[0].action, report.images[0].notes) == (Action.UNCHANGED, ())
        assert len(recorded(store)) == 1


def test_every_reference_of_one_content_is_recorded_by_its_name(registries: Registries, clock: FakeClock) -> None:
    index = ImageBuilder(registries.hub, "library/one").small(["1", "1.0"], platforms=("linux/amd64", "linux/arm64"))
    selectors = (ExplicitTag("1"), ExplicitTag("1.0"), ExplicitDigest(index.digest))
    wish = dataclasses.replace(IMAGE, selectors=selectors, referrers=False, provenance=True, platforms=(AMD64,))
    store = Store()
    options = RunOptions(source=registries.hub_url, private=registries.plain("mine", store), jobs=2)
    run(MirrorConfig((wish,)), options, environ={}, listener=Quiet(), clock=clock)
    host = registries.hub_url.partition("://")[2]
    assert sorted(each.annotations[SOURCE_REFERENCE] for each in recorded(store)) == [
        f"{host}/library/one:1",
        f"{host}/library/one:1.0",
        f"{host}/library/one@{index.digest}",
    ]
