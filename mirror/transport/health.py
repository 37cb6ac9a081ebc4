"""Whether a registry answers at all: one that is gone must not hold up the others with its time-outs."""

import threading

from mirror.errors import SilentError, TransportError
from mirror.transport.clock import Clock
from mirror.transport.connection import Origin

PATIENCE_SECONDS = 120.0
# Without any answer before a registry is taken for gone: longer than its restart, or a load balancer's fail-over. One
# that is gone costs a run a few minutes in all, not minutes for each request.

PROBE_SECONDS = 60.0
# One request in that time is still let through, to find out whether the registry is back.


class Health:
    """One registry's. Safe for threads."""

    def __init__(self, origin: Origin, clock: Clock) -> None:
        self._origin = origin
        self._clock = clock
        self._lock = threading.Lock()
        self._silent_since: float | None = None
        self._probe_at = 0.0
        self._last = ""

    def check(self) -> None:
        """Before a request. `SilentError` where the registry has not answered anybody for long."""
        since = self._silent_since
        if since is None:
            return
        with self._lock:
            now = self._clock.monotonic()
            if now - since <= PATIENCE_SECONDS:
                return
            if now >= self._probe_at:
                self._probe_at = now + PROBE_SECONDS
                return
        minutes = f"{PATIENCE_SECONDS / 60:.0f} minutes"
        raise SilentError(f"{self._origin} has not answered for more than {minutes}; at last: {self._last}")

    def answered(self) -> None:
        """Whatever it said."""
        self._silent_since = None

    def silent(self, began: float, err: TransportError) -> None:
        """A request that began then, in monotonic seconds, had no answer."""
        with self._lock:
            if self._silent_since is None:
                self._silent_since = began
                self._probe_at = began + PATIENCE_SECONDS + PROBE_SECONDS
                self._last = str(err)
