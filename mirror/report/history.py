"""Runs in numbers. Each report carries those of the runs before it, so that one is enough to draw them all."""

from collections.abc import Sequence

from mirror.report.model import Action, Past, RunReport

RUNS = 30
"""Kept and shown."""


def history(before: Sequence[Past], report: RunReport) -> tuple[Past, ...]:
    """`before` and this run, oldest first. A dry run does not count: nothing was done."""
    runs = sorted((run for run in before if run.started < report.started), key=lambda run: run.started)
    return tuple(runs[-RUNS:]) if report.dry_run else (*runs[-(RUNS - 1) :], _numbers(report))


def _numbers(report: RunReport) -> Past:
    return Past(
        started=report.started,
        seconds=report.seconds,
        references=len(report.images),
        failed=len(report.with_action(Action.FAILED)),
        changed=len(report.with_action(Action.COPIED, Action.RETAGGED)),
        pulls=report.pulls,
        bytes_downloaded=report.bytes_downloaded,
        remaining=report.quota_after.remaining if report.quota_after else None,
    )
