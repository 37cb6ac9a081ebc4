"""The command line. The only place that turns errors into exit codes."""

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from mirror.config import canonical, reader
from mirror.config.model import MirrorConfig
from mirror.errors import ConfigError, CredentialsError, MirrorError, Problem
from mirror.report import json_report
from mirror.report.model import Action, RunReport
from mirror.report.text import TextLog
from mirror.run import RunOptions, run
from mirror.run.options import DEFAULT_JOBS
from mirror.settings import IMAGES, Settings
from mirror.transport.redact import redact

DONE = 0
SOME_FAILED = 1
BAD_CONFIG = 2
NO_CREDENTIALS = 3

_EPILOG = """\
exit codes: 0 all done, 1 something failed, 2 the configuration or an option is not usable,
3 no usable credentials. Environment variables: MIRROR_IMAGES, MIRROR_DRY_RUN, MIRROR_SOURCE,
MIRROR_DEADLINE_SECONDS, MIRROR_REPORT_DIR; MIRROR_DOCKER_HUB_USERNAME and
MIRROR_DOCKER_HUB_TOKEN where no secret is named."""


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run one command; returns its exit code. Expected failures are one message on stderr, never a stack trace."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    environ = os.environ if environ is None else environ
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    try:
        return _dispatch(options, environ)
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
    registries = argparse.ArgumentParser(add_help=False)
    registries.add_argument("--source", metavar="URL", help="a registry in Docker Hub's place")
    registries.add_argument("--private", metavar="URL", help="a registry in private ECR's place")
    registries.add_argument("--public", metavar="URL", help="a registry in ECR Public's place")
    registries.add_argument("--image", action="append", default=[], metavar="REF", help="only this one (repeatable)")
    registries.add_argument("--jobs", type=_jobs, default=DEFAULT_JOBS, metavar="N", help="images in work at a time")
    registries.add_argument("--report-dir", metavar="DIR", help="where report files go")
    commands.add_parser(
        "plan", parents=[common, registries], help="what a run would do; spends no pull and changes nothing"
    )
    sync = commands.add_parser("sync", parents=[common, registries], help="do it")
    sync.add_argument("--dry-run", action="store_true", help="the same as plan")
    config = commands.add_parser(
        "config", parents=[common], help="check the configuration, and print it as mirror.json"
    )
    config.set_defaults(source=None)
    return parser


def _dispatch(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    config = reader.read_file(Path(options.config))
    if options.command == "config":
        sys.stdout.write(canonical.dumps(config))
        return DONE
    settings = Settings.from_environment(environ)
    run_options = RunOptions(
        references=tuple(options.image) or settings.images,
        references_source="--image" if options.image else IMAGES,
        dry_run=options.command == "plan" or options.dry_run or settings.dry_run,
        source=options.source or settings.source,
        source_is_hub=options.source is None,
        private=options.private,
        public=options.public,
        deadline_seconds=settings.deadline_seconds,
        jobs=options.jobs,
    )
    return _run(config, run_options, environ, options.report_dir or settings.report_dir)


def _run(config: MirrorConfig, options: RunOptions, environ: Mapping[str, str], report_dir: str | None) -> int:
    if report_dir is not None:
        _make_directory(report_dir)  # before a run of an hour, not after it
    report = run(config, options, environ=environ, listener=TextLog(_say))
    if report_dir is not None:
        _write_reports(report, Path(report_dir))
    return SOME_FAILED if report.with_action(Action.FAILED) else DONE


def _make_directory(directory: str) -> None:
    try:
        Path(directory).mkdir(parents=True, exist_ok=True)
    except OSError as err:
        source = "command line"
        raise ConfigError(source, (Problem(0, 0, "--report-dir", f"{directory}: {err.strerror}"),)) from err


def _write_reports(report: RunReport, directory: Path) -> None:
    (directory / "report.json").write_text(json_report.render(report), encoding="utf-8")


def _jobs(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: 1 to 64")
    return int(text)


def _say(line: str) -> None:
    print(redact(line), flush=True)


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
