"""The sections `public` and `private`: the registries that are written to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mirror.config import registry_settings, repository_settings
from mirror.config.ecr import RegistrySettings, RepositorySettings
from mirror.config.fields import Field
from mirror.config.located import Kind, Scalar
from mirror.config.model import DestinationConfig, DestinationName
from mirror.config.names import PATTERN

ALIAS_PATTERN = re.compile(r"[a-z][a-z0-9]+(?:[._-][a-z0-9]+)*")
MAX_ALIAS_CHARACTERS = 50

MAX_STACKS = 100
"""More repositories than an account may have by default fit into so many."""

_KEYS = {
    DestinationName.PUBLIC: ("prefix", "alias", "stacks", *repository_settings.KEYS[DestinationName.PUBLIC]),
    DestinationName.PRIVATE: (
        "prefix",
        "stacks",
        *repository_settings.KEYS[DestinationName.PRIVATE],
        *registry_settings.KEYS,
    ),
}


@dataclass(frozen=True, slots=True)
class Destinations:
    """Both destinations, and where each was written."""

    configs: Mapping[DestinationName, DestinationConfig | None]
    fields: Mapping[DestinationName, Field]

    def switched_off(self, name: DestinationName) -> Field | None:
        """What switches the destination off, `None` when it is on."""
        return self.fields[name] if self.configs[name] is None else None


def read_destinations(keys: Mapping[str, Field]) -> Destinations:
    """The sections `public` and `private`, among the keys of the file."""
    fields = {name: keys[name] for name in DestinationName if name in keys}
    configs = {
        name: _read_destination(fields[name], name) if name in fields else DestinationConfig()
        for name in DestinationName
    }
    return Destinations(configs, fields)


def _read_destination(field: Field, name: DestinationName) -> DestinationConfig | None:
    if isinstance(field.value, Scalar) and field.value.kind is Kind.BOOLEAN:
        return DestinationConfig(declared=True) if field.value.is_true else None
    keys = field.mapping("true, false or a mapping such as {prefix: team}", optional=_KEYS[name]) or {}
    prefix = _read_prefix(keys["prefix"], name) if "prefix" in keys else ""
    return DestinationConfig(
        prefix=prefix,
        alias=(_read_alias(keys["alias"]) if "alias" in keys else None) or "",
        stacks=(_read_stacks(keys["stacks"]) if "stacks" in keys else None) or 1,
        settings=repository_settings.read_settings(keys, RepositorySettings()),
        registry=(
            registry_settings.read_registry(keys, prefix) if name is DestinationName.PRIVATE else RegistrySettings()
        ),
        declared=True,
    )


def _read_alias(field: Field) -> str | None:
    text = field.text("the alias of your public registry, such as a1b2c3d4")
    if text is not None and not (2 <= len(text) <= MAX_ALIAS_CHARACTERS and ALIAS_PATTERN.fullmatch(text)):
        field.problem(
            f"not an alias: {text!r} (2 to {MAX_ALIAS_CHARACTERS} lower-case letters and digits, joined by single "
            "'.', '_' or '-', beginning with a letter; the console shows it under Public registry)"
        )
    return text


def _read_stacks(field: Field) -> int | None:
    number = field.whole_number(minimum=1)
    if number is not None and number > MAX_STACKS:
        field.problem(f"at most {MAX_STACKS} stacks, got {number}")
    return number


def _read_prefix(field: Field, name: DestinationName) -> str:
    text = field.text("a prefix such as 'team'; for none leave it out")
    if text is None:
        return ""
    if text != text.strip("/"):
        field.problem(f"the prefix is written without slashes at its ends: {text.strip('/')!r}, got {text!r}")
        return text.strip("/")
    if PATTERN.fullmatch(text) is None:
        field.problem(
            f"not a prefix: {text!r} (lower-case letters and digits, joined by single '.', '_' or '-', "
            "in parts divided by '/')"
        )
    elif name is DestinationName.PRIVATE and not text[0].isalpha():
        field.problem(f"private repositories begin with a letter, so their prefix does, got {text!r}")
    else:
        return text
    return ""
