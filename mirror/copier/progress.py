"""What a run has moved so far: counters that a log line or a progress bar reads at its own pace."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moved:
    """A moment's totals, in bytes."""

    downloaded: int = 0
    uploaded: int = 0
    expected: int = 0
    """Bytes to read in all, as far as manifests have been read."""


class Progress:
    """Totals of a run. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._downloaded = 0
        self._uploaded = 0
        self._expected = 0

    def bytes(self, downloaded: int, uploaded: int) -> None:
        """A piece was read and written."""
        with self._lock:
            self._downloaded += downloaded
            self._uploaded += uploaded

    def expect(self, size: int) -> None:
        """So many bytes more are to be read; fewer, where it turns out that somebody had them."""
        with self._lock:
            self._expected += size

    @property
    def now(self) -> Moved:
        """The totals."""
        with self._lock:
            return Moved(self._downloaded, self._uploaded, self._expected)
