"""What the indexes in destinations were made of, which tells whether a platform filter has anything to do.

Each is read once, however many tags and destinations have it, and only what is needed of it is kept.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from mirror.copier.target import Target
from mirror.errors import MirrorError
from mirror.oci.digest import Digest
from mirror.oci.filtering import PLATFORMS, SOURCE_DIGEST, wish
from mirror.oci.manifest import Manifest
from mirror.oci.platform import Platform
from mirror.registry.protocols import BulkReader

BATCH = 100
"""Manifests in memory at a time; also what ECR gives in one answer."""


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """An index, without its bytes."""

    source: str
    """The digest of the index that it was made of; empty where it was not made."""
    wish: str
    platforms: tuple[Platform | None, ...]

    def is_made_of(self, source: Digest, wanted: Sequence[Platform]) -> bool:
        """Whether an earlier run made it of `source` for this wish."""
        return self.source == source and self.wish == wish(wanted)

    def has_only(self, wanted: Sequence[Platform]) -> bool:
        """Whether a filter would leave it as it is."""
        return all(p is None or p.is_unknown or any(p.satisfies(each) for each in wanted) for p in self.platforms)


Found = dict[Digest, IndexFacts | MirrorError]


def read_facts(wanted: Mapping[Digest, Sequence[Target]], workers: Executor, side: Executor) -> Found:
    """Of each digest, from the first of its targets that gives it; the error of the last where none does."""
    in_bulk: dict[Target, list[Digest]] = {}
    for digest, targets in wanted.items():
        if isinstance(targets[0].store, BulkReader):
            in_bulk.setdefault(targets[0], []).append(digest)
    found: Found = {}
    batches = [
        workers.submit(_read_batch, target, digests[start : start + BATCH])
        for target, digests in in_bulk.items()
        for start in range(0, len(digests), BATCH)
    ]
    for batch in batches:
        found.update(batch.result())
    for one in [side.submit(_read, digest, targets) for digest, targets in wanted.items() if digest not in found]:
        found.update(one.result())
    return found


def _read_batch(target: Target, digests: Sequence[Digest]) -> Found:
    if not isinstance(target.store, BulkReader):
        return {}
    try:
        return {manifest.digest: facts_of(manifest) for manifest in target.store.fetch_manifests(digests)}
    except MirrorError:
        return {}  # they are read one by one then, and each error is told for what it is


def _read(digest: Digest, targets: Sequence[Target]) -> Found:
    error: IndexFacts | MirrorError = IndexFacts("", "", ())
    for target in targets:
        try:
            return {digest: facts_of(target.store.fetch_manifest(digest))}
        except MirrorError as err:
            error = err
    return {digest: error}


def facts_of(manifest: Manifest) -> IndexFacts:
    """Those of one index. `UnsupportedError` where its entries are none."""
    annotations = manifest.annotations
    return IndexFacts(
        annotations.get(SOURCE_DIGEST, ""),
        annotations.get(PLATFORMS, ""),
        tuple(child.platform for child in manifest.children),
    )
