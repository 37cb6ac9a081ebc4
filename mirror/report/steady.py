"""A pace for lines: what a person can read along, however fast a run is."""

from collections.abc import Callable

PER_SECOND = 3
"""Lines of a log while a run goes on; as many at once after a silence."""


class Steady:
    """Gives leave to write a line."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at = clock()
        self._allowance = float(PER_SECOND)

    def take(self) -> bool:
        """Whether a line may be written now; if so, it counts."""
        now = self._clock()
        self._allowance = min(float(PER_SECOND), self._allowance + (now - self._at) * PER_SECOND)
        self._at = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True
