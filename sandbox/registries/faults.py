"""Makes a registry fail on purpose."""

import fnmatch
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Fault:
    """What goes wrong, and when. Empty conditions match everything."""

    registry: str = ""
    method: str = ""
    action: str = ""
    repository: str = "*"
    """A glob."""
    reference: str = "*"
    """A glob over tag, digest or API operation."""
    times: int = 1
    after: int = 0
    """So many matching requests pass before it begins."""
    status: int = 0
    """Answer this instead; 0: answer as usual (with `cut_after`)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    drop: bool = False
    """Close the connection without an answer."""
    lost: bool = False
    """Do what is asked, then close the connection without an answer."""
    hang: bool = False
    """Say nothing more, from the beginning or after `cut_after`, until the client hangs up."""
    cut_after: int | None = None
    """Close the connection after that many bytes of the body."""
    corrupt: bool = False
    """Change one byte of the body."""
    half_until: threading.Event | None = None
    """Send half of the body, and the rest when this is set: a download as slow as whoever looks at it needs."""

    def matches(self, registry: str, method: str, action: str, repository: str, reference: str) -> bool:
        """Whether a request is meant."""
        return (
            self.registry in {"", registry}
            and self.method in {"", method}
            and self.action in {"", action}
            and fnmatch.fnmatchcase(repository, self.repository)
            and fnmatch.fnmatchcase(reference, self.reference)
        )


class Faults:
    """Faults to come. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """From now on."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """No more of them."""
        with self._lock:
            self._faults.clear()

    @property
    def unused(self) -> tuple[Fault, ...]:
        """Those that have not happened as often as was asked: a test that expects a fault looks here."""
        with self._lock:
            return tuple(self._faults)

    def take(self, registry: str, method: str, action: str, repository: str, reference: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(registry, method, action, repository, reference):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None
