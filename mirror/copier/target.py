"""Where one image goes: a repository of one destination."""

from dataclasses import dataclass, field

from mirror.registry.protocols import Destination


@dataclass(frozen=True, slots=True)
class Target:
    """One repository of one destination, as the copier sees it. Equal by destination and repository."""

    destination: str
    """``private``, ``public``: names the registry. Blobs can be mounted between targets of one destination."""
    repository: str
    """The repository's name in that registry, as `Mounter.mount_blob` wants it."""
    store: Destination = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.destination} {self.repository}"
