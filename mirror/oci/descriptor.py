"""Descriptors: the only currency between the engine's parts (image-spec, *Content Descriptors*)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from mirror.oci.digest import Digest, parse_digest
from mirror.oci.platform import Platform


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Names content by type, digest and size."""

    media_type: str
    digest: Digest
    size: int
    """Bytes; a promise that every reader checks."""
    platform: Platform | None = None
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
    artifact_type: str = ""
    urls: tuple[str, ...] = ()
    """Where a foreign layer really lives; empty for everything a registry holds."""

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The descriptor in `document`. `ValueError` when digest, size or media type are absent or malformed."""
        size = document.get("size")
        media_type = document.get("mediaType")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            msg = f"a descriptor's size must be a whole number of bytes, got {size!r}"
            raise ValueError(msg)
        if not isinstance(media_type, str):
            msg = f"a descriptor's mediaType must be a string, got {media_type!r}"
            raise ValueError(msg)  # noqa: TRY004 - a document from outside, not an argument of the wrong type
        platform = document.get("platform")
        annotations = document.get("annotations") or {}
        urls = document.get("urls") or ()
        return cls(
            media_type=media_type,
            digest=parse_digest(str(document.get("digest", ""))),
            size=size,
            platform=Platform.from_json(platform) if isinstance(platform, Mapping) else None,
            annotations={str(key): str(value) for key, value in dict(annotations).items()},
            artifact_type=str(document.get("artifactType") or ""),
            urls=tuple(str(url) for url in urls),
        )
