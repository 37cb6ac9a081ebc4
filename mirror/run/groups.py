"""What is copied together: all references that are one content from one repository."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from mirror.copier.image import ImageCopier, ImageOutcome, TagRequest
from mirror.copier.manifests import ManifestCache
from mirror.copier.target import Target
from mirror.oci.filtering import MIRRORED, SOURCE_REFERENCE, filter_index
from mirror.oci.manifest import Manifest
from mirror.planning.survey import Surveyed

EQUALLY_STALE_SECONDS = 3600.0
"""What one run pushed is as old as the rest of it: were it ordered to the second, priorities would never count."""


@dataclass(slots=True, eq=False)
class Group:
    """References with one upstream digest, fetched once and tagged as often as there are tags."""

    members: list[Surveyed] = field(default_factory=list)

    @property
    def first(self) -> Surveyed:
        """The one that the costs are charged to."""
        return self.members[0]

    def urgency(self) -> tuple[bool, float, int]:
        """Sorts what was never mirrored before the rest, that by the hour in which it was last pushed, where that is
        known, and among equals what has the greatest priority first.
        """
        mirrored = any(digest is not None for member in self.members for digest in member.held.values())
        pushed = [moment for member in self.members for moment in member.pushed.values()]
        return mirrored, min(pushed, default=0.0) // EQUALLY_STALE_SECONDS, -self.first.wanted.image.priority

    def requests(self) -> dict[TagRequest, Surveyed]:
        """The tags to set, each with the reference that wants it."""
        return {
            TagRequest(target, member.wanted.selected.tag): member
            for member in self.members
            for target in member.pending
        }

    @property
    def holders(self) -> tuple[Target, ...]:
        """Targets that have the content as it is upstream."""
        found = {target for member in self.members for target in member.holders}
        return tuple(sorted(found, key=lambda target: (target.destination, target.repository)))

    def made(self, manifests: ManifestCache) -> tuple[Target, Manifest] | None:
        """The index that an earlier run made of the content, and a target that has it: it is for the others too.

        Made anew, it would say another time, and be another index. `None` where there is none that can be read.
        """
        for target, digest in self.first.made.items():
            index = manifests.free(digest, [target])
            if index is not None:
                return target, index
        return None

    def copy(
        self, copier: ImageCopier, twins: Sequence[Target], now: str, *, foreseen: int | None = None
    ) -> ImageOutcome:
        """Do it; `twins` may have the content, too, `now` (RFC 3339) is what a rewritten index says of when, and
        `foreseen` as `ImageCopier.copy` has it.
        """
        first = self.first
        if first.upstream is None:
            raise AssertionError("only what exists upstream is grouped")
        requests = list(self.requests())
        made = self.made(copier.manifests)
        if made is not None:
            target, index = made
            return copier.copy(first.wanted.source, index.descriptor, requests, holders=[target])
        return copier.copy(
            first.wanted.source,
            first.upstream,
            requests,
            holders=self.holders,
            twins=twins,
            rewrite=self._rewrite(now),
            foreseen=foreseen,
        )

    def _rewrite(self, now: str) -> Callable[[Manifest], Manifest] | None:
        first = self.first
        if not first.is_filtered:
            return None
        provenance = {SOURCE_REFERENCE: first.wanted.source_reference, MIRRORED: now}
        return lambda index: filter_index(index, first.wanted.image.platforms, provenance=provenance)


def group(surveyed: Iterable[Surveyed]) -> list[Group]:
    """Those with something to do, by repository, content and platforms, in plan order."""
    groups: dict[object, Group] = {}
    for each in surveyed:
        if each.upstream is not None and each.pending:
            image = each.wanted.image
            key = (image.upstream, each.upstream.digest, image.platforms)
            groups.setdefault(key, Group()).members.append(each)
    return list(groups.values())


def in_order(groups: Iterable[Group]) -> list[Group]:
    """The order in which pulls are spent: never mirrored, then stalest, then by priority, then as in the file."""
    return sorted(groups, key=Group.urgency)
