"""One batch at a time: a second one would spend pulls on what the first is about to copy.

CodeBuild has no such limit for batches (its limit counts builds, and refuses those of the first batch as well). So a
batch writes down that it is at work, until when at most, and one that a schedule started does nothing when it finds
this. It is a hint, as all that batches leave: of two that look at the same moment both go on, which costs pulls and
harms nothing.
"""

import json
from datetime import UTC, datetime, timedelta

from mirror.publish import Shelf
from mirror.shards.files import FOLDER, VERSION

NAME = f"{FOLDER}running.json"


def take_turn(shelf: Shelf, batch: str, *, hold: timedelta, now: datetime, yields: bool) -> str:
    """The batch that is at work; empty: from now on it is this one, for `hold` at most. `MirrorError`.

    One that does not yield is at work whatever there is.
    """
    other, until = _read(shelf)
    if yields and other and other != batch and until > now:
        return other
    _write(shelf, batch, now + hold)
    return ""


def end_turn(shelf: Shelf, batch: str) -> None:
    """This batch is done. `MirrorError`."""
    holder, _ = _read(shelf)
    if holder == batch:
        _write(shelf, "", datetime.fromtimestamp(0, UTC))


def _read(shelf: Shelf) -> tuple[str, datetime]:
    """What cannot be understood is nobody's turn."""
    nobody = ("", datetime.fromtimestamp(0, UTC))
    content = shelf.read(NAME)
    if content is None:
        return nobody
    try:
        document = json.loads(content)
        if document["version"] != VERSION:
            return nobody
        return str(document["batch"]), datetime.fromisoformat(document["until"]).astimezone(UTC)
    except (ValueError, KeyError, TypeError, OverflowError):
        return nobody


def _write(shelf: Shelf, batch: str, until: datetime) -> None:
    document = {"version": VERSION, "batch": batch, "until": until.isoformat(timespec="seconds")}
    shelf.write(NAME, json.dumps(document).encode(), "application/json")
