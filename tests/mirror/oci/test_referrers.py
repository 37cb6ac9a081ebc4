import json

from mirror.oci import media_types
from mirror.oci.manifest import parse_manifest
from mirror.oci.referrers import described, referrers_index

EMPTY = {"mediaType": media_types.OCI_EMPTY, "digest": "sha256:" + "0" * 64, "size": 2}


def test_a_list_says_of_what_type_its_entries_are() -> None:
    document = {"schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST, "config": EMPTY, "layers": []}
    signature = parse_manifest(
        json.dumps({**document, "artifactType": "x/signature", "annotations": {"a": "b"}}).encode()
    )
    by_config = parse_manifest(json.dumps({**document, "config": {**EMPTY, "mediaType": "x/config"}}).encode())
    index = referrers_index([described(signature), described(by_config)])
    first, second = index.children
    assert (first.digest, first.artifact_type, dict(first.annotations)) == (signature.digest, "x/signature", {"a": "b"})
    assert (second.digest, second.artifact_type, dict(second.annotations)) == (by_config.digest, "x/config", {})
    assert (first.size, first.media_type) == (signature.size, media_types.OCI_MANIFEST)
