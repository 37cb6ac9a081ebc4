"""`WWW-Authenticate` (RFC 9110 §11.6.1), as registries use it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAMETER = re.compile(rf'({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))\s*(?:,|$)\s*')
_SCHEME = re.compile(rf"\s*,?\s*({_WORD})(?:\s+|$)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One scheme that the server accepts."""

    scheme: str
    """Lower case: ``bearer`` or ``basic``."""
    parameters: Mapping[str, str]
    """Names in lower case: ``realm``, ``service``, ``scope``, ``error``."""


def parse_challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """The challenges in all `WWW-Authenticate` headers of an answer; what is malformed is left out."""
    found: list[Challenge] = []
    for value in values:
        position = 0
        while match := _SCHEME.match(value, position):
            position = match.end()
            parameters: dict[str, str] = {}
            while parameter := _PARAMETER.match(value, position):
                name, quoted, plain = parameter.groups()
                parameters[name.lower()] = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
                position = parameter.end()
            found.append(Challenge(match.group(1).lower(), parameters))
    return tuple(found)


def choose(challenges: Iterable[Challenge]) -> Challenge | None:
    """The challenge to answer: bearer before basic, `None` when there is neither."""
    by_scheme = {challenge.scheme: challenge for challenge in reversed(tuple(challenges))}
    return by_scheme.get("bearer") or by_scheme.get("basic")
