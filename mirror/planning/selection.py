"""Which tags of a repository are meant, and why."""

import fnmatch
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mirror.config.model import ExplicitDigest, ExplicitTag, ImageConfig, TagPattern
from mirror.config.versions import Range, Version
from mirror.oci.digest import Digest

PushDates = Callable[[Sequence[str]], dict[str, str]]
"""When each of these tags was pushed upstream, as sortable text; asked for only where `order: pushed` needs it."""


@dataclass(frozen=True, slots=True)
class Selected:
    """One thing to mirror: a tag, a pinned tag, or a digest without a tag."""

    tag: str | None
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a listed tag is in or out."""

    tag: str
    selected: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What an image's selectors choose."""

    selected: tuple[Selected, ...]
    """Explicit ones first, then as listed upstream; nothing twice."""
    verdicts: tuple[Verdict, ...] = ()
    """For every listed tag; empty when no list was needed."""
    unmatched: tuple[TagPattern, ...] = ()
    """Patterns that chose nothing."""


def needs_listing(image: ImageConfig) -> bool:
    """Whether the tags upstream have to be listed at all."""
    return any(isinstance(selector, TagPattern) for selector in image.selectors)


def select(image: ImageConfig, listed: Sequence[str] = (), *, push_dates: PushDates | None = None) -> Selection:
    """Apply the image's selectors to the tags that exist upstream."""
    explicit: list[Selected] = []
    reasons: dict[str, str] = {}
    unmatched: list[TagPattern] = []
    for selector in image.selectors:
        match selector:
            case ExplicitTag(tag, digest):
                if _excluded(tag, image.exclude):
                    continue
                explicit.append(Selected(tag, digest))
                reasons.setdefault(tag, "named in tags")
            case ExplicitDigest(digest):
                explicit.append(Selected(None, digest))
            case TagPattern():
                chosen = _choose(selector, image.exclude, listed, push_dates)
                if not chosen:
                    unmatched.append(selector)
                for tag in chosen:
                    reasons.setdefault(tag, f"chosen by {describe(selector)}")
    named = {each.tag for each in explicit}
    patterned = [Selected(tag) for tag in listed if tag in reasons and tag not in named]
    verdicts = tuple(_verdict(tag, reasons, image) for tag in listed)
    return Selection(tuple(dict.fromkeys([*explicit, *patterned])), verdicts, tuple(unmatched))


def describe(selector: TagPattern) -> str:
    """The selector as the file writes it."""
    names = ("glob", "regex", "semver", "prefix", "suffix", "latest")
    parts = [f"{name}: {value}" for name in names if (value := getattr(selector, name))]
    return "{" + ", ".join(parts) + "}"


def _choose(
    selector: TagPattern, exclude: Sequence[str], listed: Sequence[str], push_dates: PushDates | None
) -> list[str]:
    matching = [tag for tag in listed if _matches(selector, tag) and not _excluded(tag, exclude)]
    if selector.latest is None:
        return matching
    if selector.order == "pushed" and push_dates is not None:
        dates = push_dates(matching)
        return sorted(matching, key=lambda tag: (dates.get(tag, ""), tag), reverse=True)[: selector.latest]
    ordered = sorted(matching, key=lambda tag: _order(selector, tag), reverse=True)
    return ordered[: selector.latest]


def _matches(selector: TagPattern, tag: str) -> bool:
    if selector.glob is not None:
        return fnmatch.fnmatchcase(tag, selector.glob)
    if selector.regex is not None:
        return re.fullmatch(selector.regex, tag) is not None
    version = _version(selector, tag)
    if version is None or (version.pre and not selector.prerelease):
        return False
    return selector.semver is None or version in Range.parse(selector.semver)


def _version(selector: TagPattern, tag: str) -> Version | None:
    if not (tag.startswith(selector.prefix) and tag.endswith(selector.suffix)):
        return None
    return Version.parse(tag[len(selector.prefix) : len(tag) - len(selector.suffix)])


def _order(selector: TagPattern, tag: str) -> tuple[bool, Version, int, str]:
    """Versions above all else; among equal ones the most exact (``1.2.0`` over ``1.2``), then by name."""
    version = _version(selector, tag) or _leading_version(tag)
    return (version is not None, version or Version((0,)), len(version.numbers) if version else 0, tag)


def _leading_version(tag: str) -> Version | None:
    found = re.match(r"v?\d+(?:\.\d+){0,3}", tag)
    return Version.parse(found.group()) if found else None


def _excluded(tag: str, exclude: Iterable[str]) -> str | None:
    return next((glob for glob in exclude if fnmatch.fnmatchcase(tag, glob)), None)


def _verdict(tag: str, reasons: dict[str, str], image: ImageConfig) -> Verdict:
    if tag in reasons:
        return Verdict(tag, selected=True, reason=reasons[tag])
    excluded = _excluded(tag, image.exclude)
    if excluded is not None:
        return Verdict(tag, selected=False, reason=f"excluded by {excluded}")
    patterns = [selector for selector in image.selectors if isinstance(selector, TagPattern)]
    cut = next((each for each in patterns if each.latest is not None and _matches(each, tag)), None)
    if cut is not None:
        return Verdict(tag, selected=False, reason=f"not among the latest {cut.latest} of {describe(cut)}")
    return Verdict(tag, selected=False, reason="no selector matches")
