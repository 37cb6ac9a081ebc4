"""When to try again, and how long to wait before."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TypeVar

from mirror.errors import DeadlineError, LimitKind, MirrorError, RateLimitError, TransportError, UnavailableError
from mirror.transport.clock import Deadline

MAX_ATTEMPTS = 6
# With the back-off below: up to a minute and a half in all, longer than a load balancer's fail-over.

BASE_SECONDS = 0.5
CAP_SECONDS = 30.0
# Full jitter between 0 and base * 2^n, capped: spreads the threads of one run, and the runs of one company.

QUOTA_FIRST_SECONDS = 60.0
QUOTA_CAP_SECONDS = 900.0
# A pull quota comes back as its window of hours moves on, so asking again every few seconds only feeds the abuse limit.

MAX_RETRY_AFTER_SECONDS = 6 * 3600.0
# Docker Hub's window. A server that asks for more is not worth a run's time.

T = TypeVar("T")


def retry_after_seconds(value: str | None, *, now: float) -> float | None:
    """A Retry-After header in seconds from `now` (wall time); `None` when absent or unreadable (RFC 9110 §10.2.3)."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Repeats what may succeed on another try: no answer, 5xx, 429."""

    deadline: Deadline
    attempts: int = MAX_ATTEMPTS
    base_seconds: float = BASE_SECONDS
    spread: Callable[[], float] = field(default=random.random)
    """Uniform in [0, 1)."""
    on_wait: Callable[[str], None] | None = None
    """Told of every wait that a person would notice."""

    def run(self, step: Callable[[], T]) -> T:
        """What `step` returns, after as many tries as it takes and as are allowed.

        The last error is raised as it came. A wait that the deadline does not allow is not begun.
        """
        attempt = 0
        while True:
            try:
                return step()
            except (TransportError, UnavailableError, RateLimitError) as err:
                attempt += 1
                seconds = self._wait(err, attempt)
                if seconds is None:
                    raise
                if seconds >= 5 and self.on_wait is not None:
                    self.on_wait(f"waiting {seconds:.0f} s: {err}")
                self.deadline.clock.sleep(seconds)
                if not self.deadline.allows(0.0):
                    raise DeadlineError("the run's deadline came while waiting for a registry") from err

    def _wait(self, err: MirrorError, attempt: int) -> float | None:
        quota = isinstance(err, RateLimitError) and err.kind is LimitKind.QUOTA
        if quota and self.deadline.at is None:
            return None  # nobody said how long this run may take, and the quota's window is hours long
        if not quota and attempt >= self.attempts:
            return None
        asked = err.retry_after if isinstance(err, RateLimitError | UnavailableError) else None
        if asked is not None:
            seconds = asked + self.spread()  # the jitter keeps threads that were told the same second apart
        elif quota:
            seconds = min(QUOTA_CAP_SECONDS, QUOTA_FIRST_SECONDS * 2.0 ** (attempt - 1)) * (0.5 + self.spread() / 2)
        else:
            seconds = self.spread() * min(CAP_SECONDS, self.base_seconds * 2.0**attempt)
        if seconds > MAX_RETRY_AFTER_SECONDS or not self.deadline.allows(seconds):
            return None
        return seconds
