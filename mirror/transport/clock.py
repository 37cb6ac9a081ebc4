"""Time, as something that can be handed in: nothing in the engine asks the operating system directly."""

import threading
import time
from dataclasses import dataclass
from typing import Protocol

from mirror.errors import DeadlineError


class Clock(Protocol):
    """Two kinds of time, both in seconds."""

    def monotonic(self) -> float:
        """Never goes back; only differences mean something."""

    def wall(self) -> float:
        """Since the epoch, UTC: for dates that servers send."""

    def sleep(self, seconds: float) -> None:
        """Wait; ends early once `cancel` of the run was called."""


class SystemClock:
    """The machine's time. `wake` ends every sleep, now and later, so that Ctrl-C need not wait for a back-off."""

    def __init__(self) -> None:
        self._woken = threading.Event()

    def monotonic(self) -> float:
        """See `Clock`."""
        return time.monotonic()

    def wall(self) -> float:
        """See `Clock`."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        self._woken.wait(max(0.0, seconds))

    def wake(self) -> None:
        """End all sleeps."""
        self._woken.set()


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment at which a run has to have stopped."""

    clock: Clock
    at: float | None = None
    """In the clock's monotonic seconds; `None`: there is none."""

    @classmethod
    def after(cls, clock: Clock, seconds: float | None) -> "Deadline":
        """The deadline that many seconds from now."""
        return cls(clock, None if seconds is None else clock.monotonic() + seconds)

    @property
    def remaining(self) -> float | None:
        """Seconds left, negative when it is over; `None` without a deadline."""
        return None if self.at is None else self.at - self.clock.monotonic()

    def allows(self, seconds: float) -> bool:
        """Whether something that takes this long would end in time."""
        remaining = self.remaining
        return remaining is None or remaining >= seconds

    def check(self, what: str) -> None:
        """Raise `DeadlineError` when there is no time left to begin `what`."""
        if not self.allows(0.0):
            raise DeadlineError("the run's deadline came first", before=what)
