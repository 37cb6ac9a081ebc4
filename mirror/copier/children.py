"""The graph below one manifest: what each target lacks of it, and the order in which that is pushed."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from mirror.copier.manifests import ManifestCache
from mirror.copier.target import Target
from mirror.errors import MirrorError, UnsupportedError
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
        read = [(*plan, self.side.submit(self._read, plan[0], plan[2])) for plan in plans]
        children = []
        errors: list[MirrorError] = []
        for _, lacking, child_holders, future in read:
            try:
                found, pulls = future.result()
            except MirrorError as err:
                errors.append(err)
                continue
            self.pulls += pulls
            children.append((found, lacking, child_holders))
        if errors:
            raise errors[0]
        trees = tuple(
            self.expand(found, lacking, child_holders, depth + 1)
            if found.is_index
            else Tree(found, lacking, tuple(child_holders))
            for found, lacking, child_holders in children
        )
        return Tree(manifest, alive, tuple(holders), trees)

    def _read(self, child: Descriptor, holders: Sequence[Target]) -> tuple[Manifest, int]:
        return self.manifests.get(child.digest, self.source, holders)

    def _who_has(self, wanted: Sequence[Descriptor], targets: Sequence[Target]) -> dict[Digest, list[Target]]:
        questions = [
            (child.digest, target, self.side.submit(target.store.has_manifest, child.digest))
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
