"""Token buckets: how often one kind of request may be sent to one registry."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from mirror.transport.clock import Clock


class Bucket:
    """At most `rate` a second on average, with bursts of one second's worth. Safe for threads."""

    def __init__(self, rate: float, clock: Clock) -> None:
        self._interval = 1.0 / rate
        self._burst = max(1.0, rate)
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = clock.monotonic() - self._burst * self._interval
        # When the bucket would be full is `_burst` intervals after this moment; it is full now.

    def take(self) -> None:
        """Wait for one token."""
        with self._lock:
            now = self._clock.monotonic()
            earliest = now - self._burst * self._interval
            self._free_at = max(self._free_at, earliest) + self._interval
            wait = self._free_at - now
        if wait > 0:
            self._clock.sleep(wait)


@dataclass(frozen=True, slots=True)
class Rates:
    """The buckets of one registry by action; an action without one is not limited."""

    buckets: Mapping[str, Bucket] = field(default_factory=dict)

    @classmethod
    def of(cls, clock: Clock, per_second: Mapping[str, float]) -> "Rates":
        """A bucket for each action."""
        return cls({action: Bucket(rate, clock) for action, rate in per_second.items()})

    def take(self, action: str) -> None:
        """Wait until `action` may be done once more."""
        bucket = self.buckets.get(action)
        if bucket is not None:
            bucket.take()
