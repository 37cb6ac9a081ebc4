"""Values with the place they stand at in the file: what every check of the configuration works on.

Made from YAML for what people write, and from JSON, without places, for what the program wrote itself. The rest of
the package cannot tell one from the other.
"""

import enum
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirror.errors import ConfigError, Problem

if TYPE_CHECKING:
    import yaml

_TRUE = frozenset({"true", "yes", "on"})
_WHOLE_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
# Other spellings that YAML 1.1 has for whole numbers (1_000, 0x1f, 12:30) are numbers, but never the ones meant.

_SHOWN_CHARACTERS = 60


class Kind(enum.Enum):
    """What a scalar is, by YAML's rules or by JSON's."""

    TEXT = enum.auto()
    WHOLE_NUMBER = enum.auto()
    NUMBER = enum.auto()
    BOOLEAN = enum.auto()
    NOTHING = enum.auto()
    DATE = enum.auto()


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value that holds no others."""

    kind: Kind
    text: str
    """As written, without quotes."""
    line: int = 0
    """1-based; 0 where the value does not come from a file."""
    column: int = 0

    @property
    def is_true(self) -> bool:
        """What a value of the kind `BOOLEAN` says."""
        return self.text.lower() in _TRUE

    def describe(self) -> str:
        """The value for a sentence that begins with "got"."""
        if self.kind is Kind.TEXT:
            shown = self.text if len(self.text) <= _SHOWN_CHARACTERS else self.text[:_SHOWN_CHARACTERS] + "…"
            return repr(shown)
        if self.kind is Kind.NOTHING:
            return "nothing"
        if self.kind is Kind.BOOLEAN:
            meaning = "true" if self.is_true else "false"
            return meaning if self.text == meaning else f"{self.text}, which means {meaning} in YAML"
        return f"the date {self.text}" if self.kind is Kind.DATE else f"the number {self.text}"


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    values: "tuple[Value, ...]"
    line: int = 0
    column: int = 0

    def describe(self) -> str:
        """As `Scalar.describe`; what the list holds is left out."""
        return "a list"


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping, as written: a key may be there twice."""

    pairs: "tuple[tuple[Scalar, Value], ...]"
    line: int = 0
    column: int = 0

    def describe(self) -> str:
        """As `Scalar.describe`; what the mapping holds is left out."""
        return "a mapping"


Value = Scalar | Items | Entries


def from_yaml(text: str, *, source: str) -> Value | None:
    """The one document in `text`; `None` when it holds nothing. `ConfigError` when it is not YAML, with the line."""
    import yaml  # noqa: PLC0415 - the engine in a build reads JSON and must not need PyYAML

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return None if node is None else _Converter(source).convert(node)
    except yaml.MarkedYAMLError as err:
        raise _single(source, *_place(err.problem_mark or err.context_mark), _explain(err)) from err
    except yaml.reader.ReaderError as err:
        before = text[: err.position]
        column = err.position - (before.rfind("\n") + 1) + 1
        message = f"the character {_character(err.character)} may not stand in YAML"
        raise _single(source, before.count("\n") + 1, column, message) from err
    except RecursionError as err:
        raise _single(source, 0, 0, "nested too deeply to be read") from err


def from_json(text: str, *, source: str) -> Value:
    """The document in `text`, without places. `ConfigError` when it is not JSON, with the line."""
    try:
        return _from_plain(json.loads(text, object_pairs_hook=_JsonObject))
    except json.JSONDecodeError as err:
        raise _single(source, err.lineno, err.colno, f"not JSON: {err.msg}") from err
    except ValueError as err:  # a number with thousands of digits
        raise _single(source, 0, 0, f"not usable JSON: {err}") from err
    except RecursionError as err:
        raise _single(source, 0, 0, "nested too deeply to be read") from err


class _JsonObject(list[tuple[str, Any]]):
    """A JSON object's members in order: a `dict` would hide a key that is there twice."""


