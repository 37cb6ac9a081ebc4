"""How fast bytes move, and how long the rest takes."""

from collections import deque

from mirror.copier.progress import Moved
from mirror.report.units import bytes_text, seconds_text

WINDOW_SECONDS = 60.0
"""Long enough that one slow blob does not make the time left jump."""


class Pace:
    """Made of what `Moved` was at some moments."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def at(self, now: float, moved: Moved) -> str:
        """``412 MiB of 1.2 GiB read, 38 MiB/s, about 21 s left``.

        What is left counts as far as manifests have been read, so it grows at first.
        """
        return ", ".join(self.parts(now, moved))

    def parts(self, now: float, moved: Moved) -> list[str]:
        """The same, one thing at a time, the most wanted first: for where there is little room."""
        self._seen.append((now, moved.downloaded))
        while len(self._seen) > 2 and now - self._seen[0][0] > WINDOW_SECONDS:
            self._seen.popleft()
        start, before = self._seen[0]
        rate = (moved.downloaded - before) / (now - start) if now > start else 0.0
        left = max(moved.expected - moved.downloaded, 0)
        total = f" of {bytes_text(moved.expected)}" if moved.expected else ""
        parts = [f"{bytes_text(moved.downloaded)}{total} read"]
        if rate >= 1:
            parts.append(f"{bytes_text(round(rate))}/s")
            if left:
                parts.append(f"about {seconds_text(left / rate)} left")
        return parts
