"""What is where: the state of every wanted reference upstream and in its destinations, without spending a pull."""

import difflib
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mirror.config.model import ImageConfig
from mirror.copier.target import Target
from mirror.errors import MirrorError, NotFoundError, UnsupportedError, VerificationError
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest
from mirror.oci.manifest import MAX_MANIFEST_BYTES
from mirror.planning.selection import Selected
from mirror.registry.protocols import Dated, Source

if TYPE_CHECKING:
    from mirror.planning.indexes import Found

SUGGESTIONS = 3
# Tags named beside one that does not exist.


@dataclass(slots=True, eq=False)
class Wanted:
    """One reference, and where it is to go."""

    reference: str
    """As a person writes it: ``maven:3.6.3-jdk-11``."""
    image: ImageConfig
    selected: Selected
    source: Source
    targets: tuple[Target, ...]
    immutable: frozenset[Target] = frozenset()
    """Targets in which this tag, once there, stays as it is, as configured."""

    @property
    def source_reference(self) -> str:
        """What it is upstream, as records of provenance say: ``docker.io/library/maven:3.9``, or with a digest."""
        chosen = self.selected
        return f"{self.source.name}:{chosen.tag}" if chosen.tag else f"{self.source.name}@{chosen.digest}"


@dataclass(slots=True, eq=False)
class Surveyed:
    """What is known of a reference before anything is copied."""

    wanted: Wanted
    upstream: Descriptor | None = None
    """`None`: it does not exist upstream, or `error` says why that is not known."""
    error: MirrorError | None = None
    vanished: bool = False
    """Whether the repository as a whole is not to be seen upstream any more, which `error` says in words."""
    held: dict[Target, Digest | None] = field(default_factory=dict)
    """What the tag points at in each target."""
    errors: dict[Target, MirrorError] = field(default_factory=dict)
    """Targets that could not be asked."""
    pushed: dict[Target, float] = field(default_factory=dict)
    """When the tag was last pushed to each target, where the registry tells: seconds since the epoch."""
    current: set[Target] = field(default_factory=set)
    """Targets with nothing to do."""
    kept: set[Target] = field(default_factory=set)
    """Targets whose tag points at something else and may not move."""
    holders: set[Target] = field(default_factory=set)
    """Targets that have the content, though perhaps not under this tag."""
    made: dict[Target, Digest] = field(default_factory=dict)
    """Targets that have the index which an earlier run made of the content for this platform filter, likewise."""
    suggestions: tuple[str, ...] = ()

    @property
    def pending(self) -> tuple[Target, ...]:
        """Targets with something to do that can be done."""
        if self.upstream is None or self.error is not None:
            return ()
        done = self.current | self.kept | self.errors.keys()
        return tuple(target for target in self.wanted.targets if target not in done)

    @property
    def is_filtered(self) -> bool:
        """Whether a platform filter may make another index of it."""
        platforms = bool(self.wanted.image.platforms)
        return platforms and self.upstream is not None and self.upstream.media_type in media_types.INDEXES


def survey(wanted: Sequence[Wanted], workers: Executor, side: Executor) -> list[Surveyed]:
    """The state of everything wanted, in its order. Errors are kept with what they belong to; nothing is raised.

    One HEAD a reference upstream, and at the destinations as little as each of them allows. `workers` runs
    questions that may themselves use `side`.
    """
    found = [Surveyed(each) for each in wanted]
    upstream = [side.submit(_resolve, each) for each in found]
    by_target: dict[Target, list[Surveyed]] = {}
    for each in found:
        for target in each.wanted.targets:
            by_target.setdefault(target, []).append(each)
    for done in [workers.submit(_ask, target, group) for target, group in by_target.items()]:
        done.result()
    for resolved in upstream:
        resolved.result()
    facts: Found = {}
    if filtered := _filtered(found):
        from mirror.planning.indexes import read_facts  # noqa: PLC0415 - without a platform filter nobody needs it

        facts = read_facts(filtered, workers, side)
    for each in found:
        if each.error is None:
            _compare(each, facts)
    _share_holders(found)
    missing = [each for each in found if each.upstream is None and each.error is None]
    for done in [workers.submit(_suggest, each) for each in missing]:
        done.result()
    return found


