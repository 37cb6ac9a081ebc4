"""From what was typed to what is done, and to an exit code."""

import argparse
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mirror.cli.arguments import parse
from mirror.cli.codes import BAD_CONFIG, DONE, NO_CREDENTIALS, SOME_FAILED
from mirror.cli.running import places, run_command
from mirror.cli.speaking import complain, prepare, say, write
from mirror.cli.stopping import Stopping
from mirror.config import canonical, reader
from mirror.config.model import MirrorConfig
from mirror.errors import ConfigError, CredentialsError, MirrorError
from mirror.settings import Settings
from mirror.transport.redact import redact

BATCH = frozenset({"divide", "shard", "combine"})


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run one command; returns its exit code. Expected failures are one message on stderr, never a stack trace."""
    prepare()
    options = parse(arguments)
    stopping = Stopping(options.command)
    stopping.install()
    try:
        return _dispatch(options, os.environ if environ is None else environ, stopping)
    except ConfigError as err:
        return complain(err, BAD_CONFIG)
    except CredentialsError as err:
        return complain(err, NO_CREDENTIALS)
    except MirrorError as err:
        return complain(err, SOME_FAILED)


def _dispatch(options: argparse.Namespace, environ: Mapping[str, str], stopping: Stopping) -> int:
    config = _read(Path(options.config))
    if options.command == "config":
        write(canonical.dumps(config))
        return DONE
    settings = Settings.from_environment(environ)
    if options.command == "prune":
        return _prune(config, options, settings, environ)
    if options.command == "doctor":
        return _doctor(config, options, settings, environ)
    if options.command in BATCH:
        return _batch(config, options, settings, environ, stopping)
    return run_command(config, options, settings, environ, stopping)


def _batch(
    config: MirrorConfig,
    options: argparse.Namespace,
    settings: Settings,
    environ: Mapping[str, str],
    stopping: Stopping,
) -> int:
    from mirror.cli.batch import batch_command  # noqa: PLC0415 - a run on one machine need not wait for it

    return batch_command(config, options, settings, environ, stopping)


def _read(path: Path) -> MirrorConfig:
    try:
        return reader.read_file(path)
    except ConfigError as err:
        if not path.is_file():
            err.advice = "Say where the file is: --config FILE."
        raise


def _prune(config: MirrorConfig, options: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    from mirror.prune.command import PruneOptions, prune  # noqa: PLC0415 - a run need not wait for it

    what = PruneOptions(
        places(options, settings),
        options.plan,
        options.apply,
        options.min_age,
        options.max,
        deadline_seconds=settings.deadline_seconds,
    )
    documents: list[str] = []
    with contextlib.redirect_stdout(sys.stderr if options.json else sys.stdout):
        done = prune(config, what, environ=environ, say=say, tell=documents.append)
    if options.json:
        write(redact("".join(documents)))
    return DONE if done else SOME_FAILED


def _doctor(config: MirrorConfig, options: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> int:
    from mirror.cli.health import examine  # noqa: PLC0415 - likewise

    return examine(config, places(options, settings), environ, as_json=options.json)
