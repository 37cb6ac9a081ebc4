"""What a run costs, before it is begun: pulls and bytes, without spending any.

Only the number of an index's children is not free to learn at Docker Hub's registry. Whoever else has the index tells:
a destination, a twin, Docker Hub's web interface. Where nobody does, what the tag was before says about how many there
are, and otherwise it is the least that an index can have; `exact` reads it, for one pull.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from mirror.config.model import ImageConfig
from mirror.copier.budget import LEAST_CHILDREN
from mirror.copier.holdings import Holdings
from mirror.copier.manifests import ManifestCache
from mirror.copier.target import Target
from mirror.errors import MirrorError, UnexpectedError
from mirror.oci import media_types
from mirror.oci.digest import Digest
from mirror.oci.filtering import filter_index
from mirror.oci.manifest import Manifest
from mirror.registry.hub_tags import HubTags, ListedTag
from mirror.registry.lookups import side_by_side
from mirror.report.model import Certainty
from mirror.run.children import Children, of_index, of_listing
from mirror.run.groups import Group

UNREAD = "nobody but Docker Hub has its index, which is not read for a plan (--exact does)"


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one content, charged to the first reference that has it."""

    pulls: int = 0
    size: int | None = None
    """Bytes to read, as far as somebody tells."""
    certainty: Certainty = Certainty.EXACT
    note: str = ""
    """Why it is not certain."""
    having: frozenset[Target] = frozenset()
    """Targets that have the content already, though perhaps not under this tag."""
    errors: Mapping[Target, MirrorError] = field(default_factory=dict)
    """Targets that could not be asked."""
    error: MirrorError | None = None
    """Why it cannot be mirrored as configured."""

    @property
    def foreseen(self) -> int | None:
        """The pulls, if they are more than a guess."""
        return self.pulls if self.certainty in {Certainty.EXACT, Certainty.LISTED} else None


@dataclass(slots=True)
class _Work:
    """A group, on its way to its forecast."""

    group: Group
    having: list[Target] = field(default_factory=list)
    index: Manifest | None = None
    """What is to be pushed, if it is an index that somebody gave for nothing."""
    given: bool = False
    """Whether that was a destination or a twin."""
    unread: bool = False
    """Whether it is an index that nobody gave."""
    reads: list[Digest] = field(default_factory=list)
    """Manifests to read at the source; one that several contents share is read once."""
    more: int = 0
    """Pulls for manifests whose digests are not known."""
    absent: set[Digest] = field(default_factory=set)
    """Children that no target has."""
    size: int | None = None
    certainty: Certainty = Certainty.EXACT
    note: str = ""
    errors: dict[Target, MirrorError] = field(default_factory=dict)
    error: MirrorError | None = None
    as_it_is: bool = True
    """Whether what `having` have is what is to be pushed, not what that is made of."""

    @property
    def targets(self) -> list[Target]:
        """Where something is to be done."""
        return list(dict.fromkeys(request.target for request in self.group.requests()))

    def is_only(self, certainty: Certainty, why: str) -> None:
        """It is not certain."""
        self.certainty, self.note = certainty, why


