"""Which tags of a repository are meant. Why, is told by `mirror.planning.explanation`."""

import fnmatch
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mirror.config.model import ExplicitDigest, ExplicitTag, ImageConfig, TagPattern
from mirror.config.versions import Range, Version
from mirror.oci.digest import Digest

PushDates = Callable[[Sequence[str], int], dict[str, str]]
"""When these tags were pushed upstream, as sortable text: at least so many, the newest. Asked for only where
`order: pushed` needs it."""


@dataclass(frozen=True, slots=True)
class Selected:
    """One thing to mirror: a tag, a pinned tag, or a digest without a tag."""

    tag: str | None
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What an image's selectors choose."""

    selected: tuple[Selected, ...]
    """Explicit ones first, then as listed upstream; nothing twice."""
    chosen: Mapping[str, tuple[TagPattern, ...]] = field(default_factory=dict)
    """By tag, the patterns that chose it."""
    unmatched: tuple[TagPattern, ...] = ()
    """Patterns that chose nothing."""


def needs_listing(image: ImageConfig) -> bool:
    """Whether the tags upstream have to be listed at all."""
    return any(isinstance(selector, TagPattern) for selector in image.selectors)


def select(image: ImageConfig, listed: Sequence[str] = (), *, push_dates: PushDates | None = None) -> Selection:
    """Apply the image's selectors to the tags that exist upstream."""
    explicit: list[Selected] = []
    chosen: dict[str, tuple[TagPattern, ...]] = {}
    unmatched: list[TagPattern] = []
    for selector in image.selectors:
        match selector:
            case ExplicitTag(tag, digest):
                if not excluding(tag, image.exclude):
                    explicit.append(Selected(tag, digest))
            case ExplicitDigest(digest):
                explicit.append(Selected(None, digest))
            case TagPattern():
                found = _choose(selector, image.exclude, listed, push_dates)
                if not found:
                    unmatched.append(selector)
                for tag in found:
                    chosen[tag] = (*chosen.get(tag, ()), selector)
    named = {each.tag for each in explicit}
    patterned = [Selected(tag) for tag in listed if tag in chosen and tag not in named]
    return Selection(tuple(dict.fromkeys([*explicit, *patterned])), chosen, tuple(unmatched))


def describe(selector: TagPattern) -> str:
    """The selector as the file writes it."""
    names = ("glob", "regex", "semver", "prefix", "suffix", "prerelease", "latest", "order")
    values = {name: getattr(selector, name) for name in names}
    if selector.order == TagPattern().order:
        del values["order"]
    parts = [f"{name}: {'true' if value is True else value}" for name, value in values.items() if value]
    return "{" + ", ".join(parts) + "}"


def mismatch(selector: TagPattern, tag: str) -> str | None:
    """Why the pattern does not match the tag, whatever else it chooses; `None` where it matches."""
    if selector.glob is not None:
        return None if fnmatch.fnmatchcase(tag, selector.glob) else "does not match"
    if selector.regex is not None:
        return None if re.fullmatch(selector.regex, tag) else "does not match all of it"
    if not tag.startswith(selector.prefix):
        return f"wants the prefix {selector.prefix}"
    if not tag.endswith(selector.suffix):
        return f"wants the suffix {selector.suffix}"
    version = _version(selector, tag)
    if version is None:
        bare = _bare(selector, tag)
        return f"wants a version, which {bare} is not" if bare else "wants a version, and there is none"
    if selector.semver is not None and version not in _range(selector.semver):
        return f"leaves {version.text} out"
    if version.pre and not selector.prerelease:
        return "takes no pre-releases (prerelease: true does)"
    return None


def excluding(tag: str, exclude: Iterable[str]) -> str | None:
    """The glob that excludes the tag."""
    return next((glob for glob in exclude if fnmatch.fnmatchcase(tag, glob)), None)


def _choose(
    selector: TagPattern, exclude: Sequence[str], listed: Sequence[str], push_dates: PushDates | None
) -> list[str]:
    matching = [tag for tag in listed if mismatch(selector, tag) is None and not excluding(tag, exclude)]
    if selector.latest is None:
        return matching
    if selector.order == "pushed" and push_dates is not None:
        dates = push_dates(matching, selector.latest)
        return sorted(matching, key=lambda tag: (dates.get(tag, ""), tag), reverse=True)[: selector.latest]
    ordered = sorted(matching, key=lambda tag: _order(selector, tag), reverse=True)
    return ordered[: selector.latest]


_range = functools.cache(Range.parse)


def _bare(selector: TagPattern, tag: str) -> str:
    return tag[len(selector.prefix) : max(len(selector.prefix), len(tag) - len(selector.suffix))]


def _version(selector: TagPattern, tag: str) -> Version | None:
    if not (tag.startswith(selector.prefix) and tag.endswith(selector.suffix)):
        return None
    return Version.parse(_bare(selector, tag))


def _order(selector: TagPattern, tag: str) -> tuple[bool, Version, int, str]:
    """Versions above all else; among equal ones the most exact (``1.2.0`` over ``1.2``), then by name."""
    version = _version(selector, tag) or _leading_version(tag)
    return (version is not None, version or Version((0,)), len(version.numbers) if version else 0, tag)


def _leading_version(tag: str) -> Version | None:
    found = re.match(r"v?\d+(?:\.\d+){0,3}", tag)
    return Version.parse(found.group()) if found else None
