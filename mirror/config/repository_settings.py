"""What the sections `public` and `private` say about repositories, for all of them or for one."""

import re
from collections.abc import Mapping
from dataclasses import replace

from mirror.config.ecr import Encryption, EncryptionKind, Mutability, PullAccess, Removal, RepositorySettings
from mirror.config.fields import Field, unique
from mirror.config.lifecycle import read_lifecycle
from mirror.config.located import Entries, Kind, Scalar
from mirror.config.model import DestinationName

_COMMON = ("resource_tags", "removal")
KEYS = {
    DestinationName.PUBLIC: _COMMON,
    DestinationName.PRIVATE: ("mutability", "lifecycle", "encryption", "pull_access", *_COMMON),
}

MAX_EXCEPTIONS = 5
MAX_EXCEPTION_WILDCARDS = 2
EXCEPTION_PATTERN = re.compile(r"[0-9a-zA-Z._*-]{1,128}")

MAX_RESOURCE_TAGS = 50
OWN_TAGS = "hub-mirror:"
"""What the stacks' own tags begin with."""
TAG_PATTERN = re.compile(r"[\w .:/=+@-]*")

ACCOUNT_PATTERN = re.compile(r"[0-9]{12}")
ORGANIZATION_PATTERN = re.compile(r"o-[a-z0-9]{10,32}")
UNIT_PATTERN = re.compile(r"o-[a-z0-9]{10,32}/r-[0-9a-z]{4,32}(?:/ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})+/?")

KEY_PATTERN = re.compile(
    r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(?:key/[A-Za-z0-9-]+|alias/[A-Za-z0-9/_-]+)"
    r"|alias/[A-Za-z0-9/_-]+|(?:mrk-)?[0-9a-f-]{32,36}"
)

_MUTABILITY = "mutable, immutable, {immutable_except: ['*-jre']} or {mutable_except: ['v*']}"
_ENCRYPTION = "aes256, kms, kms_dsse, {kms: <key>} or {kms_dsse: <key>}"


def read_settings(keys: Mapping[str, Field], given: RepositorySettings) -> RepositorySettings:
    """`given`, with what the keys say in its place. Resource tags are added to those that are given."""
    settings = given
    if "mutability" in keys:
        settings = replace(settings, mutability=_read_mutability(keys["mutability"]))
    if "lifecycle" in keys:
        settings = replace(settings, lifecycle=read_lifecycle(keys["lifecycle"]))
    if "encryption" in keys:
        settings = replace(settings, encryption=_read_encryption(keys["encryption"]))
    if "pull_access" in keys:
        settings = replace(settings, pull_access=_read_pull_access(keys["pull_access"]))
    if "resource_tags" in keys:
        tags = {**dict(given.resource_tags), **_read_resource_tags(keys["resource_tags"])}
        settings = replace(settings, resource_tags=tuple(sorted(tags.items())))
    if "removal" in keys:
        word = keys["removal"].choice(tuple(Removal))
        settings = replace(settings, removal=Removal(word) if word in set(Removal) else Removal.RETAIN)
    return settings


def read_accounts(field: Field) -> tuple[str, ...]:
    """Numbers of AWS accounts."""
    accounts: list[tuple[Field, str]] = []
    for item in field.items("account numbers", empty="leave the key out for none") or ():
        # Unquoted, one that begins with 0 would be read as an octal number by some, and no longer as it is written.
        text = item.text("an account number of 12 digits, in quotes")
        if text is None:
            continue
        if ACCOUNT_PATTERN.fullmatch(text) is None:
            item.problem(f"not an account number of 12 digits: {text!r}")
        else:
            accounts.append((item, text))
    unique(accounts, "the account")
    return tuple(dict.fromkeys(text for _, text in accounts))


def _read_mutability(field: Field) -> Mutability:
    if not isinstance(field.value, Entries):
        return Mutability(immutable=_word(field, ("mutable", "immutable"), _MUTABILITY) == "immutable")
    entry = field.single(_MUTABILITY, ("immutable_except", "mutable_except"))
    if entry is None:
        return Mutability()
    name, patterns = entry
    found: list[tuple[Field, str]] = []
    for item in patterns.items("patterns over tags", empty="write mutable or immutable") or ():
        text = item.text("a pattern over tags such as '*-jre'")
        if text is None:
            continue
        if EXCEPTION_PATTERN.fullmatch(text) is None or text.count("*") > MAX_EXCEPTION_WILDCARDS:
            item.problem(
                f"not a pattern over tags: {text!r} (letters, digits, '.', '_', '-' and "
                f"at most {MAX_EXCEPTION_WILDCARDS} '*')"
            )
        else:
            found.append((item, text))
    unique(found, "the pattern")
    if len(found) > MAX_EXCEPTIONS:
        patterns.problem(f"ECR takes {MAX_EXCEPTIONS} patterns for a repository, got {len(found)}")
    return Mutability(immutable=name == "immutable_except", exceptions=tuple(text for _, text in found))


