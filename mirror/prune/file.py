"""The plan as a file: what one person makes, another may read, and `apply` takes at its word."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mirror.config.model import DestinationName
from mirror.errors import ConfigError, Problem
from mirror.oci.digest import Digest, parse_digest
from mirror.oci.reference import REPOSITORY_PATTERN, TAG_PATTERN

VERSION = 1

_KEYS = ("version", "created", "min_age_days", "entries")
_ENTRY_KEYS = ("destination", "registry", "repository", "tag", "digest", "pushed", "reason")
_REGISTRY = re.compile(r"[A-Za-z0-9.\-:\[\]]+(?:/[A-Za-z0-9._\-/]+)?")


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One tag to remove."""

    destination: str
    registry: str
    """Host and path as in references, so that a plan for one registry is not applied to another."""
    repository: str
    tag: str
    digest: Digest
    """What the tag points at; once it points elsewhere the plan does not mean it any more."""
    pushed: str | None
    """When, in RFC 3339; `None` where the registry does not tell."""
    reason: str
    """Why it is not chosen, for people."""

    @property
    def reference(self) -> str:
        """As in a `FROM` line."""
        return f"{self.registry}/{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go."""

    created: str
    """RFC 3339."""
    min_age_days: float
    """Nothing younger is in it, and nothing younger is removed by it."""
    entries: tuple[Entry, ...]


def dumps(plan: Plan) -> str:
    """The file's text."""
    document = {
        "version": VERSION,
        "created": plan.created,
        "min_age_days": plan.min_age_days,
        "entries": [asdict(entry) for entry in plan.entries],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write(plan: Plan, path: Path) -> None:
    """Write the file. `ConfigError` when that is not possible."""
    try:
        path.write_text(dumps(plan), encoding="utf-8")
    except OSError as err:
        raise _unusable(str(path), f"cannot be written: {err.strerror}") from err


def read(path: Path) -> Plan:
    """The plan in this file. `ConfigError` with everything that is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as err:
        raise _unusable(str(path), f"cannot be read: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise _unusable(str(path), "not UTF-8") from err
    return loads(text, source=str(path))


def loads(text: str, *, source: str) -> Plan:
    """Likewise, from text. Strict: this file says what is deleted, so nothing in it is guessed or passed over."""
    try:
        document = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as err:
        raise ConfigError(source, (Problem(err.lineno, err.colno, "", f"not JSON: {err.msg}"),)) from err
    except (ValueError, RecursionError) as err:
        raise _unusable(source, f"not usable JSON: {err}") from err
    reader = _Reader()
    plan = reader.plan(document)
    if plan is None or reader.problems:
        raise ConfigError(source, tuple(reader.problems))
    return plan


class _Reader:
    """Collects problems; what it returns counts only where there is none."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def plan(self, document: Any) -> Plan | None:
        if not isinstance(document, Mapping):
            self._problem("", f"got {_shown(document)}, allowed: what `mirror prune --plan FILE` wrote")
            return None
        version = document.get("version")
        if isinstance(version, bool) or version != VERSION:
            self._problem("version", f"got {_shown(version)}, allowed: {VERSION}")
            return None  # of another version nothing more is known
        self._keys(document, _KEYS, "")
        age = document.get("min_age_days")
        if isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age < 100_000:
            self._problem("min_age_days", f"got {_shown(age)}, allowed: a number of days, 0 or more")
            age = 0
        created = self._moment(document.get("created"), "created")
        entries = document.get("entries")
        if not isinstance(entries, list):
            self._problem("entries", f"got {_shown(entries)}, allowed: a list")
            entries = []
        found = [self._entry(each, f"entries[{number}]") for number, each in enumerate(entries)]
        known = [entry for entry in found if entry is not None]
        self._twice(known)
        return Plan(created, age, tuple(known))

    def _entry(self, document: Any, path: str) -> Entry | None:
        if not isinstance(document, Mapping):
            self._problem(path, f"got {_shown(document)}, allowed: an object with {', '.join(_ENTRY_KEYS)}")
            return None
        self._keys(document, _ENTRY_KEYS, f"{path}.")
        before = len(self.problems)
        destination = self._matching(document, "destination", path, re.compile("|".join(DestinationName)))
        registry = self._matching(document, "registry", path, _REGISTRY)
        repository = self._matching(document, "repository", path, REPOSITORY_PATTERN)
        tag = self._matching(document, "tag", path, TAG_PATTERN)
        reason = self._matching(document, "reason", path, re.compile(r".*", re.DOTALL))
        digest = self._digest(document.get("digest"), f"{path}.digest")
        pushed = document.get("pushed")
        if pushed is not None:
            pushed = self._moment(pushed, f"{path}.pushed")
        if digest is None or len(self.problems) > before:
            return None
        return Entry(destination, registry, repository, tag, digest, pushed, reason)

    def _keys(self, document: Mapping[str, Any], known: tuple[str, ...], prefix: str) -> None:
        for key in document:
            if key not in known:
                self._problem(f"{prefix}{key}", f"unknown key, allowed: {', '.join(known)}")
        for key in known:
            if key not in document and key != "version":
                self._problem(f"{prefix}{key}", "missing")

    def _matching(self, document: Mapping[str, Any], key: str, path: str, pattern: re.Pattern[str]) -> str:
        value = document.get(key)
        if key in document and not (isinstance(value, str) and pattern.fullmatch(value)):
            self._problem(f"{path}.{key}", f"got {_shown(value)}, allowed: {_ALLOWED[key]}")
        return value if isinstance(value, str) else ""

    def _digest(self, value: Any, path: str) -> Digest | None:
        try:
            return parse_digest(value)
        except (ValueError, TypeError):
            self._problem(path, f"got {_shown(value)}, allowed: sha256: and 64 lower-case hex digits")
            return None

    def _moment(self, value: Any, path: str) -> str:
        try:
            if datetime.fromisoformat(value).tzinfo is not None:
                return str(value)
        except (ValueError, TypeError):
            pass
        self._problem(path, f"got {_shown(value)}, allowed: a date and time with its zone, 2026-11-24T03:00:00+00:00")
        return ""

    def _twice(self, entries: list[Entry]) -> None:
        seen: set[str] = set()
        for entry in entries:
            name = f"{entry.destination} {entry.reference}"
            if name in seen:
                self._problem("entries", f"{name} is there twice")
            seen.add(name)

    def _problem(self, path: str, message: str) -> None:
        self.problems.append(Problem(0, 0, path, message))


_ALLOWED = {
    "destination": " or ".join(DestinationName),
    "registry": "a registry's host, with what stands before every repository's name",
    "repository": "a repository's name",
    "tag": "a tag",
    "reason": "text",
}


def moment(seconds: float) -> str:
    """RFC 3339, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError("the key " + next(repr(name) for name in names if names.count(name) > 1) + " is there twice")
    return found


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"


def _unusable(source: str, message: str) -> ConfigError:
    return ConfigError(source, (Problem(0, 0, "", message),))
