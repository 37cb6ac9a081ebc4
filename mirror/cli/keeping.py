"""Where the report of a run goes, when it is over."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mirror.cli.codes import DONE
from mirror.cli.speaking import complain, say
from mirror.config.model import MirrorConfig
from mirror.errors import ConfigError, Problem
from mirror.publish import Bucket, Directory, Shelf, finish, page_name, publish, put_metrics
from mirror.report import cost
from mirror.report.model import RunReport
from mirror.settings import Settings


@dataclass(frozen=True, slots=True)
class Reports:
    """Where report files go, and whether metrics are written."""

    directory: Shelf | None
    bucket: Shelf | None
    partial: bool
    """The run was asked about some references only."""
    metrics: str | None

    @property
    def memory(self) -> Shelf | None:
        """What remembers reports for the next run."""
        return self.bucket or self.directory

    def show(self, report: RunReport) -> None:
        """Write a shard's report where only its own build sees it: the whole run's is made of all of them."""
        if self.bucket is not None and self.directory is not None:
            for problem in publish(report, directory=self.directory, bucket=None):
                complain(problem, DONE)

    def keep(
        self, report: RunReport, config: MirrorConfig, *, environ: Mapping[str, str], succeeded: bool | None = None
    ) -> RunReport:
        """Write them; the report as it was written. What is mirrored is mirrored, whether or not that works.

        `succeeded` is said of several builds together.
        """
        report = finish(report, self.memory, partial=self.partial, environ=environ)
        problems = publish(report, directory=self.directory, bucket=self.bucket, usage=cost.expected(config, report))
        for problem in problems:
            complain(problem, DONE)
        shelf = self.directory if report.dry_run else self.memory
        if shelf is not None and not problems:
            kind = "plan" if report.dry_run else "report"
            say(f"status page: {shelf.where(page_name(report))}; {kind}.json and {kind}.md are beside it")
        if self.metrics and not report.dry_run:
            refused = put_metrics(report, self.metrics, partial=self.partial, succeeded=succeeded)
            if refused is not None:
                complain(refused, DONE)
        return report


def _directory(path: str | None) -> Directory | None:
    """Made before a run of an hour, not after it."""
    if path is None:
        return None
    allowed = "allowed: a directory that can be written to"
    source = "command line"
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as err:
        why = "there is a file of that name" if isinstance(err, FileExistsError) else err.strerror
        raise ConfigError(source, (Problem(0, 0, "--report-dir", f"{path}: {why}; {allowed}"),)) from err
    if not os.access(path, os.W_OK):
        raise ConfigError(source, (Problem(0, 0, "--report-dir", f"{path}: Permission denied; {allowed}"),))
    return Directory(Path(path))


def open_reports(options: argparse.Namespace, settings: Settings) -> Reports:
    """Where the report of a run goes."""
    return Reports(
        _directory(options.report_dir or settings.report_dir),
        Bucket(settings.report_bucket) if settings.report_bucket else None,
        partial=bool(options.image or settings.images or settings.scope),
        metrics=settings.metrics,
    )
