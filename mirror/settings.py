"""Environment variables: the only channel for what is known no sooner than at deploy, or typed into the console.

Each name is defined here, once; stacks and buildspecs take them from here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from mirror.errors import ConfigError, Problem

IMAGES = "MIRROR_IMAGES"
"""Only these references: comma- or newline-separated, also ones that mirror.yaml does not select."""
SCOPE = "MIRROR_SCOPE"
"""Only images whose names match one of these globs, comma- or newline-separated: what a schedule passes. References
that a person typed come before it."""
DRY_RUN = "MIRROR_DRY_RUN"
"""Plan and report, change nothing."""
SOURCE = "MIRROR_SOURCE"
"""URL of another registry to read Docker Hub's repositories from."""
DEADLINE_SECONDS = "MIRROR_DEADLINE_SECONDS"
"""Seconds after which the run stops cleanly; what is left is done by the next one."""
REPORT_DIR = "MIRROR_REPORT_DIR"
"""Where report files go."""
REPORT_BUCKET = "MIRROR_REPORT_BUCKET"
"""The bucket that keeps the status page and the reports, and remembers them for the next run."""

DOCTOR = "MIRROR_DOCTOR"
"""Before the run, check all that it needs and say what is wrong with it."""

STEP = "MIRROR_STEP"
"""What a build of a batch does, in words of the command line: ``shard 2/4``. The buildspec reads it; a build that a
person starts has none, and mirrors everything by itself."""
BATCH = "MIRROR_BATCH"
"""What the builds of one batch have in common. CodeBuild's need none: their initiator tells."""

YIELD = "MIRROR_YIELD"
"""A batch does nothing while another one is at work: what schedules pass. Who starts one by hand wants it to run."""

METRICS = "MIRROR_METRICS"
"""The value of the metrics' dimension `METRIC_DIMENSION`; absent: no metrics are written."""

HUB_USERNAME = "MIRROR_DOCKER_HUB_USERNAME"
HUB_TOKEN = "MIRROR_DOCKER_HUB_TOKEN"  # noqa: S105 - the variable's name, not its value
"""Docker Hub credentials for laptops and other CI systems. A CodeBuild project reads Secrets Manager instead."""

ALL = (IMAGES, SCOPE, DRY_RUN, SOURCE, DEADLINE_SECONDS, REPORT_DIR, REPORT_BUCKET, METRICS, DOCTOR, STEP, BATCH, YIELD)

METRIC_NAMESPACE = "HubMirror"
"""The role may write into this one only."""
METRIC_DIMENSION = "Project"
IMAGES_MIRRORED = "ImagesMirrored"
"""Tags that are as they should be when the run ends, whether or not something had to be done."""
IMAGES_FAILED = "ImagesFailed"
IMAGES_DEFERRED = "ImagesDeferred"
STALE_SECONDS = "StaleSeconds"
"""How long the tag that is furthest behind has been behind upstream; 0 when none is."""
BYTES_DOWNLOADED = "BytesDownloaded"
RUNS_SUCCEEDED = "RunsSucceeded"
"""1 for a batch in which nothing failed, else 0. A run in one build has CodeBuild's own count of builds."""
PULLS_USED = "PullsUsed"
PULLS_REMAINING = "PullsRemaining"
"""Docker Hub's own count at the end; not written where it sends none."""

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The engine's environment, checked."""

    images: tuple[str, ...] = ()
    """References as written; empty means all that the configuration selects."""
    scope: tuple[str, ...] = ()
    """Globs as written; empty means all images."""
    dry_run: bool = False
    doctor: bool = False
    yields: bool = False
    source: str | None = None
    deadline_seconds: float | None = None
    report_dir: str | None = None
    report_bucket: str | None = None
    metrics: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """The settings in `environ`; absent and empty variables mean the default. `ConfigError` names every bad one."""
        problems: list[Problem] = []
        dry_run = _switch(DRY_RUN, environ, problems)
        doctor = _switch(DOCTOR, environ, problems)
        yields = _switch(YIELD, environ, problems)
        deadline = _seconds(environ.get(DEADLINE_SECONDS, "").strip(), problems)
        if problems:
            source = "environment"
            raise ConfigError(source, tuple(problems))
        return cls(
            images=tuple(_listed(environ.get(IMAGES, ""))),
            scope=tuple(_listed(environ.get(SCOPE, ""))),
            dry_run=dry_run,
            doctor=doctor,
            yields=yields,
            source=environ.get(SOURCE, "").strip() or None,
            deadline_seconds=deadline,
            report_dir=environ.get(REPORT_DIR, "").strip() or None,
            report_bucket=environ.get(REPORT_BUCKET, "").strip() or None,
            metrics=environ.get(METRICS, "").strip() or None,
        )


def _switch(name: str, environ: Mapping[str, str], problems: list[Problem]) -> bool:
    text = environ.get(name, "").strip().lower()
    if text not in _TRUE | _FALSE:
        problems.append(_problem(name, environ[name], "true or false"))
    return text in _TRUE


def _listed(text: str) -> list[str]:
    parts = (part.strip() for line in text.splitlines() for part in line.split(","))
    return list(dict.fromkeys(part for part in parts if part))


def _seconds(text: str, problems: list[Problem]) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        problems.append(_problem(DEADLINE_SECONDS, text, "a number of seconds above 0"))
        return None
    return value


def _problem(name: str, got: str, allowed: str) -> Problem:
    return Problem(line=0, column=0, path=name, message=f"got {got!r}, allowed: {allowed}")
