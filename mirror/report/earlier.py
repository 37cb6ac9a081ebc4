"""Reading a JSON report back into the result model.

Leniently: another version, a broken file or a hand-made one is passed over, whole or in part. Losing an earlier report
does no harm beyond what a view then does not know.
"""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mirror.oci.digest import Digest, parse_digest
from mirror.report.json_report import VERSION
from mirror.report.model import Action, Blob, DestinationResult, ImageResult, Past

_MOST = 10**18
# Above any size or count there is; a larger number is somebody's joke.


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run left to this one."""

    finished: datetime
    images: Mapping[str, ImageResult] = field(default_factory=dict)
    """By reference: its own, and those that it had from runs before it."""
    past: tuple[Past, ...] = ()


def load(text: bytes | str) -> dict[str, Any] | None:
    """The document, when it is a report that this version understands."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        return None
    return document


def read(document: Mapping[str, Any]) -> Earlier | None:
    """What can be read of it; `None` when it does not even say when it was written."""
    finished = _moment(document.get("finished"))
    if finished is None:
        return None
    blobs = [_blob(each) for each in _items(document.get("blobs"))]
    entries = [*_items(document.get("others")), *_items(document.get("images"))]
    found = [image for entry in entries if (image := _image(entry, blobs, finished)) is not None]
    runs = [run for entry in _items(document.get("history")) if (run := _past(entry)) is not None]
    return Earlier(finished, {image.reference: image for image in found}, tuple(runs))


def _moment(value: object) -> datetime | None:
    """The time in a report; `None` unless it is one with a time zone."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError, OverflowError):
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else None
    return None


def _number(value: object) -> float | None:
    """A size, count or duration; `None` unless it is one."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _MOST:
        return value
    return None


def _items(value: object) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def _image(entry: object, blobs: Sequence[Blob | None], finished: datetime) -> ImageResult | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("reference"), str):
        return None
    size = _number(entry.get("size"))
    positions = [each for each in _items(entry.get("blobs")) if isinstance(each, int) and 0 <= each < len(blobs)]
    destinations = [_destination(each) for each in _items(entry.get("destinations"))]
    return ImageResult(
        reference=entry["reference"],
        destinations=tuple(each for each in destinations if each is not None),
        source_digest=_digest(entry.get("sourceDigest")),
        platforms=tuple(each for each in _items(entry.get("platforms")) if isinstance(each, str)),
        size=None if size is None else int(size),
        blobs=tuple(blob for position in positions if (blob := blobs[position]) is not None),
        moved_at=_moment(entry.get("movedAt")),
        reason=_text(entry.get("reason")),
        advice=_text(entry.get("advice")),
        seen_at=_moment(entry.get("seenAt")) or finished,
    )


def _destination(entry: object) -> DestinationResult | None:
    if not isinstance(entry, Mapping) or entry.get("action") not in [str(action) for action in Action]:
        return None
    return DestinationResult(
        destination=_text(entry.get("destination")),
        reference=_text(entry.get("reference")),
        action=Action(entry["action"]),
        digest=_digest(entry.get("digest")),
        reason=_text(entry.get("reason")),
        advice=_text(entry.get("advice")),
        mirrored_at=_moment(entry.get("mirroredAt")),
        drift=_text(entry.get("drift")),
    )


def _past(entry: object) -> Past | None:
    started = _moment(entry.get("started")) if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or started is None:
        return None
    remaining = _number(entry.get("remaining"))
    names = ("references", "failed", "changed", "pulls", "bytesDownloaded")
    references, failed, changed, pulls, downloaded = (int(_number(entry.get(name)) or 0) for name in names)
    return Past(
        started=started,
        seconds=_number(entry.get("seconds")) or 0.0,
        references=references,
        failed=failed,
        changed=changed,
        pulls=pulls,
        bytes_downloaded=downloaded,
        remaining=None if remaining is None else int(remaining),
    )


def _blob(entry: object) -> Blob | None:
    if not isinstance(entry, Mapping):
        return None
    digest, size = _digest(entry.get("digest")), _number(entry.get("size"))
    return Blob(digest, int(size)) if digest is not None and size is not None else None


def _digest(value: object) -> Digest | None:
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return parse_digest(value)
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
