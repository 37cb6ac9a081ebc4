"""The pull budget: how many counted requests a run may still spend at its source."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mirror.errors import BudgetError

TIGHT = 100
"""Below this many pulls images read their manifests one after the other: side by side, each would spend a pull on its
index and none might get its children."""

LEAST_CHILDREN = 2
"""What an index is taken to need before the run has seen one: one platform and its attestation, or two platforms."""


class Budget:
    """Shared by all images of a run. Safe for threads.

    `remaining` tells what the source last said is left (`None`: it names no limit); `keep` pulls are never touched.
    `whose` says of whom that is told, where it is not all of the source's: ``of this shard's part``.
    """

    def __init__(self, remaining: Callable[[], int | None], *, keep: int = 0, whose: str = "") -> None:
        self._remaining = remaining
        self._whose = f" {whose}" if whose else ""
        self._keep = keep
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._promised = 0
        self._least_children = LEAST_CHILDREN
        self.fits = False
        """Whether all that this run is going to spend is known to fit: then it does not matter who is first."""

    @property
    def available(self) -> int | None:
        """Pulls that nobody has reserved; `None` without a limit."""
        remaining = self._remaining()
        return None if remaining is None else max(0, remaining - self._keep - self._promised)

    @property
    def is_tight(self) -> bool:
        """Whether images had better be copied one after the other, so that their order decides who gets the pulls."""
        available = self.available
        return available is not None and available < TIGHT and not self.fits

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Around all manifests of one image."""
        if not self.is_tight:
            yield
            return
        with self._turn:
            yield

    def reserve(self, pulls: int, what: str, *, for_index: bool = False, below: int | None = None) -> None:
        """Promise that many, all or none: an image is not begun that could not be finished. `BudgetError`.

        `for_index`: it is an index that is to be read, so its children have to fit as well: `below` of them are to be
        read too, or as many as can be guessed.
        """
        with self._lock:
            guessed = for_index and below is None
            needed = pulls + (self._least_children if guessed else below or 0)
            refusal = self.refusal(needed, what, at_least=guessed)
            if refusal is not None:
                raise refusal
            self._promised += pulls

    def refusal(self, pulls: int, what: str, *, at_least: bool = False) -> BudgetError | None:
        """What speaks against spending that many now; nothing is promised."""
        available = self.available
        if available is None or pulls <= available:
            return None
        kept = f" beside the {self._keep} that are kept" if self._keep else ""
        needs = f"{what}: needs {'at least ' if at_least else ''}{pulls} pulls"
        return BudgetError(f"{needs}, {available} are left{self._whose}{kept}")

    def release(self, pulls: int) -> None:
        """They were spent, so the source counts them now, or they are not needed after all."""
        with self._lock:
            self._promised -= pulls

    def saw_children(self, pulls: int) -> None:
        """An index needed that many pulls for its children."""
        with self._lock:
            self._least_children = min(self._least_children, pulls)


def unlimited() -> Budget:
    """For sources that do not count."""
    return Budget(lambda: None)
