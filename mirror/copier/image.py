"""Copies one image, an index or a single manifest, into all targets that lack it, and sets its tags."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mirror.copier.blobs import BlobBoard, Delivered
from mirror.copier.budget import Budget, unlimited
from mirror.copier.children import Expansion, Tree
from mirror.copier.holdings import Holdings
from mirror.copier.manifests import ManifestCache
from mirror.copier.progress import Progress
from mirror.copier.target import Target
from mirror.errors import MirrorError, RegistryError
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest
from mirror.oci.manifest import Manifest
from mirror.registry.protocols import Source
from mirror.transport.clock import Deadline

_LOST_CONTENT = frozenset({"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"})
# A registry that said it has a blob and then cannot find it for the manifest (ECR does so for blobs that it knows from
# another repository only; a garbage collection in between does the same anywhere).


@dataclass(frozen=True, slots=True)
class TagRequest:
    """A tag that is to point at the image in one target; without a tag the digest alone is enough."""

    target: Target
    tag: str | None


@dataclass(slots=True)
class ImageOutcome:
    """What happened to one image. Sizes in bytes."""

    manifest: Manifest | None = None
    """What was pushed: the source's manifest, or the filtered index made of it."""
    tagged: set[TagRequest] = field(default_factory=set)
    error: MirrorError | None = None
    """Of the source or the run as a whole: nothing was tagged."""
    errors: dict[Target, MirrorError] = field(default_factory=dict)
    tag_errors: dict[TagRequest, MirrorError] = field(default_factory=dict)
    transferred: set[Target] = field(default_factory=set)
    """Targets that lacked the image; the others only got tags."""
    uploaded: dict[Target, int] = field(default_factory=dict)
    downloaded: int = 0
    pulls: int = 0
    size: int | None = None
    blobs: tuple[Descriptor, ...] = ()
    """What `size` is made of, without the manifests."""
    platforms: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImageCopier:
    """What all images of a run share."""

    board: BlobBoard
    manifests: ManifestCache
    side: Executor
    progress: Progress
    deadline: Deadline
    budget: Budget = field(default_factory=unlimited)
    holdings: Holdings = field(default_factory=Holdings)

    def copy(
        self,
        source: Source,
        root: Descriptor,
        tags: Sequence[TagRequest],
        *,
        holders: Sequence[Target] = (),
        twins: Sequence[Target] = (),
        rewrite: Callable[[Manifest], Manifest] | None = None,
        foreseen: int | None = None,
    ) -> ImageOutcome:
        """Copy what is behind `root` and set `tags`. `holders` are targets known to have all of it, `twins` other
        registries that may have it by digest, `foreseen` is how many pulls it takes, if that is known.

        `rewrite` turns the source's index into the one that is pushed (a platform filter). Nothing of
        `MirrorError` is raised: an error of the source is `outcome.error`, one of a target does not stop the others.
        """
        outcome = ImageOutcome()
        expansion = Expansion(source, self.manifests, self.side, self.budget, tuple(twins), self.holdings)
        try:
            self.deadline.check(f"manifest {root.digest}")
            self._copy(expansion, root, tags, holders=holders, rewrite=rewrite, foreseen=foreseen, outcome=outcome)
        except MirrorError as err:
            outcome.error = err
        outcome.pulls = expansion.pulls
        return outcome

    def _copy(
        self,
        expansion: Expansion,
        root: Descriptor,
        tags: Sequence[TagRequest],
        *,
        holders: Sequence[Target],
        rewrite: Callable[[Manifest], Manifest] | None,
        foreseen: int | None,
        outcome: ImageOutcome,
    ) -> None:
        targets = tuple(dict.fromkeys(request.target for request in tags))
        known = list(holders)
        if rewrite is None:
            known += self._holding(root.digest, [target for target in targets if target not in known], outcome)
        with self.budget.turn():
            manifest = original = expansion.root(root, known, foreseen=foreseen)
            if rewrite is not None:
                manifest = rewrite(original)
            outcome.manifest = manifest
            # Who has the original has all of which the other was made, but not that one itself.
            having = known if manifest is original else self._holding(manifest.digest, targets, outcome)
            lacking = [target for target in targets if target not in having and target not in outcome.errors]
            readable = dict.fromkeys((*having, *known))
            tree = self._expand(expansion, manifest, lacking, tuple(readable), outcome) if lacking else None
        if tree is not None:
            self._transfer(expansion, tree, outcome)
        self._tag(expansion.source, manifest, tags, outcome)

    def _holding(self, digest: Digest, targets: Sequence[Target], outcome: ImageOutcome) -> list[Target]:
        asked = [(target, self.side.submit(self.holdings.has, target, digest)) for target in targets]
        having = []
        for target, answer in asked:
            try:
                if answer.result():
                    having.append(target)
            except MirrorError as err:
                outcome.errors[target] = err
        return having

    @staticmethod
    def _expand(
        expansion: Expansion,
        manifest: Manifest,
        lacking: Sequence[Target],
        known: Sequence[Target],
        outcome: ImageOutcome,
    ) -> Tree:
        holders = [target for target in known if target not in outcome.errors]
        try:
            return expansion.expand(manifest, lacking, holders)
        finally:
            outcome.errors.update(expansion.failed)

    def _transfer(self, expansion: Expansion, tree: Tree, outcome: ImageOutcome) -> None:
        outcome.size, outcome.blobs, outcome.platforms = _describe(tree)
        outcome.notes += _foreign(tree)
        self._blobs(expansion, tree, outcome)
        outcome.platforms = outcome.platforms or self.board.configs.platforms(tree.manifest)
        outcome.transferred.update(tree.lacking)
        for node in tree.walk()[:-1]:
            self._push(expansion.source, node, outcome)
        # The root goes up with its tags, or by its digest where it has none.

    def _blobs(self, expansion: Expansion, tree: Tree, outcome: ImageOutcome) -> None:
        """Have every blob of every lacking image manifest delivered, asking each target once for all of them."""
        wanted: dict[Target, dict[Digest, Descriptor]] = {}
        holding: dict[Digest, list[Target]] = {}
        for node in tree.walk():
            for blob in _copied_blobs(node.manifest):
                holding.setdefault(blob.digest, []).extend(node.holders)
                for target in node.lacking:
                    if target not in outcome.errors:
                        wanted.setdefault(target, {})[blob.digest] = blob
        asked = [(t, self.side.submit(t.store.missing_blobs, list(blobs.values()))) for t, blobs in wanted.items()]
        missing: dict[Digest, list[Target]] = {}
        descriptors: dict[Digest, Descriptor] = {}
        for target, answer in asked:
            try:
                lacks = answer.result()
            except MirrorError as err:
                outcome.errors[target] = err
                continue
            for digest, blob in wanted[target].items():
                descriptors[digest] = blob
                if digest in lacks:
                    missing.setdefault(digest, []).append(target)
                else:
                    holding.setdefault(digest, []).append(target)
        for digest in missing:  # after the destinations: a twin is another's registry
            holding.setdefault(digest, []).extend(expansion.twins)
        self._deliver(expansion.source, descriptors, missing, holding, outcome)

    def _deliver(
        self,
        source: Source,
        descriptors: Mapping[Digest, Descriptor],
        missing: Mapping[Digest, Sequence[Target]],
        holding: Mapping[Digest, Sequence[Target]],
        outcome: ImageOutcome,
        *,
        again: bool = False,
    ) -> None:
        futures: list[tuple[Target, Future[Delivered]]] = []
        # Large blobs first: a download that starts last should not be the longest.
        for digest in sorted(missing, key=lambda each: -descriptors[each].size):
            blob, targets = descriptors[digest], missing[digest]
            found = self.board.deliver(source, blob, targets, holders=holding.get(digest, ()), again=again)
            futures.extend(found.items())
        for target, future in futures:
            try:
                delivered = future.result()
            except MirrorError as err:
                outcome.errors.setdefault(target, err)
                continue
            outcome.downloaded += delivered.downloaded
            outcome.uploaded[target] = outcome.uploaded.get(target, 0) + delivered.uploaded

    def _push(self, source: Source, node: Tree, outcome: ImageOutcome) -> None:
        """A child by its digest, never by a tag: a target may have immutable tags, and people list them."""
        pushes = [
            (target, self.side.submit(target.store.push_manifest, node.manifest))
            for target in node.lacking
            if target not in outcome.errors
        ]
        for target, push in pushes:
            try:
                push.result()
            except RegistryError as err:
                self._heal(source, node.manifest, TagRequest(target, None), err, outcome)
            except MirrorError as err:
                outcome.errors[target] = err

    def _tag(self, source: Source, manifest: Manifest, tags: Sequence[TagRequest], outcome: ImageOutcome) -> None:
        pushes = [
            (request, self.side.submit(request.target.store.push_manifest, manifest, tag=request.tag))
            for request in tags
            if request.target not in outcome.errors
        ]
        for request, push in pushes:
            try:
                push.result()
            except RegistryError as err:
                self._heal(source, manifest, request, err, outcome)
            except MirrorError as err:
                outcome.tag_errors[request] = err
            if request not in outcome.tag_errors:
                outcome.tagged.add(request)

    def _heal(
        self, source: Source, manifest: Manifest, request: TagRequest, err: RegistryError, outcome: ImageOutcome
    ) -> None:
        """Content that the registry lost is sent once more, then the manifest; a second refusal is final."""
        target = request.target
        final: MirrorError | None = err
        if err.codes & _LOST_CONTENT and not manifest.is_index:
            blobs = {blob.digest: blob for blob in _copied_blobs(manifest)}
            self._deliver(source, blobs, {digest: [target] for digest in blobs}, {}, outcome, again=True)
            final = outcome.errors.pop(target, None) or self._push_again(manifest, request)
        if final is None:
            return
        if request.tag is None:
            outcome.errors[target] = final
        outcome.tag_errors[request] = final

    @staticmethod
    def _push_again(manifest: Manifest, request: TagRequest) -> MirrorError | None:
        try:
            request.target.store.push_manifest(manifest, tag=request.tag)
        except MirrorError as err:
            return err
        return None


