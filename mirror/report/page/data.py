"""What the page's table is made of, as JSON inside the page."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mirror.report.model import DestinationResult, ImageResult, RunReport
from mirror.report.sharing import Shared, sharing

_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
# Inside a script element only `</script` and `<!--` end or change anything; without a `<` there is neither.


def data(report: RunReport) -> str:
    """The rows, safe inside a script element."""
    images = (*report.images, *report.others)
    common = sharing(images)
    rows = [_row(image, common) for image in images]
    return json.dumps({"rows": rows}, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def _row(image: ImageResult, common: Mapping[str, Shared]) -> dict[str, Any]:
    shared = common.get(image.reference, Shared())
    reasons = dict.fromkeys(each.reason for each in image.destinations if each.reason)
    return {
        "name": image.reference,
        "state": str(image.action),
        "digest": image.source_digest,
        "platforms": list(image.platforms),
        "size": image.size,
        "shared": shared.shared,
        "with": shared.others,
        "moved": _time(image.moved_at),
        "seen": _time(image.seen_at),
        "pulls": image.pulls,
        "why": [*reasons, *([image.reason] if image.reason else []), *image.notes],
        "places": [_place(each) for each in image.destinations],
    }


def _place(result: DestinationResult) -> dict[str, Any]:
    return {
        "name": result.destination,
        "pull": result.reference,
        "state": str(result.action),
        "digest": result.digest,
        "at": _time(result.mirrored_at),
        "drift": result.drift,
    }


def _time(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None
