"""How large things are, for an estimate of costs, without spending a pull.

Of what a destination holds its manifests tell exactly, with the layers that images share. Of what is to be copied the
forecast tells how many bytes are to be read, which is Docker Hub's word. What neither tells stays unknown.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from mirror.copier.target import Target
from mirror.errors import MirrorError
from mirror.oci.digest import Digest
from mirror.oci.manifest import Manifest
from mirror.planning.survey import Surveyed
from mirror.report.model import Action, Blob, ImageResult

_DEPTH = 3
# An index, its children, and one more for whoever nests them.


@dataclass(frozen=True, slots=True)
class _Size:
    size: int
    blobs: tuple[Blob, ...] = ()
    platforms: tuple[str, ...] = ()


def measure(surveyed: Sequence[Surveyed], images: Sequence[ImageResult], workers: Executor) -> list[ImageResult]:
    """The results of a plan with sizes, as far as they are known. Nothing is raised."""
    asked = [workers.submit(_held, each) for each in surveyed]
    # Of several tags of one digest only one is charged what is to be read.
    to_read = {image.source_digest: image.bytes_downloaded for image in images if image.bytes_downloaded}
    return [_with(image, answer.result(), to_read) for image, answer in zip(images, asked, strict=True)]


def _with(image: ImageResult, held: _Size | None, to_read: Mapping[Digest | None, int]) -> ImageResult:
    if held is not None:
        return replace(image, size=held.size, blobs=held.blobs, platforms=held.platforms or image.platforms)
    if image.action in {Action.COPIED, Action.RETAGGED} and image.source_digest in to_read:
        return replace(image, size=to_read[image.source_digest])
    return image


def _held(each: Surveyed) -> _Size | None:
    """What the tag points at where it is as it should be, or what it will point at where the content is."""
    there = [(target, each.held.get(target)) for target in (*each.current, *each.kept)]
    if each.upstream is not None and not each.is_filtered:
        there += [(target, each.upstream.digest) for target in each.holders]
    for target, digest in there:
        if digest is not None:
            try:
                return _size(_tree(target, digest, _DEPTH))
            except MirrorError:
                continue  # perhaps the next one tells
    return None


def _tree(target: Target, digest: Digest, depth: int) -> list[Manifest]:
    manifest = target.store.fetch_manifest(digest)
    children = manifest.children if depth > 1 else ()
    return [manifest, *(each for child in children for each in _tree(target, child.digest, depth - 1))]


def _size(tree: Sequence[Manifest]) -> _Size:
    manifests = {each.digest: each.size for each in tree}
    blobs = {blob.digest: blob.size for each in tree for blob in each.blobs if not blob.urls}
    platforms = (child.platform for child in tree[0].children)
    names = dict.fromkeys(str(platform) for platform in platforms if platform and not platform.is_unknown)
    total = sum({**manifests, **blobs}.values())
    return _Size(total, tuple(Blob(digest, size) for digest, size in blobs.items()), tuple(names))
