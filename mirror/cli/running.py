"""`plan` and `sync`."""

import argparse
import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mirror.cli import view
from mirror.cli.codes import DONE, NO_CREDENTIALS, SOME_FAILED
from mirror.cli.speaking import complain, say, write
from mirror.cli.stopping import Stopping
from mirror.config.model import MirrorConfig
from mirror.errors import ConfigError, Problem
from mirror.planning.narrow import narrow_to_scope
from mirror.publish import Bucket, Directory, Shelf, finish, page_name, publish, put_metrics
from mirror.report import cost, json_report
from mirror.report.model import Action, RunReport
from mirror.run import RunOptions, run
from mirror.settings import IMAGES, SCOPE, Settings


def run_command(
    config: MirrorConfig,
    options: argparse.Namespace,
    settings: Settings,
    environ: Mapping[str, str],
    stopping: Stopping,
) -> int:
    """One run, dry or not, with all that comes after it; the exit code."""
    config, run_options = asked(config, options, settings)
    reports = open_reports(options, settings)
    with contextlib.redirect_stdout(sys.stderr if options.json else sys.stdout):
        if settings.doctor and examined(config, run_options, environ) == NO_CREDENTIALS:
            return NO_CREDENTIALS
        listener = view.choose(environ)
        stopping.before = listener.stopped
        report = run(config, run_options, environ=environ, listener=listener)
        report = reports.keep(report, config, environ=environ)
        if options.cost:
            for line in cost.text(cost.estimate(report, cost.expected(config, report))):
                say(line)
    if options.json:
        write(json_report.render(report))
    bad = {Action.FAILED, Action.DEFERRED} if options.fail_on_deferred else {Action.FAILED}
    return SOME_FAILED if report.with_action(*bad) else DONE


def asked(config: MirrorConfig, options: argparse.Namespace, settings: Settings) -> tuple[MirrorConfig, RunOptions]:
    """What was asked of a run, and the configuration without the images that a schedule left out."""
    references = tuple(options.image) or settings.images
    if settings.scope and not references:
        config = narrow_to_scope(config, settings.scope, source=SCOPE)
    found = replace(
        places(options, settings),
        references=references,
        references_source="--image" if options.image else IMAGES,
        dry_run=options.dry_run or settings.dry_run,
        explain=options.explain,
        exact=options.exact,
        sizes=options.cost,
        deadline_seconds=settings.deadline_seconds,
        jobs=options.jobs,
    )
    return config, found


def open_reports(options: argparse.Namespace, settings: Settings) -> "Reports":
    """Where the report of a run goes."""
    return Reports(
        _directory(options.report_dir or settings.report_dir),
        Bucket(settings.report_bucket) if settings.report_bucket else None,
        partial=bool(options.image or settings.images or settings.scope),
        metrics=settings.metrics,
    )


def places(options: argparse.Namespace, settings: Settings) -> RunOptions:
    """Which registries."""
    return RunOptions(
        source=options.source or settings.source,
        source_is_hub=options.source is None,
        private=options.private,
        public=options.public,
    )


def examined(config: MirrorConfig, options: RunOptions, environ: Mapping[str, str]) -> int:
    """What `doctor` finds before a run; its exit code."""
    from mirror.cli.health import examine  # noqa: PLC0415 - most runs are not examined first

    return examine(config, options, environ)


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
