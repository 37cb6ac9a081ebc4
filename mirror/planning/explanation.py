"""Why a tag is in or out, for people: `plan --explain`, and what `prune` says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mirror.config.model import ExplicitDigest, ExplicitTag, ImageConfig, TagPattern
from mirror.planning.selection import Selection, describe, excluding, mismatch


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a tag, or a digest, is in or out."""

    name: str
    selected: bool
    reason: str


def explain(image: ImageConfig, listed: Sequence[str] | None, selection: Selection) -> Iterator[Verdict]:
    """A verdict for everything that is written out, and then for each listed tag; `None`: nothing was listed."""
    named: set[str] = set()
    for selector in image.selectors:
        match selector:
            case ExplicitTag(tag, _):
                named.add(tag)
                yield _named(image, selector, listed)
            case ExplicitDigest(digest):
                yield Verdict(digest, selected=True, reason="named by its digest")
    for tag in listed or ():
        if tag not in named:
            yield _listed(image, tag, selection)


def _named(image: ImageConfig, selector: ExplicitTag, listed: Sequence[str] | None) -> Verdict:
    excluded = excluding(selector.tag, image.exclude)
    if excluded is not None:
        return Verdict(selector.tag, selected=False, reason=f"named in tags, but excluded by {excluded}")
    reason = "named in tags" if selector.digest is None else f"named in tags, pinned to {selector.digest}"
    if listed is not None and selector.tag not in listed:
        reason += ", though not listed upstream"
    return Verdict(selector.tag, selected=True, reason=reason)


def _listed(image: ImageConfig, tag: str, selection: Selection) -> Verdict:
    chosen = selection.chosen.get(tag)
    if chosen:
        return Verdict(tag, selected=True, reason=f"chosen by {' and '.join(map(describe, chosen))}")
    patterns = [selector for selector in image.selectors if isinstance(selector, TagPattern)]
    wrong = [(pattern, mismatch(pattern, tag)) for pattern in patterns]
    matching = [pattern for pattern, why in wrong if why is None]
    excluded = excluding(tag, image.exclude)
    if excluded is not None and matching:
        reason = f"excluded by {excluded}, though it matches {' and '.join(map(describe, matching))}"
    elif matching:
        reason = "; ".join(_cut(pattern) for pattern in matching)
    elif wrong:
        reason = "; ".join(f"{describe(pattern)} {why}" for pattern, why in wrong)
    else:
        reason = "not named in tags"
    return Verdict(tag, selected=False, reason=reason)


def _cut(pattern: TagPattern) -> str:
    by = " by push date" if pattern.order == "pushed" else ""
    return f"not among the latest {pattern.latest}{by} of {describe(pattern)}"
