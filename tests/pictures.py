"""The pictures of the status page in the docs, taken anew: `python -m tests.pictures`."""

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mirror.report.cost import estimate, observed
from mirror.report.model import Action, ImageResult, RunReport
from mirror.report.page import render
from tests import reports
from tests.browser import chromium, open_tab

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SIZE = {"width": 1280, "height": 1000}

_WELL = (
    ("maven:3.9-eclipse-temurin-21", Action.COPIED, 214, False),
    ("eclipse-temurin:21-jre", Action.RETAGGED, 95, True),
    ("eclipse-temurin:21.0.8_9-jre", Action.RETAGGED, 95, True),
    ("alpine:3.22", Action.UNCHANGED, 31, False),
    ("bitnami/redis:7.4", Action.UNCHANGED, 62, False),
    ("golang:1.25", Action.UNCHANGED, 305, False),
    ("node:22", Action.UNCHANGED, 388, True),
    ("openjdk:11-jre-slim", Action.UNCHANGED, 74, False),
    ("postgres:17", Action.UNCHANGED, 154, True),
    ("python:3.13-slim", Action.UNCHANGED, 45, False),
)


def _image(reference: str, action: Action, mib: int, *, both: bool, **words: str) -> ImageResult:
    places = [reports.place(reference, action, **words)]
    if both:
        places.append(reports.place(reference, action, registry=reports.PRIVATE))
    return reports.image(reference, *places, mib=mib)


def well() -> RunReport:
    """A run as most are."""
    images = [_image(name, action, mib, both=both) for name, action, mib, both in _WELL]
    return _told(reports.report(*images))


def failing() -> RunReport:
    """The other kind."""
    words = {
        "node:22": (
            Action.FAILED,
            "denied: the role may not do ecr-public:PutImage on node",
            "Deploy the stacks again.",
        ),
        "postgres:17": (
            Action.DEFERRED,
            "9 pulls needed, 6 may be spent: 186 of 200 left, 180 kept",
            "Nothing: the next run goes on from here.",
        ),
        "openjdk:11-jre-slim": (Action.GONE, "the tag no longer exists upstream; the mirror keeps its copy", ""),
    }
    images = []
    for name, action, mib, both in _WELL:
        now, reason, advice = words.get(name, (action, "", ""))
        drift = "changed to sha256:5e9f41c07a3b in the registry after 2026-11-23 21:01 UTC, not by the mirror"
        changed = {"drift": drift} if name == "alpine:3.22" else {}
        now = Action.RETAGGED if changed else now
        images.append(_image(name, now, mib, both=both, reason=reason, advice=advice, **changed))
    return _told(reports.report(*images))


def _told(report: RunReport) -> RunReport:
    past = (*report.past[:-1], replace(report.past[-1], failed=len(report.with_action(Action.FAILED))))
    return replace(report, past=past)


def main() -> None:
    """Write the files."""
    with chromium() as browser, tempfile.TemporaryDirectory() as directory:
        for name, report, scheme in (("status-page", well(), "light"), ("status-page-failing", failing(), "dark")):
            file = Path(directory) / f"{name}.html"
            file.write_text(render(report, cost=estimate(report, observed(report.past))), encoding="utf-8")
            tab = open_tab(
                browser, file.as_uri(), now=reports.START + timedelta(minutes=20), color_scheme=scheme, **SIZE
            )
            tab.page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
