"""A quota of so many calls a second, as AWS throttles: a bucket that holds one second's worth."""

import threading
from collections.abc import Callable
from time import monotonic


class Throttle:
    """Safe for threads."""

    def __init__(self, per_second: float, now: Callable[[], float] = monotonic) -> None:
        self._lock = threading.Lock()
        self._now = now
        self._per_second = per_second
        self._left = per_second
        self._since = now()

    def take(self) -> bool:
        """Whether one more call is allowed now."""
        with self._lock:
            now = self._now()
            self._left = min(self._per_second, self._left + (now - self._since) * self._per_second)
            self._since = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
