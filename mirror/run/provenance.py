"""Records where images came from, for those that want it. Best effort, as everything that is only attached."""

from collections.abc import Sequence
from dataclasses import replace

from mirror.copier.target import Target
from mirror.errors import MirrorError
from mirror.oci.digest import Digest
from mirror.oci.provenance import EMPTY, EMPTY_DESCRIPTOR, provenance
from mirror.planning.survey import Surveyed
from mirror.report.model import Action, ImageResult

_NEW = frozenset({Action.COPIED, Action.RETAGGED})


def record(surveyed: Sequence[Surveyed], results: Sequence[ImageResult], now: str) -> list[ImageResult]:
    """The results, with a note where a record could not be kept. Only of what this run wrote."""
    return [_record(each, result, now) for each, result in zip(surveyed, results, strict=True)]


def _record(each: Surveyed, result: ImageResult, now: str) -> ImageResult:
    if not each.wanted.image.provenance:
        return result
    notes = []
    for target in each.wanted.targets:
        row = next((row for row in result.destinations if row.destination == target.destination), None)
        if row is None or row.action not in _NEW or row.digest is None:
            continue
        try:
            _attach(each, target, row.digest, now)
        except MirrorError as err:
            notes.append(f"{target.destination} does not take the record of provenance: {err}")
    return replace(result, notes=(*result.notes, *notes)) if notes else result


def _attach(each: Surveyed, target: Target, digest: Digest, now: str) -> None:
    subject = target.store.resolve(digest)
    if subject is None or each.upstream is None:
        return
    if target.store.missing_blobs([EMPTY_DESCRIPTOR]):
        upload = target.store.open_upload(EMPTY_DESCRIPTOR)
        upload.write(EMPTY)
        upload.commit()
    selected = each.wanted.selected
    reference = f"{each.wanted.source.name}:{selected.tag}" if selected.tag else each.wanted.source.name
    target.store.push_manifest(provenance(subject, reference=reference, source=each.upstream, mirrored=now))
