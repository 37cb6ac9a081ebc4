"""What is copied together: all references that are one content from one repository."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mirror.copier.image import ImageCopier, ImageOutcome, TagRequest
from mirror.copier.target import Target
from mirror.oci.filtering import filter_index
from mirror.oci.manifest import Manifest
from mirror.planning.survey import Surveyed


@dataclass(slots=True, eq=False)
class Group:
    """References with one upstream digest, fetched once and tagged as often as there are tags."""

    members: list[Surveyed] = field(default_factory=list)

    @property
    def first(self) -> Surveyed:
        """The one that the costs are charged to."""
        return self.members[0]

    def requests(self) -> dict[TagRequest, Surveyed]:
        """The tags to set, each with the reference that wants it."""
        return {
            TagRequest(target, member.wanted.selected.tag): member
            for member in self.members
            for target in member.pending
        }

    def copy(self, copier: ImageCopier) -> ImageOutcome:
        """Do it."""
        first = self.first
        if first.upstream is None:
            raise AssertionError("only what exists upstream is grouped")
        holders: list[Target] = sorted(first.holders, key=lambda target: (target.destination, target.repository))
        return copier.copy(
            first.wanted.source, first.upstream, list(self.requests()), holders=holders, rewrite=self._rewrite()
        )

    def _rewrite(self) -> Callable[[Manifest], Manifest] | None:
        platforms = self.first.wanted.image.platforms
        if not self.first.is_filtered:
            return None
        return lambda index: filter_index(index, platforms)


def group(surveyed: Iterable[Surveyed]) -> list[Group]:
    """Those with something to do, by repository, content and platforms, in plan order."""
    groups: dict[object, Group] = {}
    for each in surveyed:
        if each.upstream is not None and each.pending:
            image = each.wanted.image
            key = (image.upstream, each.upstream.digest, image.platforms)
            groups.setdefault(key, Group()).members.append(each)
    return list(groups.values())
