"""Which repositories the mirror's role names: each one, or a shared beginning where there are too many for IAM.

A role takes 10 managed policies of 6,144 characters and 10,240 of its own, which is some 600 repositories.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mirror.config.model import DestinationName, MirrorConfig
from stacks import names
from stacks.grants import divided

MAX_STATEMENTS = 10
"""Full ones. The first is in the role's own policy, beside all else that it may do; each other takes a managed one."""

_ARN_CHARACTERS = {DestinationName.PRIVATE: 59, DestinationName.PUBLIC: 51}
"""Of an ARN without the name, in the longest partition and region."""


@dataclass(frozen=True, slots=True)
class PushScope:
    """Repositories of one registry."""

    repositories: tuple[str, ...] = ()
    """Names in full, or beginnings that end in ``/*``."""
    excluded: tuple[str, ...] = ()
    """Repositories below these beginnings that the mirror never writes to."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """The beginnings."""
        return tuple(name for name in self.repositories if name.endswith("/*"))


class TooManyRepositoriesError(Exception):
    """IAM cannot name them all, and there is no prefix that could stand for them."""


def push_scopes(config: MirrorConfig) -> dict[DestinationName, PushScope]:
    """What the role may push to, by registry. The larger registry is shortened first. `TooManyRepositoriesError`."""
    found = {name: names.repository_names(config, name) for name in DestinationName}
    for name in sorted(DestinationName, key=lambda name: _statements(name, found[name]), reverse=True):
        if _fits(found):
            break
        destination = config.destination(name)
        prefix = destination.prefix if destination is not None else ""
        found[name] = (f"{prefix}/*",) if prefix else _by_namespace(found[name])
    if not _fits(found):
        raise TooManyRepositoriesError
    own = tuple(repository.name for repository in config.repositories)
    return {
        name: PushScope(repositories, _below(own, repositories) if name is DestinationName.PRIVATE else ())
        for name, repositories in found.items()
    }


def problem(config: MirrorConfig) -> str | None:
    """Why the role cannot be made, in a sentence; `None` when it can."""
    try:
        push_scopes(config)
    except TooManyRepositoriesError:
        bare = " and ".join(repr(str(name)) for name in DestinationName if _bare(config, name))
        return f"IAM cannot name so many repositories in one role: give {bare} a prefix, which stands for all of them"
    return None


def _bare(config: MirrorConfig, name: DestinationName) -> bool:
    destination = config.destination(name)
    return destination is not None and not destination.prefix and bool(config.images_to(name))


def _fits(found: dict[DestinationName, tuple[str, ...]]) -> bool:
    return sum(_statements(name, repositories) for name, repositories in found.items()) <= MAX_STATEMENTS


def _statements(name: DestinationName, repositories: Sequence[str]) -> int:
    return len(list(divided([f"{'a' * _ARN_CHARACTERS[name]}{repository}" for repository in repositories])))


def _by_namespace(repositories: Sequence[str]) -> tuple[str, ...]:
    """``bitnami/*`` for several of ``bitnami``; names that share nothing stay."""
    counts: dict[str, int] = {}
    for repository in repositories:
        counts[_first(repository)] = counts.get(_first(repository), 0) + 1
    short = (
        f"{_first(repository)}/*" if "/" in repository and counts[_first(repository)] > 1 else repository
        for repository in repositories
    )
    return tuple(dict.fromkeys(short))


def _first(repository: str) -> str:
    return repository.partition("/")[0]


def _below(own: Sequence[str], repositories: Sequence[str]) -> tuple[str, ...]:
    beginnings = tuple(name.removesuffix("*") for name in repositories if name.endswith("/*"))
    return tuple(sorted(name for name in own if name.startswith(beginnings))) if beginnings else ()