def _read_encryption(field: Field) -> Encryption:
    kinds = tuple(kind.value for kind in EncryptionKind)
    if not isinstance(field.value, Entries):
        word = _word(field, kinds, _ENCRYPTION)
        return Encryption(EncryptionKind(word)) if word else Encryption()
    entry = field.single(_ENCRYPTION, kinds[1:])
    if entry is None:
        return Encryption()
    name, key_field = entry
    key = key_field.text("a KMS key: its ARN, its id, or alias/…")
    if key is not None and KEY_PATTERN.fullmatch(key) is None:
        key_field.problem(f"not a KMS key: {key!r} (arn:aws:kms:…:key/…, a key's id, or alias/…)")
    return Encryption(EncryptionKind(name), key or "")


def _read_pull_access(field: Field) -> PullAccess:
    keys = field.mapping(
        "a mapping such as {accounts: ['111122223333'], organization: o-a1b2c3d4e5}",
        optional=("accounts", "organization", "organizational_units"),
    )
    if not keys:
        return PullAccess()
    organization = keys.get("organization")
    units = keys.get("organizational_units")
    text = organization.text("an organization's id such as o-a1b2c3d4e5") if organization is not None else None
    if organization is not None and text is not None and ORGANIZATION_PATTERN.fullmatch(text) is None:
        organization.problem(f"not an organization's id: {text!r} (o- and 10 or more lower-case letters and digits)")
    return PullAccess(
        accounts=read_accounts(keys["accounts"]) if "accounts" in keys else (),
        organization=text or "",
        organizational_units=_read_units(units) if units is not None else (),
    )


def _read_units(field: Field) -> tuple[str, ...]:
    units: list[tuple[Field, str]] = []
    for item in field.items("organizational units", empty="leave the key out for none") or ():
        text = item.text("a path such as o-a1b2c3d4e5/r-ab12/ou-ab12-11111111")
        if text is None:
            continue
        if UNIT_PATTERN.fullmatch(text) is None:
            item.problem(
                f"not a path from the organization to a unit: {text!r} (o-…/r-…/ou-…: unit ids alone are not unique "
                "in the world)"
            )
        else:
            units.append((item, text.rstrip("/")))
    unique(units, "the unit")
    return tuple(dict.fromkeys(text for _, text in units))


def _read_resource_tags(field: Field) -> dict[str, str]:
    if not isinstance(field.value, Entries):
        field.expected("a mapping such as {team: platform}")
        return {}
    keys = field.mapping("a mapping", optional=tuple(key.text for key, _ in field.value.pairs)) or {}
    found: dict[str, str] = {}
    for name, value in keys.items():
        if not (1 <= len(name) <= 128 and TAG_PATTERN.fullmatch(name)) or name.lower().startswith(("aws:", OWN_TAGS)):
            value.problem(
                f"not the key of a resource tag: {name!r} (1 to 128 letters, digits, spaces and _.:/=+@-, "
                f"not beginning with 'aws:' or {OWN_TAGS!r})"
            )
            continue
        empty = isinstance(value.value, Scalar) and value.value.kind is Kind.TEXT and not value.value.text
        text = "" if empty else value.text("a text")
        if text is None:
            continue
        if len(text) > 256 or TAG_PATTERN.fullmatch(text) is None:
            value.problem(
                f"not the value of a resource tag: {text!r} (at most 256 letters, digits, spaces and _.:/=+@-)"
            )
        else:
            found[name] = text
    if len(found) > MAX_RESOURCE_TAGS - 1:
        field.problem(f"AWS takes {MAX_RESOURCE_TAGS} tags, one is the stacks' own, got {len(found)}")
    return found


def _word(field: Field, words: tuple[str, ...], what: str) -> str | None:
    if isinstance(field.value, Scalar) and field.value.kind is Kind.TEXT and field.value.text in words:
        return field.value.text
    field.expected(what)
    return None
