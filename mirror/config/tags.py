"""The list `tags` of an image: tags, pinned tags, digests, and selectors."""

import re

from mirror.config.fields import Field, unique
from mirror.config.located import Entries, Kind, Scalar
from mirror.config.model import ExplicitDigest, ExplicitTag, TagPattern, TagSelector
from mirror.config.versions import Range
from mirror.oci.digest import parse_digest
from mirror.oci.reference import TAG_PATTERN

GLOB_PATTERN = re.compile(r"[A-Za-z0-9_.*?!\[\]-]+")
"""The characters that a tag may have, and those with a meaning in a glob."""

AFFIX_PATTERN = re.compile(r"[A-Za-z0-9_.-]+")
"""Text that may stand in a tag."""

ORDERS = ("version", "pushed")

_CHOOSERS = ("glob", "regex", "semver")
_OF_VERSIONS = ("prefix", "suffix", "prerelease")
_KEYS = (*_CHOOSERS, *_OF_VERSIONS, "latest", "order", "required")

_WHAT = "a tag, a tag with a digest (tag@sha256:…), a digest, or a selector such as {glob: '7.*'}"


def read_selectors(field: Field) -> tuple[TagSelector, ...]:
    """What `tags` says, as far as it is right."""
    selectors: list[TagSelector] = []
    named: list[tuple[Field, str]] = []
    for item in field.items("tags", empty="name at least one tag or selector") or ():
        selector = _read_selector(item)
        if selector is not None:
            selectors.append(selector)
        if isinstance(selector, ExplicitTag):
            named.append((item, selector.tag))
        elif isinstance(selector, ExplicitDigest):
            named.append((item, selector.digest))
    unique(named, "the tag")
    return tuple(selectors)


def read_glob(field: Field) -> str | None:
    """A glob over tags."""
    text = field.text("a glob such as '*-rc*'")
    if text is None or GLOB_PATTERN.fullmatch(text):
        return text
    field.problem(f"{text!r} matches no tag: a glob has letters, digits, '_', '.', '-' and the signs * ? [ ] !")
    return None


def _read_selector(field: Field) -> TagSelector | None:
    if isinstance(field.value, Entries):
        return _read_pattern(field)
    if isinstance(field.value, Scalar) and field.is_kind(Kind.WHOLE_NUMBER, Kind.NUMBER, Kind.BOOLEAN, Kind.DATE):
        field.problem(f'tags are texts, got {field.value.describe()}: quote it, "{field.value.text}"')
        return None
    text = field.text(_WHAT)
    return None if text is None else _read_explicit(field, text)


def _read_explicit(field: Field, text: str) -> TagSelector | None:
    head, at, tail = text.partition("@")
    if not at and text.startswith(("sha256:", "sha512:")):
        head, tail = "", text
    try:
        digest = parse_digest(tail) if tail or at else None
    except ValueError as err:
        field.problem(str(err))
        return None
    if not at and digest is not None:
        return ExplicitDigest(digest)
    if TAG_PATTERN.fullmatch(head):
        return ExplicitTag(head, digest)
    allowed = "letters, digits, '_', '.', '-'; not first '.' or '-'; at most 128 characters"
    field.problem(f"not a tag: {head!r} ({allowed}){_hint(head)}")
    return None


def _hint(text: str) -> str:
    if GLOB_PATTERN.fullmatch(text) and re.search(r"[*?\[]", text):
        return f"; as a glob it is {{glob: '{text}'}}"
    if ":" in text:
        return "; the name of the image is not repeated here"
    return ""


def _read_pattern(field: Field) -> TagPattern:
    keys = field.mapping("a selector", optional=_KEYS) or {}
    _check_combination(field, keys)
    glob, regex, semver = keys.get("glob"), keys.get("regex"), keys.get("semver")
    latest, order = keys.get("latest"), keys.get("order")
    prefix, suffix = keys.get("prefix"), keys.get("suffix")
    return TagPattern(
        glob=read_glob(glob) if glob else None,
        regex=_read_regex(regex) if regex else None,
        semver=_read_range(semver) if semver else None,
        prefix=_read_affix(prefix) if prefix else "",
        suffix=_read_affix(suffix) if suffix else "",
        prerelease=_read_flag(keys.get("prerelease")),
        latest=latest.whole_number(minimum=1) if latest else None,
        order=(order.choice(ORDERS) if order else None) or "version",
        required=_read_flag(keys.get("required")),
    )


def _check_combination(field: Field, keys: dict[str, Field]) -> None:
    choosers = [key for key in _CHOOSERS if key in keys]
    if len(choosers) > 1:
        field.problem(
            f"a selector has one of {', '.join(_CHOOSERS)}; this has {' and '.join(choosers)}: make it several"
        )
    if not choosers and "latest" not in keys:
        field.problem(f"the selector chooses nothing: it needs one of {', '.join(_CHOOSERS)}, or latest")
    if "glob" in keys or "regex" in keys:
        for key in _OF_VERSIONS:
            if key in keys:
                keys[key].problem(
                    f"{key!r} belongs to 'semver', or to 'latest' alone: a glob or regex matches whole tags"
                )
    if "order" in keys and "latest" not in keys:
        keys["order"].problem("'order' belongs to 'latest': without it all that match are taken")


def _read_regex(field: Field) -> str | None:
    text = field.text("a regular expression")
    if text is None:
        return None
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as err:
        field.problem(f"not a regular expression: {err}, got {text!r}")
        return None
    return text


def _read_range(field: Field) -> str | None:
    text = field.text("a range of versions such as '>=17 <22'")
    if text is None:
        return None
    try:
        Range.parse(text)
    except ValueError as err:
        field.problem(f"not a range of versions: {err}")
        return None
    return " ".join(text.split())


def _read_affix(field: Field) -> str:
    text = field.text("text around the version, such as '-jre'")
    if text is not None and AFFIX_PATTERN.fullmatch(text) is None:
        field.problem(f"{text!r} cannot be part of a tag: letters, digits, '_', '.' and '-' can")
    return text or ""


def _read_flag(field: Field | None) -> bool:
    return bool(field is not None and field.boolean())
