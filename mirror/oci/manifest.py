"""Manifests and indexes as they came: the bytes are the truth, the parsed document only a view of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mirror.errors import UnsupportedError, VerificationError
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest, digest_of, hasher, matches

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
"""distribution-spec asks registries to take at least this much, and ECR takes no more."""

ATTESTATION_TYPE = "vnd.docker.reference.type"
ATTESTATION_SUBJECT = "vnd.docker.reference.digest"
"""BuildKit's annotations on an index entry that attests another entry of the same index."""


@dataclass(frozen=True)
class Manifest:
    """One manifest or index, byte for byte."""

    raw: bytes
    digest: Digest
    media_type: str
    document: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Bytes of the document itself, not of what it names."""
        return len(self.raw)

    @property
    def is_index(self) -> bool:
        """Whether it names manifests rather than a config and layers."""
        return self.media_type in media_types.INDEXES

    @property
    def descriptor(self) -> Descriptor:
        """What an index, or a HEAD, would say of it."""
        return Descriptor(media_type=self.media_type, digest=self.digest, size=self.size)

    @cached_property
    def children(self) -> tuple[Descriptor, ...]:
        """An index's entries, in order, duplicates included. Empty for an image manifest."""
        return self._descriptors("manifests") if self.is_index else ()

    @cached_property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Config and layers, each digest once, in order. Empty for an index."""
        if self.is_index:
            return ()
        unique: dict[Digest, Descriptor] = {}
        for descriptor in (
            *self._descriptors("config"),
            *self._descriptors("layers"),
            *self._descriptors("blobs"),
        ):
            unique.setdefault(descriptor.digest, descriptor)
        return tuple(unique.values())

    @cached_property
    def subject(self) -> Descriptor | None:
        """The manifest this one is attached to (a referrer), if any."""
        found = self._descriptors("subject")
        return found[0] if found else None

    @property
    def annotations(self) -> Mapping[str, str]:
        """The document's own annotations."""
        found = self.document.get("annotations")
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, Mapping) else {}

    def _descriptors(self, member: str) -> tuple[Descriptor, ...]:
        value = self.document.get(member)
        if value is None:
            return ()
        entries = [value] if isinstance(value, Mapping) else value
        try:
            return tuple(Descriptor.from_json(entry) for entry in entries)
        except (TypeError, AttributeError, ValueError) as err:
            msg = f"manifest {self.digest}: {member}: {err}"
            raise UnsupportedError(msg) from err


def parse_manifest(raw: bytes, *, media_type: str = "", expected: Digest | None = None) -> Manifest:
    """The manifest in `raw`.

    `media_type` is the answer's Content-Type; the document's own `mediaType` wins, and where both are
    silent the members decide. Raises `VerificationError` when the bytes are not `expected`'s, and
    `UnsupportedError` for schema 1, for what is no JSON object and for unknown types.
    """
    if expected is not None:
        hashed = hasher(expected)
        hashed.update(raw)
        if not matches(expected, hashed):
            what = "manifest"
            raise VerificationError(what, expected=expected, got=digest_of(raw))
    digest = expected or digest_of(raw)
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as err:
        msg = f"manifest {digest} is not JSON"
        raise UnsupportedError(msg) from err
    if not isinstance(document, dict):
        msg = f"manifest {digest} is not a JSON object"
        raise UnsupportedError(msg)
    kind = _media_type(document, media_type.partition(";")[0].strip())
    if kind in media_types.SCHEMA1:
        msg = f"manifest {digest} has the retired schema 1 format ({kind})"
        raise UnsupportedError(
            msg, advice="Docker Hub took its last schema 1 push in 2024; use a newer tag of this image."
        )
    if kind not in media_types.INDEXES | media_types.MANIFESTS:
        msg = f"manifest {digest} has the unknown media type {kind or '(none)'}"
        raise UnsupportedError(msg)
    return Manifest(raw=raw, digest=digest, media_type=kind, document=document)


def _media_type(document: Mapping[str, Any], from_header: str) -> str:
    own = document.get("mediaType")
    if isinstance(own, str) and own:
        return own
    if document.get("schemaVersion") == 1:
        return media_types.DOCKER_SCHEMA1_SIGNED if "signatures" in document else media_types.DOCKER_SCHEMA1
    if from_header in media_types.INDEXES | media_types.MANIFESTS:
        return from_header
    if "manifests" in document:
        return media_types.OCI_INDEX
    if "config" in document and "layers" in document:
        return media_types.OCI_MANIFEST
    return from_header
