"""What each renderer makes of one report with something of everything. UPDATE_GOLDEN=1 writes the files anew."""

import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from mirror.copier.progress import Moved
from mirror.publish.metrics import metrics
from mirror.report import cost, lines
from mirror.report.events import Opening
from mirror.report.model import RunReport
from mirror.report.text import TextLog
from mirror.report.views import views
from tests import reports
from tests.support import FakeClock

GOLDEN = Path(__file__).with_name("golden")


def log(report: RunReport) -> str:
    """The whole log of a run that came to this report."""
    said: list[str] = []
    clock = FakeClock()
    view = TextLog(said.append, clock=clock.monotonic)
    where = {"private": reports.PRIVATE, "public": reports.PUBLIC}
    view.started(Opening(len(report.images), "docker.io", where, user="me", deadline_seconds=3300.0, keep_pulls=10))
    view.planned(report.images, report.quota_before)
    changed = [image for image in report.images if lines.is_to_do(image)]
    for number, image in enumerate(changed):
        for second in range(6):
            clock.now += 1
            read = (number * 6 + second) * 10 * reports.MIB
            view.moving(Moved(read, read, len(changed) * 60 * reports.MIB))
        view.finished(image)
    view.ended(report)
    return "\n".join(said) + "\n"


TEXTS: dict[str, Callable[[RunReport], str]] = {
    "log-failing.txt": log,
    "summary.txt": lambda report: "\n".join(lines.summary(report)) + "\n",
    "cost.txt": lambda report: "\n".join(cost.text(cost.estimate(report, cost.observed(report.past)))) + "\n",
    "metrics.json": lambda report: json.dumps(metrics(report, partial=False), indent=2, sort_keys=True) + "\n",
}
"""Renderers that make no file of their own."""


@cache
def rendered() -> Mapping[str, bytes]:
    """All that there is, by name: a view that is added brings its own."""
    report = reports.failing()
    files = {name: text for view in views() for name, text in view.files(report, cost.observed(report.past)).items()}
    files |= {name: render(report).encode("utf-8", "replace") for name, render in TEXTS.items()}
    return files | {"log-well.txt": log(reports.small()).encode()}


@pytest.mark.parametrize("name", rendered())
def test_the_view_is_the_golden_file(name: str) -> None:
    golden = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(rendered()[name])
    assert rendered()[name].decode() == golden.read_text("utf-8")


def test_there_is_no_golden_file_of_nothing() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(rendered())
