"""References as people write them: ``maven:3.6.3-jdk-11``, ``bitnami/redis@sha256:…``.

The grammar is the distribution project's; Docker Hub's two habits are applied: no registry means
``docker.io``, and a name of one part means ``library/``.
"""

import re
from dataclasses import dataclass
from typing import Self

from mirror.oci.digest import Digest, parse_digest

DOCKER_HUB = "docker.io"
_OFFICIAL = "library/"

_HUB_ALIASES = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY_PATTERN = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
"""distribution-spec, *Pulling manifests*: `<name>`."""

TAG_PATTERN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
"""distribution-spec: `<reference>` as a tag."""

MAX_REPOSITORY_CHARACTERS = 255
"""Docker Hub's and the distribution project's limit for a repository name with its host."""


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A repository in a registry, and optionally a tag, a digest, or both."""

    registry: str
    repository: str
    """In full, on Docker Hub with ``library/``."""
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The reference in `text`. `ValueError` says which part is malformed, what it is and what is allowed."""
        rest, at, digest_text = text.strip().partition("@")
        digest = parse_digest(digest_text) if at else None
        head, slash, tail = rest.rpartition("/")
        tail, colon, tag = tail.partition(":")
        if colon and TAG_PATTERN.fullmatch(tag) is None:
            msg = f"not a tag: {tag!r} (letters, digits, '_', '.', '-'; not first '.' or '-'; at most 128 characters)"
            raise ValueError(msg)
        registry, repository = _split_registry(head + slash + tail)
        if REPOSITORY_PATTERN.fullmatch(repository) is None or len(repository) > MAX_REPOSITORY_CHARACTERS:
            msg = (
                f"not an image name: {repository!r} "
                "(lower-case letters and digits, joined by '.', '_', '__' or '-', in parts divided by '/')"
            )
            raise ValueError(msg)
        if registry == DOCKER_HUB and "/" not in repository:
            repository = _OFFICIAL + repository
        return cls(registry=registry, repository=repository, tag=tag if colon else None, digest=digest)

    @property
    def familiar_name(self) -> str:
        """The name people use: on Docker Hub without registry and ``library/``."""
        if self.registry != DOCKER_HUB:
            return f"{self.registry}/{self.repository}"
        return self.repository.removeprefix(_OFFICIAL)

    @property
    def is_official(self) -> bool:
        """Whether it is one of Docker Hub's official images."""
        return self.registry == DOCKER_HUB and self.repository.startswith(_OFFICIAL)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag is not None else ""
        digest = f"@{self.digest}" if self.digest is not None else ""
        return f"{self.familiar_name}{tag}{digest}"


def _split_registry(name: str) -> tuple[str, str]:
    """A first part with a dot, a colon or the word localhost is a registry; all else is Docker Hub's."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return (DOCKER_HUB if first in _HUB_ALIASES else first), rest
    return DOCKER_HUB, name
