"""After the images: what is attached to them, for those that want it."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace

from mirror.copier.attached import Attached, copy_attached
from mirror.copier.image import ImageCopier
from mirror.copier.target import Target
from mirror.oci.digest import Digest
from mirror.planning.survey import Surveyed
from mirror.report.model import Action, ImageResult

_THERE = frozenset({Action.COPIED, Action.RETAGGED, Action.UNCHANGED})


def attach(
    surveyed: Sequence[Surveyed], results: Sequence[ImageResult], copier: ImageCopier, workers: Executor
) -> list[ImageResult]:
    """The results, with what mirroring the attachments of each content added to the first that has it.

    Also for images that did not change: a signature may come days after the image.
    """
    asked = {}
    first: dict[tuple[str, Digest], int] = {}
    for number, (each, result) in enumerate(zip(surveyed, results, strict=True)):
        held = _held(each, result)
        if not each.wanted.image.referrers or each.upstream is None or not held:
            continue
        key = (each.wanted.image.upstream, each.upstream.digest)
        if first.setdefault(key, number) == number:
            asked[number] = workers.submit(_attach, each, held, copier)
    found = list(results)
    for number, answer in asked.items():
        found[number] = _with(found[number], answer.result())
    return found


def _held(each: Surveyed, result: ImageResult) -> dict[Target, Digest]:
    """Which targets have the image now, under which digest."""
    rows = {row.destination: row for row in result.destinations if row.action in _THERE and row.digest}
    return {
        target: row.digest
        for target in each.wanted.targets
        if (row := rows.get(target.destination)) is not None and row.digest is not None
    }


def _attach(each: Surveyed, held: dict[Target, Digest], copier: ImageCopier) -> Attached:
    targets = list(held)
    subjects: list[Digest] = []
    for digest in dict.fromkeys(held.values()):
        index = copier.manifests.free(digest, targets)
        if each.upstream is not None and digest == each.upstream.digest:
            subjects.append(digest)  # nothing upstream is attached to an index that we made ourselves
        subjects += [child.digest for child in index.children] if index is not None else []
    return copy_attached(copier, each.wanted.source, subjects, targets)


def _with(result: ImageResult, attached: Attached) -> ImageResult:
    notes = list(attached.notes)
    if attached.copied:
        notes.append(f"{attached.copied} attached artifacts mirrored")
    return replace(
        result,
        notes=(*result.notes, *notes),
        pulls=result.pulls + attached.pulls,
        bytes_downloaded=result.bytes_downloaded + attached.downloaded,
    )
