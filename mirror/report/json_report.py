"""The report as JSON: for machines, and for the pages that later runs make of it.

`mirror-report.schema.json`, beside `mirror.schema.json`, is its shape.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mirror.registry.protocols import PullQuota
from mirror.report.model import Blob, DestinationResult, ImageResult, Past, RunReport, count_actions
from mirror.report.views import View

VERSION = 1
"""Raised when a member changes its meaning or goes away; new members do not raise it."""


def render(report: RunReport) -> str:
    """The document, indented, with a newline at its end."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: RunReport) -> dict[str, Any]:
    """The document as plain values. Times are ISO 8601 in UTC, sizes bytes, durations seconds."""
    # Layers are shared by many images: each is written once and named by its position.
    blobs = {
        blob: number
        for number, blob in enumerate(dict.fromkeys(b for i in (*report.images, *report.others) for b in i.blobs))
    }
    return {
        "version": VERSION,
        "started": report.started.isoformat(timespec="seconds"),
        "finished": report.finished.isoformat(timespec="seconds"),
        "seconds": round(report.seconds, 3),
        "dryRun": report.dry_run,
        "anonymous": report.anonymous,
        "build": report.build,
        "buildUrl": report.build_url,
        "pulls": report.pulls,
        "bytesDownloaded": report.bytes_downloaded,
        "bytesUploaded": report.bytes_uploaded,
        "counts": {str(action): count for action, count in count_actions(report.images).items()},
        "quotaBefore": _quota(report.quota_before),
        "quotaAfter": _quota(report.quota_after),
        "notes": list(report.notes),
        "images": [_image(image, blobs) for image in report.images],
        "others": [_image(image, blobs) for image in report.others],
        "history": [_past(run) for run in report.past],
        "blobs": [{"digest": blob.digest, "size": blob.size} for blob in blobs],
    }


def _quota(quota: PullQuota | None) -> dict[str, Any] | None:
    if quota is None:
        return None
    return {"limit": quota.limit, "remaining": quota.remaining, "windowSeconds": quota.window_seconds}


def _image(image: ImageResult, blobs: Mapping[Blob, int]) -> dict[str, Any]:
    return {
        "reference": image.reference,
        "action": str(image.action),
        "sourceDigest": image.source_digest,
        "platforms": list(image.platforms),
        "size": image.size,
        "blobs": [blobs[blob] for blob in image.blobs],
        "movedAt": _time(image.moved_at),
        "seenAt": _time(image.seen_at),
        "bytesDownloaded": image.bytes_downloaded,
        "pulls": image.pulls,
        "certainty": str(image.certainty),
        "seconds": round(image.seconds, 3),
        "notes": list(image.notes),
        "reason": image.reason,
        "advice": image.advice,
        "destinations": [_destination(each) for each in image.destinations],
    }


def _destination(result: DestinationResult) -> dict[str, Any]:
    return {
        "destination": result.destination,
        "reference": result.reference,
        "action": str(result.action),
        "digest": result.digest,
        "mirroredAt": _time(result.mirrored_at),
        "drift": result.drift,
        "found": result.found,
        "bytesUploaded": result.bytes_uploaded,
        "reason": result.reason,
        "advice": result.advice,
    }


def _past(run: Past) -> dict[str, Any]:
    return {
        "started": _time(run.started),
        "seconds": round(run.seconds, 3),
        "references": run.references,
        "failed": run.failed,
        "changed": run.changed,
        "pulls": run.pulls,
        "bytesDownloaded": run.bytes_downloaded,
        "remaining": run.remaining,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


VIEW = View("report", "json", "application/json", lambda report, _: [render(report)])
