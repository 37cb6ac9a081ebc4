import json
from typing import Any

import pytest

from mirror.errors import UnsupportedError, VerificationError
from mirror.oci import media_types
from mirror.oci.digest import digest_of
from mirror.oci.manifest import parse_manifest

A, B, C = ("sha256:" + letter * 64 for letter in "abc")


def raw(**members: Any) -> bytes:
    return json.dumps({"schemaVersion": 2, **members}).encode()


def descriptor(digest: str, kind: str = "x") -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest, "size": 1}


IMAGE = raw(
    mediaType=media_types.OCI_MANIFEST, config=descriptor(A), layers=[descriptor(B), descriptor(B), descriptor(C)]
)
INDEX = raw(mediaType=media_types.OCI_INDEX, manifests=[descriptor(A), descriptor(A)])


def test_an_image_names_its_blobs_once_each() -> None:
    manifest = parse_manifest(IMAGE)
    assert [blob.digest for blob in manifest.blobs] == [A, B, C]
    assert manifest.children == ()
    assert (manifest.digest, manifest.size) == (digest_of(IMAGE), len(IMAGE))
    assert manifest.descriptor.media_type == media_types.OCI_MANIFEST


def test_an_index_names_its_children_as_they_stand() -> None:
    index = parse_manifest(INDEX)
    assert [child.digest for child in index.children] == [A, A]
    assert index.blobs == ()
    assert index.is_index


@pytest.mark.parametrize(
    ("document", "header", "kind"),
    [
        (IMAGE, "application/json", media_types.OCI_MANIFEST),
        (raw(manifests=[]), media_types.DOCKER_INDEX + "; charset=utf-8", media_types.DOCKER_INDEX),
        (raw(manifests=[]), "", media_types.OCI_INDEX),
        (raw(config=descriptor(A), layers=[]), "text/plain", media_types.OCI_MANIFEST),
    ],
)
def test_the_document_says_what_it_is_then_the_header_then_the_members(document: bytes, header: str, kind: str) -> None:
    assert parse_manifest(document, media_type=header).media_type == kind


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (b"not json", "is not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"schemaVersion": 1, "fsLayers": []}', "schema 1"),
        (b'{"schemaVersion": 1, "signatures": []}', "schema 1"),
        (raw(mediaType="application/vnd.wasm"), "unknown media type application/vnd.wasm"),
        (raw(), r"unknown media type \(none\)"),
    ],
)
def test_what_cannot_be_mirrored_says_why(document: bytes, complaint: str) -> None:
    with pytest.raises(UnsupportedError, match=complaint):
        parse_manifest(document)


def test_schema_1_comes_with_advice() -> None:
    with pytest.raises(UnsupportedError) as caught:
        parse_manifest(b'{"schemaVersion": 1}', media_type=media_types.DOCKER_SCHEMA1_SIGNED)
    assert caught.value.advice is not None


def test_other_bytes_than_expected_are_refused() -> None:
    with pytest.raises(VerificationError) as caught:
        parse_manifest(IMAGE, expected=digest_of(INDEX))
    assert (caught.value.expected, caught.value.got) == (digest_of(INDEX), digest_of(IMAGE))


@pytest.mark.parametrize("member", [5, "x", [5], [{"digest": "x"}]])
def test_malformed_descriptors_are_an_error_of_the_content(member: Any) -> None:
    manifest = parse_manifest(raw(mediaType=media_types.OCI_MANIFEST, layers=member))
    with pytest.raises(UnsupportedError, match="layers"):
        _ = manifest.blobs


def test_a_referrer_names_its_subject() -> None:
    manifest = parse_manifest(
        raw(mediaType=media_types.OCI_MANIFEST, subject=descriptor(A), annotations={"org.example": "x"})
    )
    assert manifest.subject is not None
    assert manifest.subject.digest == A
    assert manifest.annotations == {"org.example": "x"}
    assert parse_manifest(IMAGE).subject is None
