"""One blob from one reader into many uploads, in one pass, with one buffer."""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

from mirror.copier.target import Target
from mirror.errors import MirrorError
from mirror.oci.descriptor import Descriptor
from mirror.registry.lookups import side_by_side
from mirror.registry.protocols import BlobReader, Upload


@dataclass(slots=True)
class Delivery:
    """What became of one pass."""

    delivered: list[Target] = field(default_factory=list)
    """Those that verified and stored the blob."""
    failed: dict[Target, MirrorError] = field(default_factory=dict)
    """Those that did not; the pass went on without them."""


def fan_out(
    source: BlobReader,
    descriptor: Descriptor,
    targets: Sequence[Target],
    side: Executor,
    on_bytes: Callable[[int, int], None],
) -> Delivery:
    """Read the blob once and write it to every target.

    A target that fails is dropped and reported; the others go on. When the *reader* fails (`VerificationError`
    included), every upload is aborted before its end, so nothing wrong is stored, and the error is raised.
    `side` opens the uploads while the download is being opened; `on_bytes(read, written)` is told of every piece.
    """
    result = Delivery()
    opening = {target: side.submit(target.store.open_upload, descriptor) for target in targets}
    uploads: dict[Target, Upload] = {}
    try:
        with source.open_blob(descriptor) as pieces:
            # The first piece is asked for before the uploads are waited for: three round trips side by side.
            piece = next(pieces, None)
            _collect(opening, uploads, result)
            while piece is not None and uploads:
                on_bytes(len(piece), _write(uploads, piece, result))
                piece = next(pieces, None) if uploads else None
    except BaseException:
        _abort(opening, uploads)
        raise
    # Side by side: a registry may take its time to verify what it got.
    for target, error in zip(uploads, side_by_side(side, _commit, list(uploads.values())), strict=True):
        if error is None:
            result.delivered.append(target)
        else:
            result.failed[target] = error
    return result


def _commit(upload: Upload) -> MirrorError | None:
    try:
        upload.commit()
    except MirrorError as err:
        return err
    return None


def _abort(opening: dict[Target, Future[Upload]], uploads: dict[Target, Upload]) -> None:
    for upload in uploads.values():
        upload.abort()
    for future in opening.values():
        if not future.cancel():
            with contextlib.suppress(Exception):  # what else is wrong does not matter any more
                future.result().abort()


def _collect(opening: dict[Target, Future[Upload]], uploads: dict[Target, Upload], result: Delivery) -> None:
    while opening:
        target, future = opening.popitem()
        try:
            uploads[target] = future.result()
        except MirrorError as err:
            result.failed[target] = err


def _write(uploads: dict[Target, Upload], piece: memoryview, result: Delivery) -> int:
    for target in tuple(uploads):
        try:
            uploads[target].write(piece)
        except MirrorError as err:
            uploads.pop(target).abort()
            result.failed[target] = err
    return len(piece) * len(uploads)
