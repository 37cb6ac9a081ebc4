"""What images have in common: layers are stored and sent once, so sizes do not simply add up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mirror.report.model import Blob, ImageResult

NAMED = 5
"""References named as sharing with an image."""
_COMMON = 200
# A layer that so many references hold says nothing about any one of them, and comparing all pairs would take long.


@dataclass(frozen=True, slots=True)
class Shared:
    """One reference's part."""

    shared: int = 0
    """Bytes that other references hold too."""
    others: tuple[tuple[str, int], ...] = ()
    """Those that have most in common with it, with the bytes; a few of them."""


def unique_bytes(images: Iterable[ImageResult]) -> int:
    """Bytes of all blobs, each counted once."""
    return sum(blob.size for blob in {blob for image in images for blob in image.blobs})


def sharing(images: Sequence[ImageResult]) -> Mapping[str, Shared]:
    """By reference; those whose blobs are not known are left out."""
    holders: dict[Blob, list[int]] = {}
    for number, image in enumerate(images):
        for blob in dict.fromkeys(image.blobs):
            holders.setdefault(blob, []).append(number)
    return {image.reference: _of(number, images, holders) for number, image in enumerate(images) if image.blobs}


def _of(number: int, images: Sequence[ImageResult], holders: Mapping[Blob, Sequence[int]]) -> Shared:
    common: dict[int, int] = {}
    shared = 0
    for blob in dict.fromkeys(images[number].blobs):
        having = holders[blob]
        if len(having) > 1:
            shared += blob.size
            for other in having if len(having) <= _COMMON else ():
                common[other] = common.get(other, 0) + blob.size
    common.pop(number, None)
    most = sorted(common.items(), key=lambda each: (-each[1], each[0]))[:NAMED]
    return Shared(shared, tuple((images[other].reference, size) for other, size in most))
