"""`plan` and `sync`."""

import argparse
import contextlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mirror.cli import view
from mirror.cli.codes import DONE, NO_CREDENTIALS, SOME_FAILED
from mirror.cli.speaking import say, write
from mirror.cli.stopping import Stopping
from mirror.config.model import MirrorConfig
from mirror.planning.narrow import narrow_to_scope
from mirror.report.model import Action
from mirror.run import RunOptions, run
from mirror.settings import IMAGES, SCOPE, Settings

if TYPE_CHECKING:
    from mirror.cli.keeping import Reports


def run_command(
    config: MirrorConfig,
    options: argparse.Namespace,
    settings: Settings,
    environ: Mapping[str, str],
    stopping: Stopping,
) -> int:
    """One run, dry or not, with all that comes after it; the exit code."""
    config, run_options = asked(config, options, settings)
    reports = _reports(options, settings)
    with contextlib.redirect_stdout(sys.stderr if options.json else sys.stdout):
        if settings.doctor and examined(config, run_options, environ) == NO_CREDENTIALS:
            return NO_CREDENTIALS
        listener = view.choose(environ)
        stopping.before = listener.stopped
        report = run(config, run_options, environ=environ, listener=listener)
        if reports is not None:
            report = reports.keep(report, config, environ=environ)
        if options.cost:
            from mirror.report import cost  # noqa: PLC0415 - as above

            for line in cost.text(cost.estimate(report, cost.expected(config, report))):
                say(line)
    if options.json:
        from mirror.report import json_report  # noqa: PLC0415 - as above

        write(json_report.render(report))
    bad = {Action.FAILED, Action.DEFERRED} if options.fail_on_deferred else {Action.FAILED}
    return SOME_FAILED if report.with_action(*bad) else DONE


def _reports(options: argparse.Namespace, settings: Settings) -> "Reports | None":
    """Who keeps reports, where anything of them is wanted: a run that finds nothing to do need not load that."""
    places_named = options.report_dir or settings.report_dir or settings.report_bucket
    if not (places_named or settings.metrics or options.json or options.cost):
        return None
    from mirror.cli.keeping import open_reports  # noqa: PLC0415

    return open_reports(options, settings)


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