def _copied_blobs(manifest: Manifest) -> tuple[Descriptor, ...]:
    """Foreign layers stay where their `urls` point to: registries refuse them (image-spec, *Non-Distributable*)."""
    return tuple(blob for blob in manifest.blobs if not _is_foreign(blob))


def _foreign(tree: Tree) -> list[str]:
    """A word on the layers that are not copied: who pulls the image needs them from there."""
    layers = {blob.digest: blob for node in tree.walk() for blob in node.manifest.blobs if _is_foreign(blob)}
    if not layers:
        return []
    hosts = sorted({urlsplit(url).hostname or url for blob in layers.values() for url in blob.urls})
    count = "a foreign layer stays" if len(layers) == 1 else f"{len(layers)} foreign layers stay"
    return [f"{count} at {', '.join(hosts)}, as the publisher wants it"]


def _is_foreign(blob: Descriptor) -> bool:
    return bool(blob.urls) and blob.media_type in media_types.FOREIGN_LAYERS


def _describe(tree: Tree) -> tuple[int, tuple[Descriptor, ...], tuple[str, ...]]:
    """Bytes of all that was read, each blob once, the blobs, and the platforms of the root's entries."""
    sizes = {node.manifest.digest: node.manifest.size for node in tree.walk()}
    blobs = {blob.digest: blob for node in tree.walk() for blob in _copied_blobs(node.manifest)}
    sizes.update({digest: blob.size for digest, blob in blobs.items()})
    platforms = (child.platform for child in tree.manifest.children)
    names = dict.fromkeys(str(platform) for platform in platforms if platform and not platform.is_unknown)
    return sum(sizes.values()), tuple(blobs.values()), tuple(names)