@dataclass(frozen=True, slots=True)
class Forecaster:
    """Whom to ask. What targets and manifests say is kept for the copy that may follow."""

    workers: Executor
    side: Executor
    manifests: ManifestCache
    holdings: Holdings
    twins_of: Callable[[ImageConfig], Sequence[Target]]
    hub_tags: HubTags | None = None
    exact: bool = False
    plan_only: bool = False
    """Whether nothing is copied afterwards: then bytes are told too, and twins need not give what only a copy reads."""

    def forecast(self, groups: Sequence[Group]) -> dict[int, Forecast]:
        """By the identity of each group's first reference. Nothing of `MirrorError` is raised."""
        works = [each.result() for each in [self.workers.submit(self._begin, group) for group in groups]]
        listed = self._listed(
            [work for work in works if work.unread or (self.plan_only and (work.reads or work.index))]
        )
        for done in [self.workers.submit(self._finish, work, listed.get(id(work))) for work in works]:
            done.result()
        charged: set[Digest] = set()
        found: dict[int, Forecast] = {}
        for work in works:
            new = set(work.reads) - charged
            charged |= new
            found[id(work.group.first)] = Forecast(
                len(new) + work.more,
                work.size,
                work.certainty,
                work.note,
                frozenset(work.having if work.as_it_is else ()),
                work.errors,
                work.error,
            )
        return found

    def _begin(self, group: Group) -> _Work:
        work = _Work(group, list(group.holders))
        try:
            self._look(work)
        except Exception as err:  # noqa: BLE001 - whatever is wrong with one image, the others are planned
            work.is_only(Certainty.AT_LEAST, str(UnexpectedError(err)))
        return work

    def _look(self, work: _Work) -> None:
        """Whether anything is to be read at all, and the index if somebody gives it for nothing."""
        group, first, upstream = work.group, work.group.first, work.group.first.upstream
        if upstream is None:
            return
        made = group.made(self.manifests)
        if made is not None:
            _, index = made
            work.having = self._who_has([index.digest], work.targets, work)[index.digest]
            return
        if not first.is_filtered:
            others = [target for target in work.targets if target not in work.having]
            work.having += self._who_has([upstream.digest], others, work)[upstream.digest]
            if work.having:
                return
        given = self.manifests.free(upstream.digest, (*work.having, *self.twins_of(first.wanted.image)))
        is_index = upstream.media_type in media_types.INDEXES
        if given is None:
            work.reads.append(upstream.digest)
            work.unread = is_index
        elif is_index:
            work.given = True
            self._take(work, given)

    def _finish(self, work: _Work, listed: ListedTag | None) -> None:
        """The children that nobody gives for nothing, and what all of it weighs."""
        first = work.group.first
        if work.unread and listed is None and self.exact and first.upstream is not None:
            try:
                self._take(work, self.manifests.get(first.upstream.digest, first.wanted.source)[0])
            except MirrorError as err:
                work.note = str(err)
        try:
            if work.error is not None:
                return
            if work.index is not None:
                self._ask(work, of_index(work.index))
            elif work.unread and listed is not None:
                work.certainty = Certainty.LISTED
                self._ask(work, of_listing(listed, first.wanted.image.platforms))
            elif work.unread:
                self._guess(work)
        except MirrorError as err:
            work.error = err
        except Exception as err:  # noqa: BLE001 - likewise
            work.is_only(Certainty.AT_LEAST, str(UnexpectedError(err)))
        if listed is not None:
            sizes = {image.digest: image.size for image in listed.images}
            work.size = sum(sizes.get(digest, 0) for digest in work.absent or work.reads)

    def _take(self, work: _Work, index: Manifest) -> None:
        try:
            work.index = filter_index(index, work.group.first.wanted.image.platforms)
            work.as_it_is = work.index is index
        except MirrorError as err:
            work.error = err

    def _ask(self, work: _Work, children: Children) -> None:
        targets = work.targets
        readers = (
            *(target for target in work.having if target not in targets),
            *self.twins_of(work.group.first.wanted.image),
        )
        having = self._who_has((*children.digests, *children.attestations), targets, work)
        absent = [digest for digest in children.digests if not having[digest]]
        work.absent.update(absent)
        if self.plan_only and work.given:
            return  # who has an index has its children; a run reads them there, and a plan need not
        given = side_by_side(self.side, lambda digest: self.manifests.free(digest, readers), absent)
        reads = [digest for digest, found in zip(absent, given, strict=True) if found is None]
        work.reads += reads
        if children.indexes.intersection(reads):
            work.is_only(Certainty.AT_LEAST, "it has an index within, which is not read for a plan")
        if children.attesting:
            there = [digest for digest in children.attestations if having[digest]]
            work.more += max(0, children.attesting - len(there))
            if there or not children.is_sure:
                work.is_only(Certainty.ABOUT, "Docker Hub does not list what its attestations belong to")

    def _guess(self, work: _Work) -> None:
        """By the index that the tag points at in a destination now, or as the least there can be."""
        for target, held in work.group.first.held.items():
            was = self.manifests.free(held, [target]) if held is not None else None
            if was is not None and was.is_index:
                children = list(dict.fromkeys(child.digest for child in was.children))
                work.more += len(children)
                work.is_only(Certainty.ABOUT, "judging by what the tag was")
                if self.plan_only:
                    work.size = self._size(target, children)
                return
        work.more += LEAST_CHILDREN
        work.is_only(Certainty.AT_LEAST, work.note or UNREAD)

    def _size(self, target: Target, children: Iterable[Digest]) -> int:
        manifests = [self.manifests.free(child, [target]) for child in children]
        return sum({blob.digest: blob.size for each in manifests if each for blob in each.blobs}.values())

    def _listed(self, works: Sequence[_Work]) -> dict[int, ListedTag]:
        """What Docker Hub's web interface says of the very digest that the registry named, by the work's identity."""
        if self.hub_tags is None:
            return {}
        tags: dict[str, dict[str, _Work]] = {}
        for work in works:
            wanted = work.group.first.wanted
            if wanted.selected.tag is not None:
                tags.setdefault(wanted.image.upstream, {})[wanted.selected.tag] = work
        answers = [
            (found, self.workers.submit(self.hub_tags.listed, upstream, list(found)))
            for upstream, found in tags.items()
        ]
        return {
            id(found[tag]): listed
            for found, answer in answers
            for tag, listed in answer.result().items()
            if (upstream := found[tag].group.first.upstream) is not None and listed.digest == upstream.digest
        }

    def _who_has(
        self, digests: Collection[Digest], targets: Collection[Target], work: _Work
    ) -> dict[Digest, list[Target]]:
        def ask(question: tuple[Digest, Target]) -> bool:
            digest, target = question
            if target in work.errors:
                return False
            try:
                return self.holdings.foresee(target, digest)
            except MirrorError as err:
                work.errors[target] = err
                return False

        questions = [(digest, target) for digest in dict.fromkeys(digests) for target in targets]
        having: dict[Digest, list[Target]] = {digest: [] for digest in digests}
        for (digest, target), has in zip(questions, side_by_side(self.side, ask, questions), strict=True):
            if has:
                having[digest].append(target)
        return having
