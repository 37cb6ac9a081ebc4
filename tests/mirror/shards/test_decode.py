import dataclasses
import json
from typing import Any

import pytest

from mirror.report import json_report
from mirror.report.model import RunReport
from mirror.shards.decode import decode
from tests import reports


def document(report: RunReport) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json_report.render(report).encode("utf-8", "replace"))
    return found


@pytest.mark.parametrize("report", [reports.small(), reports.large(30), reports.report(dry_run=True)])
def test_a_report_comes_back_as_it_was(report: RunReport) -> None:
    assert decode(document(report)) == dataclasses.replace(report, past=())


def test_what_no_encoding_has_comes_back_as_a_question_mark() -> None:
    found = decode(document(reports.failing()))
    (evil,) = (image for image in found.images if image.reference.startswith("evil"))
    assert evil.destinations[0].reason.endswith("?")
    assert [image.action for image in found.images] == [image.action for image in reports.failing().images]


def test_every_member_that_is_missing_is_noticed() -> None:
    for name in ("version", "started", "finished", "dryRun", "images", "quotaBefore", "anonymous", "notes", "blobs"):
        broken = document(reports.small())
        del broken[name]
        with pytest.raises(KeyError):
            decode(broken)


@pytest.mark.parametrize(
    ("member", "value"),
    [("version", 2), ("started", "2026-11-24T03:00:00"), ("blobs", [{"digest": "nope", "size": 1}])],
)
def test_what_is_no_report_is_noticed(member: str, value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds, all of which a caller takes for one
        decode({**document(reports.small()), member: value})
