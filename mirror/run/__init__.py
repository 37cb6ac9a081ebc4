"""One run: survey, copy, report. Knows every other room of the engine and nothing of the command line."""

from mirror.run.engine import run
from mirror.run.options import RunOptions

__all__ = ["RunOptions", "run"]
