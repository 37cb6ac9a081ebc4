"""The command line. The only place that turns errors into exit codes."""

from mirror.cli.arguments import build_parser
from mirror.cli.codes import BAD_CONFIG, DONE, NO_CREDENTIALS, SOME_FAILED
from mirror.cli.command import main

__all__ = ["BAD_CONFIG", "DONE", "NO_CREDENTIALS", "SOME_FAILED", "build_parser", "main"]
