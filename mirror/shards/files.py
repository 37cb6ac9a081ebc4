"""What the builds of one batch leave for each other, as files on the shelf that keeps reports.

``shards/<batch>/division.json`` is who takes what; ``shards/<batch>/part-<n>.json`` what became of it. All of them are
this program's own writing: one that is not as it should be is as good as none, and said to be.
"""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from mirror import settings
from mirror.errors import MirrorError
from mirror.publish import Shelf
from mirror.report import json_report
from mirror.report.model import RunReport
from mirror.shards.decode import decode

FOLDER = "shards/"
VERSION = 1

_JSON = "application/json"
_INITIATOR = "CODEBUILD_INITIATOR"
# Of a batch's builds it is the batch role and the name of its session, which each batch has of its own.


class FileError(MirrorError):
    """A file of the batch is there, but is none that this version wrote."""


def batch_name(environ: Mapping[str, str]) -> str:
    """What tells this batch from others, the same in all of its builds."""
    name = environ.get(settings.BATCH, "").strip() or environ.get(_INITIATOR, "")
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "local"


@dataclass(frozen=True, slots=True)
class Division:
    """Who takes what."""

    id: str
    """Told by each part, so that parts of another division are not taken for this one's."""
    shards: int
    shard_of: Mapping[str, int]
    """By image name."""
    weights: tuple[int, ...] = ()
    """Bytes, by shard."""
    pulls: tuple[int, ...] | None = None
    """What each shard may spend at most; `None`: nobody knows what is left."""
    planned: RunReport | None = None
    """What a run on one machine would have done."""
    yields_to: str = ""
    """Another batch that is at work: this one does nothing."""

    @classmethod
    def read(cls, shelf: Shelf, batch: str) -> Self | None:
        """The one that was written for this batch; `None` when there is none. `MirrorError` when nobody can tell."""
        name = f"{FOLDER}{batch}/division.json"
        content = shelf.read(name)
        if content is None:
            return None
        document = _load(content, name)
        try:
            pulls = document["pulls"]
            return cls(
                id=str(document["id"]),
                shards=int(document["shards"]),
                shard_of={str(key): int(value) for key, value in document["shardOf"].items()},
                weights=tuple(int(each) for each in document["weights"]),
                pulls=None if pulls is None else tuple(int(each) for each in pulls),
                planned=decode(document["planned"]) if document["planned"] is not None else None,
                yields_to=str(document["yieldsTo"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as err:
            raise FileError(f"{name} is not a division: {err!r}") from err

    def write(self, shelf: Shelf, batch: str) -> None:
        """Keep it for the shards."""
        planned = json_report.document(self.planned) if self.planned is not None else None
        _write(
            shelf,
            f"{FOLDER}{batch}/division.json",
            {
                "id": self.id,
                "shards": self.shards,
                "shardOf": dict(self.shard_of),
                "weights": list(self.weights),
                "pulls": None if self.pulls is None else list(self.pulls),
                "planned": planned,
                "yieldsTo": self.yields_to,
            },
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one shard's images."""

    division: str
    """The id of the division that it went by; empty: it found none."""
    shard: int
    shards: int
    report: RunReport = field(repr=False)

    @classmethod
    def read(cls, shelf: Shelf, batch: str, shard: int) -> Self | None:
        """The part of that shard; `None` when it left none. `MirrorError` when nobody can tell."""
        name = f"{FOLDER}{batch}/part-{shard}.json"
        content = shelf.read(name)
        if content is None:
            return None
        document = _load(content, name)
        try:
            report = decode(document["report"])
            return cls(str(document["division"]), int(document["shard"]), int(document["shards"]), report)
        except (KeyError, TypeError, ValueError, AttributeError) as err:
            raise FileError(f"{name} is not a shard's report: {err!r}") from err

    def write(self, shelf: Shelf, batch: str) -> None:
        """Keep it for the build that combines."""
        _write(
            shelf,
            f"{FOLDER}{batch}/part-{self.shard}.json",
            {
                "division": self.division,
                "shard": self.shard,
                "shards": self.shards,
                "report": json_report.document(self.report),
            },
        )


def new_id(environ: Mapping[str, str]) -> str:
    """An id for a division: the build that made it, where there is one."""
    return environ.get("CODEBUILD_BUILD_ID") or str(uuid.uuid4())


def _load(content: bytes, name: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as err:
        raise FileError(f"{name} is not JSON") from err
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise FileError(f"{name} is of another version of this program")
    return document


def _write(shelf: Shelf, name: str, document: Mapping[str, Any]) -> None:
    text = json.dumps({"version": VERSION, **document}, ensure_ascii=False)
    # JSON from a registry can hold halves of surrogate pairs, which no encoding has.
    shelf.write(name, text.encode("utf-8", "replace"), _JSON)
