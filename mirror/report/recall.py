"""What the last report knew and this run did not ask again.

An unchanged run reads no manifest, so it learns neither sizes nor platforms. They belong to a digest and cannot
change, so the last report's are as good. When a tag moved or was written is likewise known from the run that saw it.
The report is told of nothing that was not seen: without an earlier one the fields stay empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from mirror.oci.digest import Digest, short
from mirror.report.earlier import Earlier
from mirror.report.history import history
from mirror.report.model import Action, DestinationResult, ImageResult, RunReport

_WRITTEN = frozenset({Action.COPIED, Action.RETAGGED})
_STOOD = frozenset({Action.COPIED, Action.RETAGGED, Action.UNCHANGED, Action.KEPT})
# After these the tag was in the registry as the report has it.


def recall(report: RunReport, earlier: Earlier | None, *, partial: bool = False) -> RunReport:
    """The report with what `earlier` adds to it.

    After a `partial` run, which was asked about some references only, the others are as they were before.
    """
    before = earlier.images if earlier else {}
    since = earlier.finished if earlier else report.started
    images = tuple(_image(image, before.get(image.reference), report, since) for image in report.images)
    images = _of_one_content(images, before.values())
    asked = {image.reference for image in images}
    others = tuple(image for name, image in before.items() if name not in asked) if partial else ()
    past = history(earlier.past if earlier else (), report)
    return replace(report, images=images, others=others, past=past)


def _image(image: ImageResult, before: ImageResult | None, report: RunReport, since: datetime) -> ImageResult:
    source, old = image.source_digest, before.source_digest if before else None
    places = {each.destination: each for each in before.destinations} if before else {}
    stayed = source is not None and source == old
    destinations = tuple(
        _destination(each, places.get(each.destination), report, since if stayed else None)
        for each in image.destinations
    )
    image = replace(image, destinations=destinations)
    if before is None:
        return image
    moved = report.started if source and old and not stayed else before.moved_at if stayed else None
    image = replace(image, moved_at=image.moved_at or moved)
    return _with_content(image, before) if stayed and _same_content(image, before) else image


def _of_one_content(images: Sequence[ImageResult], before: Iterable[ImageResult]) -> tuple[ImageResult, ...]:
    """A tag that came to point at what another tag was copied for was only set, so nothing was read for it."""
    known: dict[tuple[Digest | None, frozenset[Digest]], ImageResult] = {}
    for image in (*images, *before):
        if image.blobs and (held := _held(image)):
            known.setdefault((image.source_digest, held), image)
    found = ((image, known.get((image.source_digest, _held(image)))) for image in images)
    return tuple(_with_content(image, other) if other is not None else image for image, other in found)


def _held(image: ImageResult) -> frozenset[Digest]:
    return frozenset(each.digest for each in image.destinations if each.digest)


def _with_content(image: ImageResult, known: ImageResult) -> ImageResult:
    """What is not known of the image, from one with the same content."""
    if image.size is not None and (image.blobs or not known.blobs):  # as exact as the other's
        return replace(image, platforms=image.platforms or known.platforms)
    return replace(
        image, size=known.size, platforms=image.platforms or known.platforms, blobs=image.blobs or known.blobs
    )


def _same_content(image: ImageResult, before: ImageResult) -> bool:
    """A platform filter makes another index of the same source, with another size."""
    held = {each.destination: each.digest for each in before.destinations}
    return all(held.get(each.destination, each.digest) == each.digest for each in image.destinations if each.digest)


def _destination(
    result: DestinationResult, before: DestinationResult | None, report: RunReport, since: datetime | None
) -> DestinationResult:
    """`since` is when the source was last seen at this digest; `None` where it was not."""
    written = result.action in _WRITTEN
    same = before is not None and result.digest is not None and before.digest == result.digest
    if written and since is not None and before is not None and before.action in _STOOD:
        result = replace(result, drift=result.drift or _drift(before.digest, result.found, since))
    if written and not report.dry_run:
        return replace(result, mirrored_at=result.mirrored_at or report.finished)
    if before is not None and same:
        return replace(result, mirrored_at=result.mirrored_at or before.mirrored_at)
    return result


def _drift(left: Digest | None, found: Digest | None, since: datetime) -> str:
    """The source did not move and the mirror had done its work: what is not as it left it, somebody else wrote."""
    if left is None or found == left:
        return ""
    what = f"changed to {short(found)}" if found is not None else "deleted"
    return f"{what} in the registry after {since:%Y-%m-%d %H:%M} UTC, not by the mirror"
