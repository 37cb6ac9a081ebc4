"""Which manifests an index makes a run read, by the index itself or by what Docker Hub's web interface lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest
from mirror.oci.filtering import choose
from mirror.oci.manifest import Manifest
from mirror.oci.platform import Platform
from mirror.registry.hub_tags import ListedTag


@dataclass(frozen=True, slots=True)
class Children:
    """Each digest once."""

    digests: tuple[Digest, ...]
    indexes: frozenset[Digest] = frozenset()
    """Those of them that have children of their own."""
    attestations: tuple[Digest, ...] = ()
    """Some of which are wanted too, it is not known which."""
    attesting: int = 0
    """How many of those."""
    is_sure: bool = True
    """Whether `attesting` is more than a guess."""


def of_index(index: Manifest) -> Children:
    """All that it names."""
    nested = frozenset(child.digest for child in index.children if child.media_type in media_types.INDEXES)
    return Children(tuple(dict.fromkeys(child.digest for child in index.children)), nested)


def of_listing(listed: ListedTag, wanted: Sequence[Platform]) -> Children:
    """What a platform filter leaves of it; `UnsupportedError` when it lacks one of the platforms.

    The list does not say what an attestation attests. BuildKit makes one for each image, or none.
    """
    every = dict.fromkeys(image.digest for image in listed.images)
    if not wanted:
        return Children(tuple(every))
    entries = [Descriptor("", image.digest, image.size, image.platform) for image in listed.images]
    chosen = tuple(dict.fromkeys(entries[number].digest for number in choose(entries, wanted, listed.digest)))
    attestations = tuple(dict.fromkeys(image.digest for image in listed.images if image.platform.is_unknown))
    images = len(every) - len(attestations)
    if len(chosen) == images:
        return Children(tuple(every))
    share = len(chosen) if len(attestations) == images else round(len(attestations) * len(chosen) / images)
    return Children(chosen, attestations=attestations, attesting=share, is_sure=len(attestations) in {0, images})
