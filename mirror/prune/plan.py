"""What would go: tags in the declared repositories that no selector chooses any more."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mirror.config.model import ExplicitDigest, ImageConfig, TagPattern
from mirror.copier.target import Target
from mirror.errors import MirrorError, RepositoryNotFoundError, UnsupportedError
from mirror.oci.digest import Digest, parse_digest
from mirror.planning.explanation import explain
from mirror.planning.selection import PushDates, Selection, needs_listing, select
from mirror.prune.file import Entry, Plan, moment
from mirror.registry.lookups import side_by_side
from mirror.registry.protocols import Deleter, HeldTag
from mirror.run.places import Places
from mirror.transport.clock import Clock

DAY = 86_400.0

_ATTACHED = re.compile(r"(sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})(?:\..*)?")
# The fallback tag of referrers (distribution-spec, *Referrers Tag Schema*), and cosign's beside it.


@dataclass(slots=True)
class Found:
    """A plan, and why it may not be all."""

    plan: Plan
    younger: int = 0
    """Tags that would go, were they older."""
    undated: int = 0
    """Tags that would go, if the registry told how old they are."""
    notes: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """What could not be looked at, and so loses nothing."""


def find(places: Places, clock: Clock, *, min_age_days: float, repositories: Collection[str] | None = None) -> Found:
    """Look at the destinations and upstream; changes nothing and spends no pull.

    `repositories` limits it to those, by their names in the destinations. Repositories that were adopted are left
    alone: what others put there is not told from what the mirror did.
    """
    looking = _Looking(places, clock, Found(Plan(moment(clock.wall()), min_age_days, ())))
    found = looking.found
    found.failed += [f"{name}: {error}" for name, error in places.failed.items()]
    for image in places.config.images:
        targets = [each for each in places.targets_of(image) if repositories is None or each.repository in repositories]
        looking.at(image, [target for target in targets if not _is_adopted(image, target, found)])
    found.plan = replace(found.plan, entries=tuple(sorted(looking.entries)))
    return found


@dataclass(frozen=True, slots=True)
class _Looking:
    places: Places
    clock: Clock
    found: Found
    entries: list[Entry] = field(default_factory=list)

    def at(self, image: ImageConfig, targets: Sequence[Target]) -> None:
        if not targets:
            return
        try:
            listed = list(self.places.source_of(image).tags()) if needs_listing(image) else None
            dates = _push_dates(image, self.places)
        except MirrorError as err:
            self.found.failed.append(f"{image.name}: its tags upstream are not known: {err}")
            return
        for target in targets:
            try:
                self._in_target(image, target, listed, dates)
            except RepositoryNotFoundError:
                self.found.notes.append(f"{target} does not exist")
            except MirrorError as err:
                self.found.failed.append(f"{target}: {err}")

    def _in_target(self, image: ImageConfig, target: Target, listed: list[str] | None, dates: PushDates | None) -> None:
        store = target.store
        if not isinstance(store, Deleter):
            raise UnsupportedError("tags cannot be removed there")
        held = store.held_tags()
        reasons = _without_attached(_unchosen(image, listed, held, dates), target, self.places)
        registry = self.places.pull_name(target.destination, "")
        for tag, reason in reasons.items():
            each = held[tag]
            if self._is_old_enough(each.pushed):
                pushed = None if each.pushed is None else moment(each.pushed)
                self.entries.append(
                    Entry(target.destination, registry, target.repository, tag, each.digest, pushed, reason)
                )

    def _is_old_enough(self, pushed: float | None) -> bool:
        age = self.found.plan.min_age_days
        if age <= 0:
            return True
        if pushed is None:
            self.found.undated += 1
            return False
        if self.clock.wall() - pushed < age * DAY:
            self.found.younger += 1
            return False
        return True


def _is_adopted(image: ImageConfig, target: Target, found: Found) -> bool:
    if target.destination not in image.adopt:
        return False
    found.notes.append(f"{target} was there before the mirror (adopt), so nothing of it is removed")
    return True


def _unchosen(
    image: ImageConfig, listed: list[str] | None, held: Mapping[str, HeldTag], dates: PushDates | None
) -> dict[str, str]:
    """Tags that nothing in the configuration names, with why.

    What is gone upstream cannot be had again, so it stays as long as a selector matches its name, also one that keeps
    only the latest: among how many it would be is not known any more.
    """
    chosen = select(image, listed or (), push_dates=dates)
    gone = [tag for tag in held if listed is not None and tag not in listed]
    loose = tuple(replace(each, latest=None) if isinstance(each, TagPattern) else each for each in image.selectors)
    matched = select(replace(image, selectors=loose), gone)
    staying = _tags(chosen) | _tags(matched)
    said = {verdict.name: verdict.reason for verdict in explain(image, list(held), chosen)}
    # With the last tag of an image ECR removes the image, also one that is wanted by its digest.
    digests = {each.digest for each in image.selectors if isinstance(each, ExplicitDigest)}
    others = {tag: said[tag] for tag, each in held.items() if tag not in staying and each.digest not in digests}
    return {tag: f"{reason}; gone upstream too" if tag in gone else reason for tag, reason in others.items()}


def _tags(selection: Selection) -> set[str]:
    return {each.tag for each in selection.selected if each.tag is not None}


def _without_attached(reasons: dict[str, str], target: Target, places: Places) -> dict[str, str]:
    """Without the tags of signatures and the like whose image is still there, under whatever name or none."""
    attached = {tag: match for tag in reasons if (match := _ATTACHED.fullmatch(tag)) is not None}
    tags = list(attached)

    def subject_is_there(tag: str) -> bool:
        return target.store.has_manifest(_subject(attached[tag]))

    there = side_by_side(places.source.lookups, subject_is_there, tags)
    staying = {tag for tag, is_there in zip(tags, there, strict=True) if is_there}
    return {
        tag: "the image that it is attached to is gone" if tag in attached else reason
        for tag, reason in reasons.items()
        if tag not in staying
    }


def _subject(match: re.Match[str]) -> Digest:
    return parse_digest(match[1].replace("-", ":", 1))


def _push_dates(image: ImageConfig, places: Places) -> PushDates | None:
    """As a run has them; but where a run makes do with the order of versions, here the image is left alone."""
    if not any(isinstance(each, TagPattern) and each.order == "pushed" for each in image.selectors):
        return None
    hub_tags = places.hub_tags
    if hub_tags is None:
        raise UnsupportedError("which are the latest by push date, only Docker Hub tells")

    def dates(tags: Sequence[str], _: int) -> dict[str, str]:
        known = hub_tags.pushed(image.upstream, tags)
        unknown = next((tag for tag in tags if not known.get(tag)), None)
        if unknown is not None:
            raise UnsupportedError(f"Docker Hub does not tell when {image.name}:{unknown} was pushed")
        return known

    return dates
