"""A record of where an image came from, attached to it as a referrer (image-spec, *Guidelines for Artifact Usage*)."""

import json

from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from mirror.oci.filtering import MIRRORED, SOURCE_DIGEST, SOURCE_REFERENCE
from mirror.oci.manifest import Manifest, parse_manifest

ARTIFACT_TYPE = "application/vnd.hub-mirror.provenance.v1"

EMPTY = b"{}"
EMPTY_DESCRIPTOR = Descriptor(media_types.OCI_EMPTY, digest_of(EMPTY), len(EMPTY))
"""What an artefact without content of its own names as config and layer: registries want at least one of each."""


def provenance(subject: Descriptor, *, reference: str, source: Descriptor, mirrored: str) -> Manifest:
    """The record: its annotations say from which reference and digest, and when (RFC 3339)."""
    empty = {"mediaType": EMPTY_DESCRIPTOR.media_type, "digest": EMPTY_DESCRIPTOR.digest, "size": EMPTY_DESCRIPTOR.size}
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "artifactType": ARTIFACT_TYPE,
        "config": empty,
        "layers": [empty],
        "subject": {"mediaType": subject.media_type, "digest": subject.digest, "size": subject.size},
        "annotations": {SOURCE_REFERENCE: reference, SOURCE_DIGEST: source.digest, MIRRORED: mirrored},
    }
    return parse_manifest(json.dumps(document, separators=(",", ":")).encode())
