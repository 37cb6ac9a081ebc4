"""Words to a person: one line at a time, without secrets, whatever stdout is."""

import os
import signal
import sys
from collections.abc import Mapping
from typing import TextIO

from mirror.cli.codes import SOME_FAILED, STOPPED
from mirror.errors import MirrorError
from mirror.transport.redact import redact


def prepare() -> None:
    """A terminal or file of another encoding gets what it can show; it is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def say(line: str) -> None:
    """One line on stdout, at once: whoever reads a log reads it while it is written."""
    write(f"{redact(line)}\n")


def write(text: str, stream: TextIO | None = None) -> None:
    """Text as it is. Nobody listens, as after `| head`: end like any other program, by SIGPIPE's number."""
    stream = stream or sys.stdout
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os._exit(STOPPED + signal.SIGPIPE)
    except OSError as err:
        os.write(2, f"cannot write to {getattr(stream, 'name', 'stdout')}: {err.strerror}\n".encode())
        os._exit(SOME_FAILED)


def complain(err: MirrorError, code: int) -> int:
    """What went wrong and what to do, on stderr. Returns `code`."""
    advice = f"  → {err.advice}\n" if err.advice else ""
    write(redact(f"{err}\n{advice}"), sys.stderr)
    return code


def wants_colours(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """On a terminal only, and not against anybody's wish (no-color.org)."""
    return is_terminal(stream, environ) and not environ.get("NO_COLOR")


def is_terminal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether there is somebody whose screen understands more than lines."""
    return stream.isatty() and environ.get("TERM") not in {None, "", "dumb"}
