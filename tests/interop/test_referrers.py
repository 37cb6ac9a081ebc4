"""Debian's docker-registry has no referrers API: there the list of what is attached is ours to keep, under a tag."""

import json

import pytest

from mirror.config.model import DestinationName, ExplicitTag, ImageConfig, MirrorConfig
from mirror.credentials.registries import Network, open_plain
from mirror.oci import media_types
from mirror.oci.manifest import Manifest, parse_manifest
from mirror.registry.remote import RemoteRepository
from mirror.run import RunOptions, run
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from tests.contract_listener import Quiet
from tests.interop.tools import RealRegistry, Skopeo
from tests.support import FakeClock


def attach(builder: ImageBuilder, subject: Manifest, kind: str) -> Manifest:
    digest = builder.store.put_blob(builder.repository, b"{}")
    empty = {"mediaType": media_types.OCI_EMPTY, "digest": digest, "size": 2}
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "artifactType": f"application/vnd.example.{kind}",
        "config": empty,
        "layers": [empty],
        "subject": {"mediaType": subject.media_type, "digest": subject.digest, "size": subject.size},
    }
    return builder.store.put_raw(builder.repository, json.dumps(document).encode(), media_types.OCI_MANIFEST)


@pytest.fixture
def mirrored(real: RealRegistry, network: Network) -> RemoteRepository:
    return open_plain(network, real.url, option="--private").repository("app")


def mirror(registries: Registries, clock: FakeClock, real: RealRegistry, *tags: str) -> tuple[tuple[str, ...], ...]:
    """Notes of each tag."""
    selectors = tuple(ExplicitTag(tag) for tag in tags or ("1",))
    wish = ImageConfig("app", "library/app", selectors, to=(DestinationName.PRIVATE,), referrers=True)
    options = RunOptions(source=registries.hub_url, private=real.url, jobs=4)
    report = run(MirrorConfig((wish,)), options, environ={}, listener=Quiet(), clock=clock)
    return tuple(image.notes for image in report.images)


def test_attachments_are_listed_under_the_fallback_tag(
    registries: Registries, clock: FakeClock, real: RealRegistry, mirrored: RemoteRepository, skopeo: Skopeo
) -> None:
    builder = ImageBuilder(registries.hub, "library/app")
    image = builder.small(["1"])
    attached = [attach(builder, image, kind) for kind in ("signature", "sbom")]
    for notes in (("2 attached artifacts mirrored",), ()):
        assert mirror(registries, clock, real) == (notes,)
        found = mirrored.referrers(image.digest)
        assert sorted(each.digest for each in found) == sorted(each.digest for each in attached)
        assert {each.artifact_type for each in found} == {
            "application/vnd.example.signature",
            "application/vnd.example.sbom",
        }
    # Others read it as the specification has it.
    raw = skopeo.raw(f"{real.host}/app:{image.digest.replace(':', '-')}")
    assert {entry["digest"] for entry in json.loads(raw)["manifests"]} == {each.digest for each in attached}
    for each in attached:
        assert skopeo.raw(f"{real.host}/app@{each.digest}") == each.raw


def test_cosigns_tags_arrive_byte_for_byte(
    registries: Registries, clock: FakeClock, real: RealRegistry, skopeo: Skopeo
) -> None:
    builder = ImageBuilder(registries.hub, "library/app")
    image = builder.small(["1"])
    tag = image.digest.replace(":", "-") + ".sig"
    signature = builder.image(image.children[0].platform, [], name="signature", tag=tag)  # type: ignore[arg-type]
    assert mirror(registries, clock, real) == (("1 attached artifacts mirrored",),)
    assert skopeo.raw(f"{real.host}/app:{tag}") == signature.raw


def test_what_a_killed_run_had_not_listed_yet_is_listed_by_the_next(
    registries: Registries, clock: FakeClock, real: RealRegistry, mirrored: RemoteRepository
) -> None:
    builder = ImageBuilder(registries.hub, "library/app")
    image = builder.small(["1"])
    attached = [attach(builder, image, kind) for kind in ("signature", "sbom")]
    mirror(registries, clock, real)
    # The manifest was sent, and then the run ended: the list has one entry less.
    listed = mirrored.fetch_manifest(image.digest.replace(":", "-"))
    shorter = {**listed.document, "manifests": listed.document["manifests"][:1]}
    mirrored.push_manifest(parse_manifest(json.dumps(shorter).encode()), tag=image.digest.replace(":", "-"))
    assert len(mirrored.referrers(image.digest)) == 1
    pulls = registries.hub_state.pulls
    mirror(registries, clock, real)
    assert {each.digest for each in mirrored.referrers(image.digest)} == {each.digest for each in attached}
    assert registries.hub_state.pulls == pulls


def test_two_images_that_share_a_platform_write_one_list(
    registries: Registries, clock: FakeClock, real: RealRegistry, mirrored: RemoteRepository
) -> None:
    """Side by side: neither may overwrite what the other listed."""
    builder = ImageBuilder(registries.hub, "library/app")
    child = builder.repository.manifests[builder.small([]).children[0].digest].manifest
    platform = builder.small([]).children[0].platform
    assert platform is not None
    for tag in ("1", "2", "3", "4"):
        other = builder.image(platform, [], name=tag)
        builder.index([(platform, child), (platform, other)], tags=[tag])
    attached = [attach(builder, child, f"kind{number}") for number in range(6)]
    mirror(registries, clock, real, "1", "2", "3", "4")
    assert {each.digest for each in mirrored.referrers(child.digest)} == {each.digest for each in attached}
