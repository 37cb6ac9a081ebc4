"""What the page's table is made of, as JSON inside the page."""

import json
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from mirror.report.lines import TO_DO
from mirror.report.model import DestinationResult, ImageResult, RunReport
from mirror.report.sharing import Shared, sharing

MIN_RUNS = 4
"""That tell how often there is one."""

_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
# Inside a script element only `</script` and `<!--` end or change anything; without a `<` there is neither.


def data(report: RunReport) -> str:
    """The rows, safe inside a script element."""
    images = (*report.images, *report.others)
    common = sharing(images)
    rows = [_row(image, common) for image in images]
    document = {"rows": rows, "finished": _time(report.finished), "every": _every(report), "names": _names(report)}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def _names(report: RunReport) -> dict[str, str]:
    """What is shown for some states: a plan has not copied anything."""
    return {str(action): name for action, name in TO_DO.items()} if report.dry_run else {}


def _every(report: RunReport) -> float | None:
    """Minutes from one of the last runs to the next, in the middle; `None` when there are too few to tell."""
    starts = [run.started for run in report.past]
    if report.dry_run or len(starts) < MIN_RUNS:
        return None
    return round(median((after - before).total_seconds() / 60 for before, after in pairwise(starts)), 1)


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
        "layers": [(blob.digest, blob.size, images) for blob, images in shared.layers],
        "moved": _time(image.moved_at),
        "seen": _time(image.seen_at),
        "pulls": image.pulls,
        "about": image.certainty.prefix if image.pulls else "",
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
