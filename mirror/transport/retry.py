"""When to try again, and how long to wait before."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TypeVar

from mirror.errors import (
    DeadlineError,
    LimitKind,
    MirrorError,
    RateLimitError,
    SilentError,
    TransportError,
    UnavailableError,
)
from mirror.transport.clock import Deadline

MAX_ATTEMPTS = 6
# With the back-off below: up to a minute and a half in all, longer than a load balancer's fail-over.

BASE_SECONDS = 0.5
CAP_SECONDS = 30.0
# Full jitter between 0 and base * 2^n, capped: spreads the threads of one run, and the runs of one company.

QUOTA_FIRST_SECONDS = 60.0
QUOTA_CAP_SECONDS = 900.0
# A pull quota comes back as its window of hours moves on, so asking again every few seconds only feeds the abuse limit.

RATE_CAP_SECONDS = 300.0
# Where a registry says "slow down" again and again without saying for how long: abuse limits look at minutes.

MAX_DOUBLINGS = 30
# Every cap is reached long before; larger powers do not fit into a float.

NOTICED_SECONDS = 5.0
# A person who looks on is told of waits from here on.

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
    """Repeats what may succeed on another try: no answer, 5xx, 429.

    With a deadline, a source's 429 is waited for until then, however often it comes: it is there, and says later.
    """

    deadline: Deadline
    attempts: int = MAX_ATTEMPTS
    base_seconds: float = BASE_SECONDS
    spread: Callable[[], float] = field(default=random.random)
    """Uniform in [0, 1)."""
    on_wait: Callable[[str], None] | None = None
    """Told of every wait that a person would notice."""
    waits_out_limits: bool = True
    """Whether 429 is waited for beyond `attempts`: at a source, where there is nothing else to do. Not at a
    destination, which is one of several, and not where the same is to be had elsewhere."""
    patience_seconds: float = MAX_RETRY_AFTER_SECONDS
    """A server that asks for more than this gets no other try."""

    def run(self, step: Callable[[], T]) -> T:
        """What `step` returns, after as many tries as it takes and as are allowed; otherwise as `pause` raises."""
        attempt = 0
        while True:
            try:
                return step()
            except (TransportError, UnavailableError, RateLimitError) as err:
                attempt += 1
                self.pause(err, attempt)

    def pause(self, err: MirrorError, attempt: int) -> None:
        """Wait before the try that follows the `attempt`-th, which ended in `err`.

        Raises `err` as it came where no other try is worth it, and `DeadlineError` where only the deadline is against
        it: what is not done for want of time is no failure. A wait that the deadline does not allow is not begun.
        """
        seconds = self._seconds(err, attempt)
        if seconds is None:
            raise err
        if not self.deadline.allows(seconds):
            raise DeadlineError(f"the run's deadline comes before the next try: {err}", advice=err.advice) from err
        if seconds >= NOTICED_SECONDS and self.on_wait is not None:
            self.on_wait(f"waiting {seconds:.0f} s: {err}")
        self.deadline.clock.sleep(seconds)
        if not self.deadline.allows(0.0):
            raise DeadlineError(f"the run's deadline came before the next try: {err}", advice=err.advice) from err

    def _seconds(self, err: MirrorError, attempt: int) -> float | None:
        """How long to wait; `None` for no other try."""
        if isinstance(err, SilentError) or not isinstance(err, TransportError | UnavailableError | RateLimitError):
            return None
        kind = err.kind if isinstance(err, RateLimitError) else None
        if kind is LimitKind.QUOTA and self.deadline.at is None:
            return None  # nobody said how long this run may take, and the quota's window is hours long
        waits_it_out = kind is not None and self.waits_out_limits and self.deadline.at is not None
        if attempt >= self.attempts and not waits_it_out:
            return None
        asked = err.retry_after if isinstance(err, RateLimitError | UnavailableError) else None
        if asked is not None and asked > self.patience_seconds:
            return None
        if asked is not None and attempt < self.attempts:
            return asked + self.spread()  # the jitter keeps threads that were told the same second apart
        doubled = 2.0 ** min(attempt, MAX_DOUBLINGS)
        if kind is LimitKind.QUOTA:
            own = min(QUOTA_CAP_SECONDS, QUOTA_FIRST_SECONDS * doubled / 2) * (0.5 + self.spread() / 2)
        else:
            own = self.spread() * min(CAP_SECONDS if kind is None else RATE_CAP_SECONDS, self.base_seconds * doubled)
        return max(asked or 0.0, own)  # a server that keeps saying "at once" does not mean it
