"""Whether a registry is of any use: one that is gone, or only says "later", must not hold up the others."""

import threading

from mirror.errors import SilentError
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
        self._is_later = False

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
        how = 'has said nothing but "later"' if self._is_later else "has not answered"
        minutes = f"{PATIENCE_SECONDS / 60:.0f} minutes"
        raise SilentError(
            f"{self._origin} {how} for more than {minutes}; at last: {self._last}", is_later=self._is_later
        )

    def answered(self) -> None:
        """Whatever it said."""
        self._silent_since = None

    def silent(self, began: float, what: str, *, is_later: bool = False) -> None:
        """A request that began then, in monotonic seconds, had no answer, or none but 429 (`is_later`)."""
        with self._lock:
            self._last, self._is_later = what, is_later
            if self._silent_since is None:
                self._silent_since = began
                self._probe_at = began + PATIENCE_SECONDS + PROBE_SECONDS
