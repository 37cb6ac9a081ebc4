"""The graph below one manifest: what each target lacks of it, and the order in which that is pushed."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from mirror.copier.budget import Budget, unlimited
from mirror.copier.holdings import Holdings
from mirror.copier.manifests import ManifestCache
from mirror.copier.target import Target
from mirror.errors import MirrorError, UnsupportedError
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest
from mirror.oci.manifest import Manifest
from mirror.registry.protocols import Source

MAX_DEPTH = 4
# An index of indexes is legal (image-spec, Image Index) and rare; deeper than this is a mistake or an attack.


@dataclass(slots=True)
class Tree:
    """A manifest and what it names, as far as somebody lacks it."""

    manifest: Manifest
    lacking: tuple[Target, ...]
    """Those that do not have this manifest; those that have it have everything below it."""
    holders: tuple[Target, ...]
    children: tuple["Tree", ...] = ()

    def walk(self) -> list["Tree"]:
        """Every tree below and this one last: the order of pushing (safe order: children first)."""
        found: list[Tree] = []
        for child in self.children:
            found.extend(child.walk())
        return [*found, self]


@dataclass(slots=True)
class Expansion:
    """How trees are built: by asking targets what they have, and reading the manifests that somebody lacks."""

    source: Source
    manifests: ManifestCache
    side: Executor
    """Runs the questions of one level side by side."""
    budget: Budget = field(default_factory=unlimited)
    twins: tuple[Target, ...] = ()
    """Registries that may have the same content by digest and do not count: asked before the source."""
    holdings: Holdings = field(default_factory=Holdings)
    pulls: int = 0
    """Counted requests spent so far."""
    failed: dict[Target, MirrorError] = field(default_factory=dict)
    """Targets that could not be asked; they take no further part."""

    def expand(self, manifest: Manifest, targets: Sequence[Target], holders: Sequence[Target], depth: int = 0) -> Tree:
        """The tree of `manifest` for `targets`, which lack it; `holders` have all of it.

        `UnsupportedError` for a graph that is deeper than any real one. Errors of a target end up in `failed`,
        errors of the source are raised.
        """
        if depth >= MAX_DEPTH:
            raise UnsupportedError(f"index {manifest.digest}: nested more than {MAX_DEPTH} levels deep")
        wanted = list({child.digest: child for child in manifest.children}.values())
        having = self._who_has(wanted, targets)
        alive = tuple(target for target in targets if target not in self.failed)
        plans = []
        for child in wanted:
            lacking = tuple(target for target in alive if target not in having[child.digest])
            if lacking:
                plans.append((child, lacking, (*having[child.digest], *holders)))
        found = self._read_all({child.digest: child_holders for child, _, child_holders in plans})
        children = [(found[child.digest], lacking, child_holders) for child, lacking, child_holders in plans]
        trees = tuple(
            self.expand(each, lacking, child_holders, depth + 1)
            if each.is_index
            else Tree(each, lacking, tuple(child_holders))
            for each, lacking, child_holders in children
        )
        return Tree(manifest, alive, tuple(holders), trees)

    def root(self, root: Descriptor, holders: Sequence[Target], *, foreseen: int | None = None) -> Manifest:
        """The manifest to begin with. `BudgetError` when it, and its children, would not fit.

        `foreseen`: how many pulls all of it is known to take; `None` where nobody knows.
        """
        is_index = root.media_type in media_types.INDEXES
        below = max(0, foreseen - 1) if foreseen is not None else None
        return self._read_all({root.digest: tuple(holders)}, for_index=is_index, below=below)[root.digest]

    def _read_all(
        self, wanted: Mapping[Digest, Sequence[Target]], *, for_index: bool = False, below: int | None = None
    ) -> dict[Digest, Manifest]:
        """Manifests by digest: from whoever has them, and only what is left from the source, all of it or nothing."""
        free = [
            (digest, self.side.submit(self.manifests.free, digest, (*holders, *self.twins)))
            for digest, holders in wanted.items()
            if holders or self.twins
        ]
        read = {digest: answer.result() for digest, answer in free}
        found = {digest: manifest for digest, manifest in read.items() if manifest is not None}
        counted = [digest for digest in wanted if digest not in found]
        if not counted:
            return found
        self.budget.reserve(len(counted), self.source.name, for_index=for_index, below=below)
        if not for_index:
            self.budget.saw_children(len(counted))
        try:
            asked = [(digest, self.side.submit(self.manifests.get, digest, self.source)) for digest in counted]
            errors: list[MirrorError] = []
            for digest, answer in asked:
                try:
                    found[digest], pulls = answer.result()
                    self.pulls += pulls
                except MirrorError as err:
                    errors.append(err)
            if errors:
                raise errors[0]
        finally:
            self.budget.release(len(counted))
        return found

    def _who_has(self, wanted: Sequence[Descriptor], targets: Sequence[Target]) -> dict[Digest, list[Target]]:
        questions = [
            (child.digest, target, self.side.submit(self.holdings.has, target, child.digest))
            for target in targets
            for child in wanted
        ]
        having: dict[Digest, list[Target]] = {child.digest: [] for child in wanted}
        for digest, target, answer in questions:
            try:
                if answer.result():
                    having[digest].append(target)
            except MirrorError as err:
                self.failed.setdefault(target, err)
        return having
