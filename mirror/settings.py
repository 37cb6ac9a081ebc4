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
DRY_RUN = "MIRROR_DRY_RUN"
"""Plan and report, change nothing."""
SOURCE = "MIRROR_SOURCE"
"""URL of another registry to read Docker Hub's repositories from."""
DEADLINE_SECONDS = "MIRROR_DEADLINE_SECONDS"
"""Seconds after which the run stops cleanly; what is left is done by the next one."""
REPORT_DIR = "MIRROR_REPORT_DIR"
"""Where report files go."""

HUB_USERNAME = "MIRROR_DOCKER_HUB_USERNAME"
HUB_TOKEN = "MIRROR_DOCKER_HUB_TOKEN"  # noqa: S105 - the variable's name, not its value
"""Docker Hub credentials for laptops and other CI systems. A CodeBuild project reads Secrets Manager instead."""

ALL = (IMAGES, DRY_RUN, SOURCE, DEADLINE_SECONDS, REPORT_DIR)

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The engine's environment, checked."""

    images: tuple[str, ...] = ()
    """References as written; empty means all that the configuration selects."""
    dry_run: bool = False
    source: str | None = None
    deadline_seconds: float | None = None
    report_dir: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """The settings in `environ`; absent and empty variables mean the default. `ConfigError` names every bad one."""
        problems: list[Problem] = []
        dry_run_text = environ.get(DRY_RUN, "").strip().lower()
        if dry_run_text not in _TRUE | _FALSE:
            problems.append(_problem(DRY_RUN, environ[DRY_RUN], "true or false"))
        deadline = _seconds(environ.get(DEADLINE_SECONDS, "").strip(), problems)
        if problems:
            source = "environment"
            raise ConfigError(source, tuple(problems))
        return cls(
            images=tuple(_references(environ.get(IMAGES, ""))),
            dry_run=dry_run_text in _TRUE,
            source=environ.get(SOURCE, "").strip() or None,
            deadline_seconds=deadline,
            report_dir=environ.get(REPORT_DIR, "").strip() or None,
        )


def _references(text: str) -> list[str]:
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
