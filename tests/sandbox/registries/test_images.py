import json
import zlib

from mirror.oci import media_types
from mirror.oci.digest import Digest
from mirror.oci.manifest import ATTESTATION_SUBJECT, ATTESTATION_TYPE
from mirror.oci.platform import Platform
from sandbox.registries.images import KIB, ImageBuilder, Layer, content
from sandbox.registries.store import Store

AMD64 = Platform.parse("linux/amd64")


def test_a_layer_is_always_the_same_and_hard_to_compress() -> None:
    layer = content(Layer("one", 64 * KIB))
    assert layer == content(Layer("one", 64 * KIB)) != content(Layer("two", 64 * KIB))
    assert len(zlib.compress(layer)) > 0.99 * len(layer)


def test_the_same_image_twice_is_one() -> None:
    first, second = (ImageBuilder(Store(), "app") for _ in range(2))
    one = first.multi_platform(["linux/amd64", "linux/arm64"], base="b", name="n", tags=["1"], attested=True)
    two = second.multi_platform(["linux/amd64", "linux/arm64"], base="b", name="n", tags=["1"], attested=True)
    assert one.raw == two.raw
    assert first.store.blobs == second.store.blobs


def test_an_index_names_its_platforms() -> None:
    builder = ImageBuilder(Store(), "app")
    index = builder.multi_platform(["linux/amd64", "linux/arm/v7"], base="b", name="n", tags=["1", "latest"])
    assert [entry["platform"] for entry in index.document["manifests"]] == [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm", "os": "linux", "variant": "v7"},
    ]
    assert builder.repository.tags == {"1": index.digest, "latest": index.digest}
    for child in index.children:
        stored = builder.repository.manifests[child.digest].manifest
        assert (stored.media_type, stored.size) == (child.media_type, child.size)


def test_images_of_one_base_share_its_layer() -> None:
    builder = ImageBuilder(Store(), "app")
    blobs = []
    for name in ("one", "two"):
        index = builder.multi_platform(["linux/amd64"], base="debian", name=name, tags=[name])
        blobs.append({blob.digest for blob in builder.repository.manifests[index.children[0].digest].manifest.blobs})
    assert len(blobs[0] & blobs[1]) == 1


def test_attestations_point_at_what_they_attest() -> None:
    builder = ImageBuilder(Store(), "app")
    index = builder.multi_platform(["linux/amd64", "linux/arm64"], base="b", name="n", tags=["1"], attested=True)
    images, attestations = index.document["manifests"][:2], index.document["manifests"][2:]
    assert [entry["annotations"] for entry in attestations] == [
        {ATTESTATION_TYPE: "attestation-manifest", ATTESTATION_SUBJECT: entry["digest"]} for entry in images
    ]
    assert {json.dumps(entry["platform"]) for entry in attestations} == {'{"architecture": "unknown", "os": "unknown"}'}


def test_docker_images_have_dockers_types() -> None:
    builder = ImageBuilder(Store(), "app")
    manifest = builder.image(AMD64, [Layer("one", KIB)], docker=True, tag="1")
    assert manifest.media_type == media_types.DOCKER_MANIFEST
    assert manifest.document["config"]["mediaType"] == media_types.DOCKER_CONFIG
    index = builder.index([(AMD64, manifest)], docker=True)
    assert index.media_type == media_types.DOCKER_INDEX


def test_everything_that_a_manifest_names_is_there() -> None:
    builder = ImageBuilder(Store(), "app")
    builder.multi_platform(["linux/amd64", "linux/arm64"], base="b", name="n", tags=["1"], attested=True)
    named: set[Digest] = set()
    for stored in builder.repository.manifests.values():
        named |= {blob.digest for blob in stored.manifest.blobs}
        assert all(child.digest in builder.repository.manifests for child in stored.manifest.children)
    assert named == builder.repository.blobs
