"""Lists of referrers, as registries without the API keep them: an index under the tag ``sha256-<hex>``
(distribution-spec, *Referrers Tag Schema*).
"""

import json
from collections.abc import Sequence
from typing import Any

from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.manifest import Manifest, parse_manifest


def described(referrer: Manifest) -> Descriptor:
    """The referrer as such a list has it: with its artifact type, else its config's type, and its annotations."""
    config = referrer.document.get("config")
    kind = referrer.document.get("artifactType") or (config.get("mediaType") if isinstance(config, dict) else "")
    return Descriptor(
        media_type=referrer.media_type,
        digest=referrer.digest,
        size=referrer.size,
        annotations=dict(referrer.annotations),
        artifact_type=str(kind or ""),
    )


def referrers_index(referrers: Sequence[Descriptor]) -> Manifest:
    """The list itself."""
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [_entry(referrer) for referrer in referrers],
    }
    return parse_manifest(json.dumps(document, separators=(",", ":")).encode())


def _entry(referrer: Descriptor) -> dict[str, Any]:
    entry: dict[str, Any] = {"mediaType": referrer.media_type, "digest": referrer.digest, "size": referrer.size}
    if referrer.annotations:
        entry["annotations"] = dict(referrer.annotations)
    if referrer.artifact_type:
        entry["artifactType"] = referrer.artifact_type
    return entry
