"""Records where images came from, for those that want it. Best effort, as everything that is only attached."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime

from mirror.copier.target import Target
from mirror.errors import MirrorError
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest
from mirror.oci.filtering import SOURCE_DIGEST, SOURCE_REFERENCE
from mirror.oci.provenance import ARTIFACT_TYPE, EMPTY, EMPTY_DESCRIPTOR, provenance
from mirror.planning.survey import Surveyed
from mirror.registry.lookups import side_by_side
from mirror.registry.protocols import Referrers
from mirror.report.model import Action, ImageResult

_NEW = frozenset({Action.COPIED, Action.RETAGGED})
_THERE = _NEW | {Action.UNCHANGED}


def record(surveyed: Sequence[Surveyed], results: Sequence[ImageResult], now: str, side: Executor) -> list[ImageResult]:
    """The results, with a note where a record could not be kept.

    What an earlier run mirrored and could not record any more is recorded now, with the time at which the registry got
    it, where that tells.
    """
    pairs = list(zip(surveyed, results, strict=True))
    return side_by_side(side, lambda pair: _record(*pair, now), pairs)


def _record(each: Surveyed, result: ImageResult, now: str) -> ImageResult:
    if not each.wanted.image.provenance or each.upstream is None:
        return result
    notes = []
    rows = {row.destination: row for row in result.destinations if row.action in _THERE}
    for target in each.wanted.targets:
        row = rows.get(target.destination)
        if row is None or row.digest is None:
            continue
        is_new = row.action in _NEW
        pushed = each.pushed.get(target)
        mirrored = (
            now if is_new or pushed is None else datetime.fromtimestamp(pushed, UTC).isoformat(timespec="seconds")
        )
        try:
            _attach(each, each.upstream, target, row.digest, mirrored)
        except MirrorError as err:
            if is_new:  # and not with every run that follows
                notes.append(f"{target.destination} does not take the record of provenance: {err}")
    return replace(result, notes=(*result.notes, *notes)) if notes else result


def _attach(each: Surveyed, upstream: Descriptor, target: Target, digest: Digest, mirrored: str) -> None:
    reference = each.wanted.source_reference
    if _is_recorded(target, digest, {SOURCE_REFERENCE: reference, SOURCE_DIGEST: upstream.digest}):
        return
    subject = target.store.resolve(digest)
    if subject is None:
        return
    if target.store.missing_blobs([EMPTY_DESCRIPTOR]):
        upload = target.store.open_upload(EMPTY_DESCRIPTOR)
        upload.write(EMPTY)
        upload.commit()
    target.store.push_manifest(provenance(subject, reference=reference, source=upstream, mirrored=mirrored))


def _is_recorded(target: Target, digest: Digest, said: dict[str, str]) -> bool:
    if not isinstance(target.store, Referrers):
        return False
    records = (each for each in target.store.referrers(digest) if each.artifact_type == ARTIFACT_TYPE)
    return any(said.items() <= each.annotations.items() for each in records)
