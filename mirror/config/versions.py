"""Versions in tags, and ranges of them.

Tags are not strict semantic versions: ``21``, ``3.10``, ``21.0.8_9``, ``v1.2.3``, ``8.1.0-rc2``. A version here
is one to four numbers, divided by dots, then an optional build (``_9``, ``+7``) and an optional pre-release (``-rc2``).
Missing numbers count as 0 in comparisons, as people read them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import total_ordering
from typing import Self

_VERSION = re.compile(
    r"v?(?P<numbers>\d{1,18}(?:\.\d{1,18}){0,3})"
    r"(?:[_+](?P<build>\d{1,18}))?"
    r"(?P<pre>(?:[-.]?(?:alpha|beta|pre|preview|rc|cr|m|milestone|snapshot|dev|ea|b)[-.]?\d*)(?:[.-][0-9a-z]+)*)?",
    re.IGNORECASE,
)
# A pre-release has a known word: ``-jre`` or ``-alpine3.20`` are variants of an image, which prefix and suffix name.

_PARTS = re.compile(r"\d+|[a-z]+")
_COMPARATOR = re.compile(r"(?P<operator>>=|<=|!=|>|<|=|\^|~)?\s*(?P<version>\S+)")
_WILDCARD = re.compile(r"v?\d+(?:\.\d+){0,2}\.[x*]|[x*]", re.IGNORECASE)


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A version, ordered as semantic versioning orders: a pre-release comes before its release."""

    numbers: tuple[int, ...]
    build: int = 0
    pre: str = ""
    text: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The version that `text` is as a whole, `None` when it is something else."""
        match = _VERSION.fullmatch(text)
        if match is None:
            return None
        numbers = tuple(int(part) for part in match["numbers"].split("."))
        return cls(numbers, int(match["build"] or 0), (match["pre"] or "").strip("-.").lower(), text)

    @property
    def padded(self) -> tuple[int, int, int, int]:
        """All four numbers, absent ones as 0."""
        first, second, third, fourth = (*self.numbers, 0, 0, 0, 0)[:4]
        return first, second, third, fourth

    def _key(self) -> tuple[object, ...]:
        pre = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in _PARTS.findall(self.pre))
        return (self.padded, not self.pre, pre, self.build)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key() == other._key()

    def __lt__(self, other: "Version") -> bool:
        return self._key() < other._key()

    def __hash__(self) -> int:
        return hash(self._key())


_Test = Callable[[Version], bool]


@dataclass(frozen=True, slots=True)
class Range:
    """``>=17 <22``, ``^1.4``, ``~3.2 || 4.x``: all comparators of one alternative must hold."""

    text: str
    alternatives: tuple[tuple[_Test, ...], ...] = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The range in `text`. `ValueError` names the part that is malformed."""
        alternatives = tuple(tuple(_comparators(part)) for part in text.split("||"))
        return cls(text, alternatives)

    def __contains__(self, version: Version) -> bool:
        return any(all(test(version) for test in tests) for tests in self.alternatives)


def _comparators(text: str) -> list[_Test]:
    parts = re.sub(r"(>=|<=|!=|>|<|=|\^|~)\s+", r"\1", text.replace(",", " ")).split()
    if not parts:
        msg = f"an empty range ({text!r}); allowed: comparators such as >=17 <22, ^1.4, ~3.2, 17, 17.x"
        raise ValueError(msg)
    return [_comparator(part) for part in parts]


def _comparator(part: str) -> _Test:
    match = _COMPARATOR.fullmatch(part)
    operator = match["operator"] or "" if match else ""
    written = match["version"] if match else part
    if not operator and _WILDCARD.fullmatch(written):
        return _within(tuple(int(n) for n in re.findall(r"\d+", written)))
    bound = Version.parse(written)
    if bound is None:
        msg = f"{part!r} is no comparator; allowed: >, >=, <, <=, =, !=, ^, ~ before a version such as 17 or 3.6.3"
        raise ValueError(msg)
    return _test(operator, bound)


def _test(operator: str, bound: Version) -> _Test:
    simple: dict[str, _Test] = {
        ">": lambda version: version > bound,
        ">=": lambda version: version >= bound,
        "<": lambda version: version < bound,
        "<=": lambda version: version <= bound,
        "!=": lambda version: version != bound,
        # ^: the first number that is not 0 stays; ~: the first two stay, or the only one that is written.
        "^": lambda version: version >= bound and _within(_caret(bound))(version),
        "~": lambda version: version >= bound and _within(bound.numbers[:2])(version),
    }
    return simple.get(operator) or _within(bound.numbers, bound)


def _caret(bound: Version) -> tuple[int, ...]:
    padded = bound.padded[: max(len(bound.numbers), 1)]
    significant = next((place for place, number in enumerate(padded) if number), len(padded) - 1)
    return padded[: significant + 1]


def _within(numbers: tuple[int, ...], exact: Version | None = None) -> _Test:
    """Whether a version begins with these numbers: ``17`` means every 17. A pre-release or build must be equal."""
    if exact is not None and (exact.pre or exact.build):
        return lambda version: version == exact
    return lambda version: version.padded[: len(numbers)] == numbers
