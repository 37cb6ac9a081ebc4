"""Ctrl-C, and the end of a build that somebody stops."""

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from mirror.cli.codes import STOPPED

_WORDS = {
    "sync": "what is mirrored is complete, and the next run goes on from here",
    "shard": "what is mirrored is complete, and the next run goes on from here",
    "prune": "what is removed is removed, and the plan can be applied again",
}
_NOTHING = "nothing was changed"


class Stopping:
    """Leaves at once: the destinations are the only state, and an upload without its end is nothing."""

    def __init__(self, command: str) -> None:
        self._words = _WORDS.get(command, _NOTHING)
        self.before: Callable[[], str] | None = None
        """Called first, and says how far it came; it must not need a lock, for anything may have been interrupted."""

    def install(self) -> None:
        """From now on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)

    def _stop(self, number: int, _: FrameType | None) -> NoReturn:
        try:
            far = self.before() if self.before is not None else ""
            how = f"{signal.Signals(number).name} {far}".rstrip()
            # Not by `sys.stderr`, which may be in the middle of a line.
            os.write(2, f"\nstopped by {how}: {self._words}\n".encode())
        finally:
            os._exit(STOPPED + number)
