"""A JSON report read back in full.

`mirror.report.earlier` reads reports of any age, leniently, for what stays true of them; here is all of one that this
very version wrote some minutes ago: costs, notes, times.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mirror.oci.digest import Digest, parse_digest
from mirror.registry.protocols import PullQuota
from mirror.report.json_report import VERSION
from mirror.report.model import Action, Blob, DestinationResult, ImageResult, RunReport


def decode(document: Mapping[str, Any]) -> RunReport:
    """The report that `json_report.document` was made of, without its history.

    `KeyError`, `TypeError`, `ValueError` or `AttributeError` for anything else.
    """
    if document["version"] != VERSION:
        raise ValueError(f"report version {document['version']}")
    blobs = [Blob(parse_digest(each["digest"]), int(each["size"])) for each in document["blobs"]]
    return RunReport(
        started=_moment(document["started"]),
        finished=_moment(document["finished"]),
        dry_run=bool(document["dryRun"]),
        images=tuple(_image(each, blobs) for each in document["images"]),
        quota_before=_quota(document["quotaBefore"]),
        quota_after=_quota(document["quotaAfter"]),
        anonymous=bool(document["anonymous"]),
        notes=tuple(document["notes"]),
        build=document["build"],
        build_url=document["buildUrl"],
    )


def _image(entry: Mapping[str, Any], blobs: Sequence[Blob]) -> ImageResult:
    return ImageResult(
        reference=entry["reference"],
        destinations=tuple(_destination(each) for each in entry["destinations"]),
        source_digest=_digest(entry["sourceDigest"]),
        platforms=tuple(entry["platforms"]),
        size=entry["size"],
        blobs=tuple(blobs[number] for number in entry["blobs"]),
        moved_at=_maybe(entry["movedAt"]),
        bytes_downloaded=entry["bytesDownloaded"],
        pulls=entry["pulls"],
        seconds=entry["seconds"],
        notes=tuple(entry["notes"]),
        reason=entry["reason"],
        advice=entry["advice"],
        seen_at=_maybe(entry["seenAt"]),
    )


def _destination(entry: Mapping[str, Any]) -> DestinationResult:
    return DestinationResult(
        destination=entry["destination"],
        reference=entry["reference"],
        action=Action(entry["action"]),
        digest=_digest(entry["digest"]),
        bytes_uploaded=entry["bytesUploaded"],
        reason=entry["reason"],
        advice=entry["advice"],
        mirrored_at=_maybe(entry["mirroredAt"]),
        drift=entry["drift"],
        found=_digest(entry["found"]),
    )


def _quota(entry: Mapping[str, Any] | None) -> PullQuota | None:
    if entry is None:
        return None
    return PullQuota(int(entry["limit"]), int(entry["remaining"]), int(entry["windowSeconds"]))


def _digest(value: str | None) -> Digest | None:
    return None if value is None else parse_digest(value)


def _maybe(value: str | None) -> datetime | None:
    return None if value is None else _moment(value)


def _moment(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(f"a time without its zone: {value}")
    return found
