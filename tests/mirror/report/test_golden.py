"""What each renderer makes of one report with something of everything. UPDATE_GOLDEN=1 writes the files anew."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mirror.report import cost, json_report, junit, lines, markdown, page
from mirror.report.model import RunReport
from tests import reports

GOLDEN = Path(__file__).with_name("golden")

RENDERERS: dict[str, Callable[[RunReport], str]] = {
    "report.json": json_report.render,
    "junit-1.xml": lambda report: "".join(junit.render(report)),
    "report.md": markdown.render,
    "status.html": lambda report: page.render(report, cost=cost.estimate(report, cost.observed(report.past))),
    "summary.txt": lambda report: "\n".join(lines.summary(report)) + "\n",
    "cost.txt": lambda report: "\n".join(cost.text(cost.estimate(report, cost.observed(report.past)))) + "\n",
}


@pytest.mark.parametrize("name", RENDERERS)
def test_the_view_is_the_golden_file(name: str) -> None:
    content = RENDERERS[name](reports.failing()).encode("utf-8", "replace")
    golden = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(content)
    assert content.decode() == golden.read_text("utf-8")
