"""What images have in common: layers are stored and sent once, so sizes do not simply add up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mirror.report.model import Blob, ImageResult

NAMED = 5
"""References, and blobs, named as shared with an image."""
_COMMON = 200
# A layer that so many references hold says nothing about any one of them, and comparing all pairs would take long.


@dataclass(frozen=True, slots=True)
class Shared:
    """One reference's part."""

    shared: int = 0
    """Bytes that other references hold too."""
    others: tuple[tuple[str, int], ...] = ()
    """Those that have most in common with it, with the bytes; a few of them."""
    layers: tuple[tuple[Blob, int], ...] = ()
    """The largest of the blobs that are shared, with how many references hold each; a few of them."""


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
    shared = {blob: len(holders[blob]) for blob in images[number].blobs if len(holders[blob]) > 1}
    for blob, count in shared.items():
        for other in holders[blob] if count <= _COMMON else ():
            common[other] = common.get(other, 0) + blob.size
    common.pop(number, None)
    most = sorted(common.items(), key=lambda each: (-each[1], each[0]))[:NAMED]
    largest = sorted(shared.items(), key=lambda each: -each[0].size)[:NAMED]
    return Shared(
        shared=sum(blob.size for blob in shared),
        others=tuple((images[other].reference, size) for other, size in most),
        layers=tuple(largest),
    )
