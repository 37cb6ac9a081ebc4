"""An index with only some of its platforms (image-spec, *Image Index*): new bytes, a new digest, the same children."""

import json
from collections.abc import Mapping, Sequence

from mirror.errors import UnsupportedError
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.manifest import ATTESTATION_SUBJECT, Manifest, parse_manifest
from mirror.oci.platform import Platform

SOURCE_DIGEST = "dev.hub-mirror.source.digest"
"""Annotation: the digest of the index that this one was made of. A later run sees by it that nothing changed."""
SOURCE_REFERENCE = "dev.hub-mirror.source.reference"
"""Annotation: what it was mirrored from, ``docker.io/library/maven:3.9``."""
MIRRORED = "dev.hub-mirror.mirrored"
"""Annotation: when, in RFC 3339."""
PLATFORMS = "dev.hub-mirror.platforms"
"""Annotation: the platforms that were asked for, so that another wish makes another index."""


def filter_index(
    index: Manifest, wanted: Sequence[Platform], *, provenance: Mapping[str, str] | None = None
) -> Manifest:
    """The index reduced to `wanted`, with the attestations of the children that stay, annotated with `provenance`.

    What is no index, and an index that has nothing else, is returned as it is. `UnsupportedError` names every wanted
    platform that does not exist, and those that do.
    """
    if not index.is_index or not wanted:
        return index
    kept = choose(index.children, wanted, index.digest)
    if len(kept) == len(index.children):
        return index
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        **({"artifactType": index.document["artifactType"]} if "artifactType" in index.document else {}),
        "manifests": [entry for number, entry in enumerate(index.document["manifests"]) if number in kept],
        "annotations": {
            **index.annotations,
            **(provenance or {}),
            SOURCE_DIGEST: index.digest,
            PLATFORMS: wish(wanted),
        },
    }
    # No spaces, members in a fixed order: the same index, wish and provenance always give the same bytes.
    return parse_manifest(json.dumps(document, separators=(",", ":")).encode())


def wish(wanted: Sequence[Platform]) -> str:
    """The platforms as the annotation writes them."""
    return ",".join(sorted(str(platform) for platform in wanted))


def choose(children: Sequence[Descriptor], wanted: Sequence[Platform], index: str) -> set[int]:
    """Positions of the children that stay: those of the wanted platforms, and what attests them.

    `UnsupportedError` as `filter_index` raises it; `index` is the digest that it names.
    """
    platforms = [child.platform for child in children]
    missing = [each for each in wanted if not any(platform and platform.satisfies(each) for platform in platforms)]
    if missing:
        there = dict.fromkeys(str(platform) for platform in platforms if platform and not platform.is_unknown)
        names = ", ".join(str(each) for each in missing)
        raise UnsupportedError(
            f"index {index} has no {names}; it has {', '.join(there) or 'no platforms at all'}",
            advice="Change platforms: in mirror.yaml for this image.",
        )
    chosen = {
        number
        for number, platform in enumerate(platforms)
        if platform and any(platform.satisfies(each) for each in wanted)
    }
    digests = {children[number].digest for number in chosen}
    attesting = {
        number for number, child in enumerate(children) if child.annotations.get(ATTESTATION_SUBJECT) in digests
    }
    return chosen | attesting
