"""What shows a run while it goes on: lines, or on a terminal bars and tables, where something that draws them is there.

The engine is shipped alone and draws nothing. In a checkout a package lies beside it that does, by a library that the
engine does not have; decision record 0008 says why it is found by its name.
"""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path

from mirror.cli.speaking import is_terminal, say, wants_colours
from mirror.report.events import Listener
from mirror.report.text import TextLog

PLUG = "console.live"
"""A module with `listener(stream, colours=…)`, which makes a `Listener`."""

_BESIDE = Path(__file__).resolve().parents[2] / Path(*PLUG.split(".")).with_suffix(".py")


def choose(environ: Mapping[str, str]) -> Listener:
    """For what stdout is now."""
    colours = wants_colours(sys.stdout, environ)
    if is_terminal(sys.stdout, environ) and _BESIDE.is_file():
        try:
            module = importlib.import_module(PLUG)
        except ImportError:
            pass  # another Python than the checkout's, without the library
        else:
            drawn: Listener = module.listener(sys.stdout, colours=colours)
            return drawn
    return TextLog(say, colours=colours)
