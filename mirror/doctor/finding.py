"""What a check found."""

import enum
from dataclasses import dataclass

from mirror.errors import CredentialsError, DeniedError, MirrorError, RateLimitError


class Level(enum.StrEnum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"
    """A run works, though perhaps not as well as it could."""
    BAD = "bad"
    """A run fails, at least in part."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is."""

    level: Level
    what: str
    """What was looked at."""
    detail: str
    fix: str = ""
    """What to do about it; empty where there is nothing to do."""
    credentials: bool = False
    """Whether it is bad for want of credentials."""


def ok(what: str, detail: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, what, detail)


def warning(what: str, detail: str, fix: str) -> Finding:
    """It could be better."""
    return Finding(Level.WARNING, what, detail, fix)


def bad(what: str, detail: str, fix: str) -> Finding:
    """It does not work."""
    return Finding(Level.BAD, what, detail, fix)


def failed(what: str, err: MirrorError, *, denied: str = "") -> Finding:
    """It does not work, for this reason. `denied` is what to do where it is for want of a permission."""
    fix = err.advice or ""
    if isinstance(err, DeniedError):
        fix = denied or fix
    elif isinstance(err, RateLimitError):
        fix = fix or "Wait a few minutes, and look for who else asks there."
    return Finding(Level.BAD, what, str(err), fix or "Try again later.", credentials=isinstance(err, CredentialsError))