def _from_plain(value: Any) -> Value:
    if isinstance(value, _JsonObject):
        return Entries(tuple((Scalar(Kind.TEXT, key), _from_plain(member)) for key, member in value))
    if isinstance(value, list):
        return Items(tuple(_from_plain(member) for member in value))
    if isinstance(value, str):
        return Scalar(Kind.TEXT, value)
    if value is None:
        return Scalar(Kind.NOTHING, "null")
    if isinstance(value, bool):
        return Scalar(Kind.BOOLEAN, "true" if value else "false")
    return Scalar(Kind.WHOLE_NUMBER if isinstance(value, int) else Kind.NUMBER, str(value))


class _Converter:
    """Turns PyYAML's nodes into values. A node that aliases repeat is converted once, however often it is named."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._done: dict[int, Value] = {}
        self._under_way: set[int] = set()

    def convert(self, node: "yaml.Node") -> Value:
        """The value of `node`. `ConfigError` for what YAML allows and a configuration cannot mean."""
        key = id(node)
        if key in self._done:
            return self._done[key]
        if key in self._under_way:
            raise _single(self._source, *_place(node.start_mark), "this contains itself, by an alias")
        self._under_way.add(key)
        value = self._convert(node)
        self._under_way.remove(key)
        self._done[key] = value
        return value

    def _convert(self, node: "yaml.Node") -> Value:
        line, column = _place(node.start_mark)
        tag = str(node.tag).removeprefix("tag:yaml.org,2002:")
        value: Any = node.value
        if tag == "map":
            return Entries(tuple((self._key(name), self.convert(member)) for name, member in value), line, column)
        if tag == "seq":
            return Items(tuple(self.convert(member) for member in _nodes(value)), line, column)
        kind = _SCALAR_KINDS.get(tag)
        if kind is None or not isinstance(value, str):
            raise _single(self._source, line, column, f"the type {node.tag!r} is not used in this file: leave it out")
        if kind is Kind.WHOLE_NUMBER and _WHOLE_NUMBER.fullmatch(value) is None:
            kind = Kind.NUMBER
        return Scalar(kind, value, line, column)

    def _key(self, node: "yaml.Node") -> Scalar:
        value = self.convert(node)
        if isinstance(value, Scalar):
            return value
        raise _single(self._source, value.line, value.column, f"expected a key, got {value.describe()}")


_SCALAR_KINDS = {
    "str": Kind.TEXT,
    "int": Kind.WHOLE_NUMBER,
    "float": Kind.NUMBER,
    "bool": Kind.BOOLEAN,
    "null": Kind.NOTHING,
    "timestamp": Kind.DATE,
    # YAML's own keys with a meaning; here they mean nothing, so they are refused as unknown keys where they stand.
    "merge": Kind.TEXT,
    "value": Kind.TEXT,
}


def _nodes(value: Any) -> Iterable["yaml.Node"]:
    return value if isinstance(value, list) else ()


def _place(mark: Any) -> tuple[int, int]:
    return (0, 0) if mark is None else (mark.line + 1, mark.column + 1)


def _explain(err: "yaml.MarkedYAMLError") -> str:
    problem = str(err.problem or "cannot be read")
    if "'\\t'" in problem:
        return "a tab: YAML is indented by spaces only"
    if "found another document" in problem:
        return "a second document begins here ('---'): one file holds one"
    context = f"{err.context}: " if err.context and "scanning for the next token" not in err.context else ""
    opened = ""
    if context and err.context_mark is not None:
        opened = f" (it began in line {err.context_mark.line + 1})"
    return f"not YAML: {context}{problem}{opened}"


def _character(character: Any) -> str:
    return f"U+{ord(character) if isinstance(character, str) else int(character):04X}"


def _single(source: str, line: int, column: int, message: str) -> ConfigError:
    return ConfigError(source, (Problem(line=line, column=column, path="", message=message),))
