"""`divide`, `shard` and `combine`: a run on several machines."""

import argparse
import contextlib
import sys
from collections.abc import Mapping
from dataclasses import replace

from mirror.cli import view
from mirror.cli.codes import DONE, NO_CREDENTIALS, SOME_FAILED
from mirror.cli.keeping import open_reports
from mirror.cli.running import asked, examined
from mirror.cli.speaking import say, write
from mirror.cli.stopping import Stopping
from mirror.config.model import MirrorConfig
from mirror.planning.narrow import narrow
from mirror.report import json_report
from mirror.report.model import Action
from mirror.run import run
from mirror.settings import Settings
from mirror.shards.command import combine_parts, divide_plan, end, leave, open_batch, take, yielding


def batch_command(
    config: MirrorConfig,
    options: argparse.Namespace,
    settings: Settings,
    environ: Mapping[str, str],
    stopping: Stopping,
) -> int:
    """One step; the exit code."""
    config, run_options = asked(config, options, settings)
    if run_options.references:
        # Before anything else, for the images that are left are what is divided.
        config = narrow(config, run_options.references, source=run_options.references_source)
        run_options = replace(run_options, references=())
    number, shards = options.shard if options.command == "shard" else (0, options.shards)
    reports = open_reports(options, settings)
    batch = open_batch(reports.memory, environ, shards)
    code = DONE
    with contextlib.redirect_stdout(sys.stderr if options.json else sys.stdout):
        listener = view.choose(environ)
        stopping.before = listener.stopped
        other = yielding(batch) if options.command != "divide" else ""
        if other:
            say(f"batch {other} is at work: this one does nothing")
            return DONE
        if options.command == "divide":
            if settings.doctor and examined(config, run_options, environ) == NO_CREDENTIALS:
                return NO_CREDENTIALS
            planned = divide_plan(
                config, run_options, batch, environ=environ, listener=listener, say=say, yields=settings.yields
            )
            if planned is None:
                return DONE
            report = planned
        elif options.command == "shard":
            taken = take(config, run_options, batch, number, say)
            report = run(taken.config, taken.options, environ=environ, listener=listener)
            report = leave(report, taken, batch, environ)
            reports.show(report)
        else:
            report, whole = combine_parts(config, batch, listener=listener, say=say)
            succeeded = whole and not report.with_action(Action.FAILED)
            report = reports.keep(report, config, environ=environ, succeeded=succeeded)
            end(batch, say)
            code = DONE if succeeded else SOME_FAILED
    if options.json:
        write(json_report.render(report))
    return code
