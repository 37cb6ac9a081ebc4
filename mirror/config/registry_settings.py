"""What the section `private` says about the registry as a whole, of which an account has one in each region."""

import re
from collections.abc import Mapping

from mirror.config.ecr import RegistrySettings, ReplicationRule, Scanning
from mirror.config.fields import Field, unique
from mirror.config.located import Entries, Kind, Scalar
from mirror.config.repository_settings import ACCOUNT_PATTERN, read_accounts

KEYS = ("scanning", "replication", "accept_replication_from")

SCAN_FILTER_PATTERN = re.compile(r"[a-z0-9*](?:[._/-]?[a-z0-9*]+)*")
MAX_SCAN_FILTERS = 100
REPOSITORY_PREFIX_PATTERN = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*")
MAX_REPLICATION_RULES = 10
MAX_REPLICATION_TARGETS = 25
MAX_REPLICATION_PREFIXES = 100
REGION_PATTERN = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")

_SCANNING = "on_push, off, {basic: {on_push: ['*']}} or {enhanced: {continuous: ['*']}}"


def read_registry(keys: Mapping[str, Field], prefix: str) -> RegistrySettings:
    """The registry's settings. Replication without `repositories` is of those below `prefix`."""
    scan_on_push, scanning = _read_scanning(keys["scanning"]) if "scanning" in keys else (True, None)
    accept = keys.get("accept_replication_from")
    return RegistrySettings(
        scan_on_push=scan_on_push,
        scanning=scanning,
        replication=_read_replication(keys["replication"], prefix) if "replication" in keys else (),
        accept_replication_from=read_accounts(accept) if accept is not None else (),
    )


def _read_scanning(field: Field) -> tuple[bool, Scanning | None]:
    if field.is_kind(Kind.BOOLEAN) and isinstance(field.value, Scalar) and not field.value.is_true:
        return False, None  # YAML reads `off` as a boolean
    if not isinstance(field.value, Entries):
        if not (isinstance(field.value, Scalar) and field.is_kind(Kind.TEXT) and field.value.text == "on_push"):
            field.expected(_SCANNING)
        return True, None
    entry = field.single(_SCANNING, ("basic", "enhanced"))
    if entry is None:
        return False, None
    kind, body = entry
    enhanced = kind == "enhanced"
    allowed = ("on_push", "continuous") if enhanced else ("on_push",)
    rules = body.mapping("a mapping such as {on_push: ['*']}", optional=allowed)
    if isinstance(body.value, Entries) and not body.value.pairs:
        body.problem(f"names no repositories: {{{allowed[0]}: ['*']}} scans all of them")
    rules = rules or {}
    return False, Scanning(
        enhanced=enhanced,
        on_push=_read_filters(rules["on_push"]) if "on_push" in rules else (),
        continuous=_read_filters(rules["continuous"]) if "continuous" in rules else (),
    )


def _read_filters(field: Field) -> tuple[str, ...]:
    found: list[tuple[Field, str]] = []
    for item in field.items("patterns over repositories", empty="'*' is all of them") or ():
        text = item.text("a pattern over repositories such as 'docker-hub/*'")
        if text is None:
            continue
        if SCAN_FILTER_PATTERN.fullmatch(text) is None or len(text) > 255:
            item.problem(f"not a pattern over repositories: {text!r} (lower-case letters, digits, '._-/' and '*')")
        else:
            found.append((item, text))
    unique(found, "the pattern")
    if len(found) > MAX_SCAN_FILTERS:
        field.problem(f"ECR takes {MAX_SCAN_FILTERS} patterns, got {len(found)}")
    return tuple(text for _, text in found)


def _read_replication(field: Field, prefix: str) -> tuple[ReplicationRule, ...]:
    items = field.items("replication rules", empty="leave the key out for none") or ()
    if len(items) > MAX_REPLICATION_RULES:
        field.problem(f"ECR takes {MAX_REPLICATION_RULES} rules, got {len(items)}")
    rules = [_read_rule(item, prefix) for item in items]
    targets = {target for rule in rules for target in rule.to}
    if len(targets) > MAX_REPLICATION_TARGETS:
        field.problem(f"ECR replicates to {MAX_REPLICATION_TARGETS} registries, got {len(targets)}")
    return tuple(rules)


def _read_rule(item: Field, prefix: str) -> ReplicationRule:
    keys = item.mapping("a rule such as {to: [eu-west-1]}", required=("to",), optional=("repositories",)) or {}
    given = keys.get("repositories")
    own = (f"{prefix}/",) if prefix else ()
    return ReplicationRule(
        to=_read_targets(keys["to"]) if "to" in keys else (),
        repositories=_read_prefixes(given) if given is not None else own,
    )


def _read_targets(field: Field) -> tuple[tuple[str, str], ...]:
    found: list[tuple[Field, str]] = []
    form = "regions, or mappings such as {region: eu-west-1, account: '111122223333'}"
    for item in field.items(form, empty="a rule replicates to one region or more") or ():
        place: Field | None = item
        account = ""
        if isinstance(item.value, Entries):
            keys = item.mapping(form, required=("region",), optional=("account",)) or {}
            place = keys.get("region")
            if "account" in keys:
                account = keys["account"].text("an account number of 12 digits, in quotes") or ""
                if account and ACCOUNT_PATTERN.fullmatch(account) is None:
                    keys["account"].problem(f"not an account number of 12 digits: {account!r}")
        region = place.text("a region such as eu-west-1") if place is not None else None
        if place is None or region is None:
            continue
        if REGION_PATTERN.fullmatch(region) is None:
            place.problem(f"not a region: {region!r} (such as eu-west-1)")
        else:
            found.append((item, f"{region} {account}".strip()))
    unique(found, "the registry")
    return tuple((text.partition(" ")[0], text.partition(" ")[2]) for _, text in found)


def _read_prefixes(field: Field) -> tuple[str, ...]:
    found: list[tuple[Field, str]] = []
    for item in field.items("prefixes of repositories", empty="leave the key out") or ():
        text = item.text("a prefix of repositories such as 'docker-hub/'")
        if text is None:
            continue
        if REPOSITORY_PREFIX_PATTERN.fullmatch(text) is None or not 2 <= len(text) <= 256:
            item.problem(f"not a prefix of repositories: {text!r} (2 to 256 lower-case letters, digits and '._-/')")
        else:
            found.append((item, text))
    unique(found, "the prefix")
    if len(found) > MAX_REPLICATION_PREFIXES:
        field.problem(f"ECR takes {MAX_REPLICATION_PREFIXES} prefixes in a rule, got {len(found)}")
    return tuple(text for _, text in found)
