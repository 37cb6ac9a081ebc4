"""Platforms of an index's children, and which of them a person means (image-spec, *Image Index*)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

_PART = re.compile(r"[a-z0-9][a-z0-9._-]*")

_DEFAULT_VARIANTS = {"arm64": "v8", "arm": "v7", "amd64": "v1"}
# What an absent variant means, as every container runtime reads it.


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """``os/architecture[/variant]``."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""
    """Only Windows images have one; it never takes part in matching."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The platform written by a person. `ValueError` when it has not two or three parts."""
        parts = text.split("/")
        if len(parts) not in {2, 3} or not all(_PART.fullmatch(part) for part in parts):
            msg = f"not a platform: {text!r} (expected os/architecture or os/architecture/variant, as linux/arm64)"
            raise ValueError(msg)
        return cls(*parts)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The `platform` object of a descriptor; absent members become empty strings."""
        return cls(
            os=str(document.get("os", "")),
            architecture=str(document.get("architecture", "")),
            variant=str(document.get("variant", "")),
            os_version=str(document.get("os.version", "")),
        )

    @property
    def is_unknown(self) -> bool:
        """``unknown/unknown``: BuildKit's mark on attestation manifests."""
        return self.os == "unknown" and self.architecture == "unknown"

    def satisfies(self, wanted: "Platform") -> bool:
        """Whether a child with this platform is what `wanted` asks for.

        ``linux/arm64`` and ``linux/arm64/v8`` are one, and so are ``linux/amd64`` and ``linux/amd64/v1``; ``linux/arm``
        means v7; other variants must be equal.
        """
        return (self.os, self.architecture, self.variant_or_default()) == (
            wanted.os,
            wanted.architecture,
            wanted.variant_or_default(),
        )

    def variant_or_default(self) -> str:
        """The variant, or what its absence means for this architecture."""
        return self.variant or _DEFAULT_VARIANTS.get(self.architecture, "")

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)