def _resolve(surveyed: Surveyed) -> None:
    selected = surveyed.wanted.selected
    try:
        surveyed.upstream = surveyed.wanted.source.resolve(selected.tag or selected.digest or "")
    except MirrorError as err:
        surveyed.error = err
        return
    pinned, upstream = selected.digest, surveyed.upstream
    if pinned is not None and upstream is not None and upstream.digest != pinned:
        surveyed.error = VerificationError(surveyed.wanted.reference, expected=pinned, got=upstream.digest)
        surveyed.error.advice = "The tag moved upstream. Look at the new content, then change the pin in mirror.yaml."
    elif upstream is not None and upstream.size > MAX_MANIFEST_BYTES and not surveyed.is_filtered:
        # Known beforehand, so neither a pull nor its layers are spent on it, with every run.
        surveyed.error = UnsupportedError(
            f"{surveyed.wanted.reference} has a manifest of {upstream.size} bytes; "
            f"registries take no more than {MAX_MANIFEST_BYTES}"
        )


def _ask(target: Target, group: Sequence[Surveyed]) -> None:
    digests = [each for each in group if each.wanted.selected.tag is None]
    try:
        held = target.store.digests_of([tag for each in group if (tag := each.wanted.selected.tag) is not None])
        for each in digests:
            digest = each.wanted.selected.digest
            each.held[target] = digest if digest and target.store.has_manifest(digest) else None
    except MirrorError as err:
        for each in group:
            each.errors[target] = err
        return
    dates = target.store.pushed_at() if isinstance(target.store, Dated) else {}
    for each in group:
        tag = each.wanted.selected.tag
        if tag is not None:
            each.held[target] = held.get(tag)
            if tag in dates:
                each.pushed[target] = dates[tag]


def _filtered(found: Sequence[Surveyed]) -> dict[Digest, list[Target]]:
    """What has to be read to know whether a platform filter has anything to do, and who has it."""
    wanted: dict[Digest, list[Target]] = {}
    for each in found:
        if each.is_filtered and each.error is None:
            for target in each.wanted.targets:
                held = each.held.get(target)
                if held is not None and target not in wanted.setdefault(held, []):
                    wanted[held].append(target)
    return wanted


def _compare(surveyed: Surveyed, facts: "Found") -> None:
    upstream = surveyed.upstream
    if upstream is None:
        return
    platforms = surveyed.wanted.image.platforms
    for target, held in surveyed.held.items():
        if held is None:
            continue
        index = facts.get(held) if surveyed.is_filtered else None
        if isinstance(index, MirrorError):
            surveyed.errors[target] = index
            continue
        if held == upstream.digest:
            # With a platform filter too: an index that has nothing else than what is wanted is kept as it is.
            if index is None or index.has_only(platforms):
                surveyed.current.add(target)
                surveyed.holders.add(target)
        elif index is not None and index.is_made_of(upstream.digest, platforms):
            surveyed.current.add(target)
            surveyed.made[target] = held
        if target not in surveyed.current and target in surveyed.wanted.immutable:
            surveyed.kept.add(target)


def _share_holders(found: Sequence[Surveyed]) -> None:
    """A target that has the digest, or what was made of it, under another tag has it for this one too."""
    having: dict[Digest, set[Target]] = {}
    made: dict[tuple[str, Digest], dict[Target, Digest]] = {}
    for each in found:
        for target, held in each.held.items():
            if held is not None:
                having.setdefault(held, set()).add(target)
        if each.upstream is not None and each.made:
            made.setdefault((each.wanted.image.upstream, each.upstream.digest), {}).update(each.made)
    for each in found:
        if each.upstream is not None:
            each.holders |= having.get(each.upstream.digest, set())
            each.made = made.get((each.wanted.image.upstream, each.upstream.digest), {})


def _suggest(surveyed: Surveyed) -> None:
    """Tags that look like the one that does not exist. Listing costs no pull; failing to list costs nothing."""
    tag = surveyed.wanted.selected.tag
    if tag is None:
        return
    try:
        listed = list(surveyed.wanted.source.tags())
    except MirrorError as err:
        if isinstance(err, NotFoundError):
            surveyed.error = err
        return
    if tag in listed:
        surveyed.error = UnsupportedError(
            f"{surveyed.wanted.reference} is listed upstream, but in no format that can be mirrored",
            advice="It is of the retired schema 1, or no image at all; use a newer tag of this image.",
        )
        return
    surveyed.suggestions = tuple(difflib.get_close_matches(tag, listed, n=SUGGESTIONS, cutoff=0.5))
