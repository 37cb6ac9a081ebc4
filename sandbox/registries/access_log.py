"""Who asked what: the judge of every claim about requests and bytes."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Entry:
    """One request."""

    registry: str
    """Which of the sandbox's registries: ``hub``, ``cdn`` (Hub's blobs), ``private``, ``public``, ``layers`` (ECR's
    blobs), or a plain one's name."""
    method: str
    action: str
    """``manifest``, ``blob``, ``upload``, ``tags``, ``referrers``, ``token``, ``api`` or ``base``."""
    repository: str = ""
    reference: str = ""
    """Tag, digest, or the API's operation."""
    user: str = ""
    """Who it was, as far as the request proved it; empty for anonymous."""
    status: int = 0
    """0: hung up on."""
    bytes_in: int = 0
    """Of the body, as far as it arrived."""
    bytes_out: int = 0


class AccessLog:
    """All requests in the order in which they were answered. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Remember one."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._entries.clear()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """A copy."""
        with self._lock:
            return tuple(self._entries)

    def matching(self, **wanted: str | int) -> Iterator[Entry]:
        """Those whose attributes are all as given: ``matching(registry="hub", method="GET", action="manifest")``."""
        for entry in self.entries:
            if all(getattr(entry, name) == value for name, value in wanted.items()):
                yield entry

    def count(self, **wanted: str | int) -> int:
        """How many."""
        return sum(1 for _ in self.matching(**wanted))

    def summary(self, registry: str) -> dict[str, int]:
        """``{"HEAD manifest": 20}`` for one registry: a test compares it as a whole, so nothing unexpected hides."""
        counts: dict[str, int] = {}
        for entry in self.matching(registry=registry):
            key = f"{entry.method} {entry.action}"
            counts[key] = counts.get(key, 0) + 1
        return counts
