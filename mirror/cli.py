"""The command line. The only place that turns errors into exit codes."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

from mirror.config import canonical, reader
from mirror.config.model import MirrorConfig
from mirror.errors import ConfigError, CredentialsError, MirrorError, Problem
from mirror.planning.narrow import narrow_to_scope
from mirror.publish import Bucket, Directory, Shelf, finish, page_name, publish, put_metrics
from mirror.report import cost, json_report
from mirror.report.events import Listener
from mirror.report.model import Action, RunReport
from mirror.report.text import TextLog
from mirror.run import RunOptions, run
from mirror.run.options import DEFAULT_JOBS
from mirror.settings import IMAGES, SCOPE, Settings
from mirror.transport.redact import redact

DONE = 0
SOME_FAILED = 1
BAD_CONFIG = 2
NO_CREDENTIALS = 3

_EPILOG = """\
exit codes: 0 all done, 1 something failed, 2 the configuration or an option is not usable,
3 no usable credentials. Environment variables: MIRROR_IMAGES, MIRROR_SCOPE, MIRROR_DRY_RUN,
MIRROR_SOURCE, MIRROR_DEADLINE_SECONDS, MIRROR_REPORT_DIR, MIRROR_REPORT_BUCKET, MIRROR_DOCTOR;
MIRROR_DOCKER_HUB_USERNAME and MIRROR_DOCKER_HUB_TOKEN where no secret is named."""


def main(
    arguments: Sequence[str] | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    new_listener: Callable[[], Listener] | None = None,
) -> int:
    """Run one command; returns its exit code. Expected failures are one message on stderr, never a stack trace.

    `new_listener` makes what shows a run while it goes on, instead of lines on stdout.
    """
    parser = build_parser()
    options = parser.parse_args(arguments)
    environ = os.environ if environ is None else environ
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    try:
        colours = _wants_colours(environ)
        return _dispatch(options, environ, new_listener or (lambda: TextLog(_say, colours=colours)))
    except ConfigError as err:
        return _complain(err, BAD_CONFIG)
    except CredentialsError as err:
        return _complain(err, NO_CREDENTIALS)
    except MirrorError as err:
        return _complain(err, SOME_FAILED)


def build_parser() -> argparse.ArgumentParser:
    """The parser, as the README shows it."""
    parser = argparse.ArgumentParser(
        prog="python3 -m mirror",
        description="Mirrors Docker Hub images into Amazon ECR and ECR Public, or into any OCI registries.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", default="mirror.yaml", metavar="FILE", help="mirror.yaml, or mirror.json")
    places = argparse.ArgumentParser(add_help=False)
    places.add_argument("--source", metavar="URL", help="a registry in Docker Hub's place")
    places.add_argument("--private", metavar="URL", help="a registry in private ECR's place")
    places.add_argument("--public", metavar="URL", help="a registry in ECR Public's place")
    registries = argparse.ArgumentParser(add_help=False, parents=[places])
    registries.add_argument("--image", action="append", default=[], metavar="REF", help="only this one (repeatable)")
    registries.add_argument("--jobs", type=_jobs, default=DEFAULT_JOBS, metavar="N", help="images in work at a time")
    registries.add_argument("--report-dir", metavar="DIR", help="where report files go")
    registries.add_argument("--json", action="store_true", help="the report on stdout, the log on stderr")
    plan = commands.add_parser(
        "plan", parents=[common, registries], help="what a run would do; spends no pull and changes nothing"
    )
    plan.add_argument("--explain", action="store_true", help="why each tag that exists upstream is in or out")
    plan.add_argument("--exact", action="store_true", help="count pulls exactly, for a pull for each new index")
    plan.add_argument("--cost", action="store_true", help="what storage, transfer and builds cost a month, about")
    plan.set_defaults(dry_run=True, fail_on_deferred=False)
    sync = commands.add_parser("sync", parents=[common, registries], help="do it")
    sync.add_argument("--dry-run", action="store_true", help="the same as plan")
    sync.add_argument("--fail-on-deferred", action="store_true", help="exit code 1 also when something was deferred")
    sync.set_defaults(explain=False, exact=False, cost=False)
    _add_prune(commands.add_parser("prune", parents=[common, places], help="remove tags that are not chosen any more"))
    commands.add_parser("doctor", parents=[common, places], help="check credentials, quota, registries, permissions")
    config = commands.add_parser(
        "config", parents=[common], help="check the configuration, and print it as mirror.json"
    )
    config.set_defaults(source=None)
    return parser


def _add_prune(parser: argparse.ArgumentParser) -> None:
    parser.description = "Without --apply nothing is removed: what would go is shown."
    file = parser.add_mutually_exclusive_group()
    file.add_argument("--plan", type=Path, metavar="FILE", help="write what would go into this file")
    file.add_argument("--apply", type=Path, metavar="FILE", help="remove what this file says, as far as it still holds")
    parser.add_argument(
        "--min-age",
        type=_days,
        metavar="DAYS",
        help="nothing pushed since (default: 30, or the file's if that is more)",
    )
    parser.add_argument(
        "--max", type=_count, default=50, metavar="N", help="more than this many are refused, all of them (default: 50)"
    )


def _dispatch(options: argparse.Namespace, environ: Mapping[str, str], new_listener: Callable[[], Listener]) -> int:
    config = reader.read_file(Path(options.config))
    if options.command == "config":
        sys.stdout.write(canonical.dumps(config))
        return DONE
    settings = Settings.from_environment(environ)
    if options.command == "prune":
        return _prune(config, options, settings, environ)
    if options.command == "doctor":
        return _doctor(config, _places(options, settings), environ)
    references = tuple(options.image) or settings.images
    if settings.scope and not references:
        config = narrow_to_scope(config, settings.scope, source=SCOPE)
    run_options = replace(
        _places(options, settings),
        references=references,
        references_source="--image" if options.image else IMAGES,
        dry_run=options.dry_run or settings.dry_run,
        explain=options.explain,
        exact=options.exact,
        deadline_seconds=settings.deadline_seconds,
        jobs=options.jobs,
    )
    reports = _Reports(
        _directory(options.report_dir or settings.report_dir),
        Bucket(settings.report_bucket) if settings.report_bucket else None,
    )
    with contextlib.redirect_stdout(sys.stderr if options.json else sys.stdout):
        if settings.doctor and _doctor(config, run_options, environ) == NO_CREDENTIALS:
            return NO_CREDENTIALS
        report = run(config, run_options, environ=environ, listener=new_listener())
        partial = bool(references or settings.scope)
        report = reports.keep(report, partial=partial, environ=environ)
        if settings.metrics and not report.dry_run:
            problem = put_metrics(report, settings.metrics, partial=partial)
            if problem is not None:
                _complain(problem, DONE)
        if options.cost:
            usage = cost.scheduled(config.schedules, config.compute, report.seconds)
            for line in cost.text(cost.estimate(report, usage)):
                _say(line)
    if options.json:
        sys.stdout.write(json_report.render(report))
    bad = {Action.FAILED, Action.DEFERRED} if options.fail_on_deferred else {Action.FAILED}
    return SOME_FAILED if report.with_action(*bad) else DONE


def _places(options: argparse.Namespace, settings: Settings) -> RunOptions:
    return RunOptions(
        source=options.source or settings.source,
        source_is_hub=options.source is None,
        private=options.private,
        public=options.public,
    )


def _prune(config: MirrorConfig, options: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    from mirror.prune.command import PruneOptions, prune  # noqa: PLC0415 - a run need not wait for it

    what = PruneOptions(
        _places(options, settings),
        options.plan,
        options.apply,
        options.min_age,
        options.max,
        deadline_seconds=settings.deadline_seconds,
    )
    return DONE if prune(config, what, environ=environ, say=_say) else SOME_FAILED


def _doctor(config: MirrorConfig, places: RunOptions, environ: Mapping[str, str]) -> int:
    from mirror.doctor.command import Health, doctor  # noqa: PLC0415 - likewise

    health = doctor(config, places, environ=environ, say=_say)
    return {Health.WELL: DONE, Health.ILL: SOME_FAILED, Health.NO_CREDENTIALS: NO_CREDENTIALS}[health]


@dataclass(frozen=True, slots=True)
class _Reports:
    """Where report files go."""

    directory: Shelf | None
    bucket: Shelf | None

    def keep(self, report: RunReport, *, partial: bool, environ: Mapping[str, str]) -> RunReport:
        """Write them; the report as it was written. What is mirrored is mirrored, whether or not that works."""
        report = finish(report, self.bucket or self.directory, partial=partial, environ=environ)
        for problem in publish(report, directory=self.directory, bucket=self.bucket):
            _complain(problem, DONE)
        shelf = self.directory if report.dry_run else self.bucket or self.directory
        if shelf is not None:
            _say(f"status page: {shelf.where(page_name(report))}")
        return report


def _directory(path: str | None) -> Directory | None:
    """Made before a run of an hour, not after it."""
    if path is None:
        return None
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as err:
        source = "command line"
        raise ConfigError(source, (Problem(0, 0, "--report-dir", f"{path}: {err.strerror}"),)) from err
    return Directory(Path(path))


def _jobs(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: 1 to 64")
    return int(text)


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1
    if not 0 <= days < 100_000:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: a number of days, 0 or more")
    return days


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: a whole number, 0 or more")
    return int(text)


def _say(line: str) -> None:
    print(redact(line), flush=True)


def _wants_colours(environ: Mapping[str, str]) -> bool:
    """On a terminal only, and not against anybody's wish (no-color.org)."""
    return sys.stdout.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _complain(err: MirrorError, code: int) -> int:
    print(redact(str(err)), file=sys.stderr)
    if err.advice:
        print(f"  → {err.advice}", file=sys.stderr)
    return code


def _stop(number: int, _: FrameType | None) -> NoReturn:
    """Leave at once: the destinations are the only state, and an upload without its end is nothing."""
    sys.stdout.flush()
    sys.stderr.write("\nstopped; what is mirrored is complete, and the next run goes on from here\n")
    sys.stderr.flush()
    os._exit(128 + number)
