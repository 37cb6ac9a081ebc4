"""Docker Hub's pull quota, as its answers tell it."""

import threading
from email.message import Message

from mirror.registry.protocols import PullQuota


def quota_from(headers: Message) -> PullQuota | None:
    """The quota in ``ratelimit-limit: 100;w=21600`` and its companions; `None` when the answer names none."""
    limit, window = _split(headers.get("ratelimit-limit"))
    remaining, own_window = _split(headers.get("ratelimit-remaining"))
    if limit is None or remaining is None:
        return None
    return PullQuota(
        limit=limit,
        remaining=remaining,
        window_seconds=own_window or window or 0,
        source=(headers.get("docker-ratelimit-source") or "").strip(),
    )


def _split(value: str | None) -> tuple[int | None, int | None]:
    if value is None:
        return None, None
    number, _, parameters = value.partition(";")
    window = next((part.strip()[2:] for part in parameters.split(";") if part.strip().startswith("w=")), "")
    try:
        return int(number.strip()), int(window) if window.isdigit() else None
    except ValueError:
        return None, None


class PullMeter:
    """What a source charged: pulls counted by ourselves, and the quota as last heard. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pulls = 0
        self._first: PullQuota | None = None
        self._last: PullQuota | None = None

    def count(self) -> None:
        """One manifest was read by GET."""
        with self._lock:
            self._pulls += 1

    def heard(self, quota: PullQuota | None) -> None:
        """An answer came; the lowest remaining count wins, because answers overtake each other."""
        if quota is None:
            return
        with self._lock:
            self._first = self._first or quota
            if self._last is None or quota.remaining <= self._last.remaining or quota.limit != self._last.limit:
                self._last = quota

    @property
    def pulls(self) -> int:
        """Counted requests so far."""
        with self._lock:
            return self._pulls

    @property
    def first(self) -> PullQuota | None:
        """The quota of the run's first answer."""
        with self._lock:
            return self._first

    @property
    def last(self) -> PullQuota | None:
        """The quota as it is now."""
        with self._lock:
            return self._last
