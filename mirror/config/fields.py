"""Reads located values as what they should be, and collects every problem instead of stopping at the first.

A reader asks a `Field` for what it expects. A wrong value becomes a problem and the answer `None`, and the reader goes
on with what it has: the result is thrown away as soon as there is one problem.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mirror.config.located import Entries, Items, Kind, Scalar, Value
from mirror.errors import ConfigError, Problem

_QUOTABLE = frozenset({Kind.WHOLE_NUMBER, Kind.NUMBER, Kind.BOOLEAN, Kind.DATE})


class Problems:
    """What is wrong with one file."""

    def __init__(self, source: str) -> None:
        self.source = source
        """The file's path, or what else stands for it."""
        self._found: list[Problem] = []

    @property
    def directory(self) -> Path:
        """Where the file lies, from which it names others."""
        return Path(self.source).parent

    def add(self, place: Value, path: str, message: str) -> None:
        """One more problem, at the place of a value."""
        self._found.append(Problem(line=place.line, column=place.column, path=path, message=message))

    def raise_if_any(self) -> None:
        """`ConfigError` with all that was found. Once each: an alias brings the same lines here again."""
        if self._found:
            raise ConfigError(self.source, tuple(dict.fromkeys(self._found)))


@dataclass(frozen=True, slots=True)
class Field:
    """A value, what leads to it in the document, and where its problems go."""

    value: Value
    path: str
    problems: Problems

    @property
    def line(self) -> int:
        """Where it stands; 0 when it does not come from a file."""
        return self.value.line

    @property
    def where(self) -> str:
        """Its line for a sentence, or its path where it has none."""
        return f"line {self.line}" if self.line else self.path

    def problem(self, message: str) -> None:
        """This value is wrong."""
        self.problems.add(self.value, self.path, message)

    def expected(self, what: str, *, secret: bool = False) -> None:
        """This value is not `what`. With `secret` a text is not repeated in the message."""
        got = "a text" if secret and self.is_kind(Kind.TEXT) else self.value.describe()
        self.problem(f"expected {what}, got {got}")

    def is_kind(self, *kinds: Kind) -> bool:
        """Whether it is a scalar of one of these kinds."""
        return isinstance(self.value, Scalar) and self.value.kind in kinds

    def text(self, what: str, *, quotable: bool = True) -> str | None:
        """A text that is not empty. Numbers and their like must be quoted, for YAML does not keep their spelling.

        `quotable` is false where a number is wrong however it is quoted.
        """
        if isinstance(self.value, Scalar) and self.value.kind is Kind.TEXT and self.value.text.strip():
            return self.value.text
        if quotable and isinstance(self.value, Scalar) and self.value.kind in _QUOTABLE:
            self.problem(
                f'expected {what}, got {self.value.describe()}; if you mean the text, quote it: "{self.value.text}"'
            )
        else:
            self.expected(what)
        return None

    def whole_number(self, *, minimum: int) -> int | None:
        """A whole number, not below `minimum`."""
        if isinstance(self.value, Scalar) and self.value.kind is Kind.WHOLE_NUMBER:
            number = int(self.value.text)
            if number >= minimum:
                return number
        self.expected(f"a whole number, {minimum} or more")
        return None

    def boolean(self) -> bool | None:
        """True or false."""
        if isinstance(self.value, Scalar) and self.value.kind is Kind.BOOLEAN:
            return self.value.is_true
        self.expected("true or false")
        return None

    def choice(self, allowed: Iterable[str]) -> str | None:
        """One of these words."""
        words = tuple(allowed)
        text = self.text(_one_of(words))
        if text is None or text in words:
            return text
        self.problem(f"expected {_one_of(words)}, got {text!r}{did_you_mean(text, words)}")
        return None

    def items(self, what: str, *, empty: str | None = None) -> "tuple[Field, ...] | None":
        """The fields of a list of `what`. An empty one is a problem when `empty` says why."""
        if not isinstance(self.value, Items):
            self.expected(f"a list of {what}")
            return None
        if not self.value.values and empty is not None:
            self.problem(f"the list is empty: {empty}")
            return None
        return tuple(
            Field(value, f"{self.path}[{index}]", self.problems) for index, value in enumerate(self.value.values)
        )

    def mapping(
        self, what: str, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = (), secret: bool = False
    ) -> "dict[str, Field] | None":
        """The fields of a mapping by key. Unknown, repeated and missing keys become problems."""
        if not isinstance(self.value, Entries):
            self.expected(what, secret=secret)
            return None
        allowed = (*required, *optional)
        found: dict[str, Field] = {}
        first: dict[str, Scalar] = {}
        for key, value in self.value.pairs:
            name = key.text
            path = f"{self.path}.{name}" if self.path else name
            if name in first:
                self.problems.add(key, path, f"{name!r} is here a second time{_after(first[name])}: keep one")
                continue
            first[name] = key
            if name in allowed and key.kind is Kind.TEXT:
                found[name] = Field(value, path, self.problems)
            else:
                hint = did_you_mean(name, allowed)
                self.problems.add(key, path, f"unknown key {name!r}{hint}; allowed: {', '.join(allowed)}")
        for name in required:
            if name not in found:
                self.problem(f"{name!r} is missing")
        return found

    def single(self, what: str, allowed: tuple[str, ...]) -> "tuple[str, Field] | None":
        """The only entry of a mapping that has exactly one of these keys."""
        found = self.mapping(what, optional=allowed)
        if found is None:
            return None
        if len(found) == 1:
            return next(iter(found.items()))
        if found or (isinstance(self.value, Entries) and not self.value.pairs):
            self.expected(f"one of {what}")
        return None


def unique(fields: Iterable[tuple[Field, str]], what: str) -> None:
    """A problem for each field whose text was there before."""
    first: dict[str, Field] = {}
    for field, text in fields:
        if text in first:
            field.problem(f"{what} {text!r} is in this list twice ({first[text].where})")
        else:
            first[text] = field


def _one_of(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def did_you_mean(got: str, allowed: Iterable[str]) -> str:
    """A half-sentence that names the nearest allowed word, or nothing where none is near."""
    words = {word.lower(): str(word) for word in allowed}
    near = difflib.get_close_matches(got.lower(), words, n=1)
    return f" (did you mean {words[near[0]]!r}?)" if near else ""


def _after(key: Scalar) -> str:
    return f", after line {key.line}" if key.line else ""
