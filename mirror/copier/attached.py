"""What is attached to an image: signatures, SBOMs, attestations. Best effort: none of it can fail the image.

Two ways of attaching are known: referrers (distribution-spec, *Listing Referrers*, with its fallback tag), and the tags
``sha256-<hex>.sig``, ``.att`` and ``.sbom`` that cosign sets beside the image. What is attached may have something
attached itself, as an SBOM its signature.
"""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mirror.copier.children import Expansion
from mirror.copier.image import ImageCopier, ImageOutcome, TagRequest
from mirror.copier.target import Target
from mirror.errors import DeniedError, MirrorError
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest, short
from mirror.oci.manifest import Manifest
from mirror.registry.lookups import side_by_side
from mirror.registry.protocols import Listing, Referrers, Source

COSIGN_SUFFIXES = ("sig", "att", "sbom")

MAX_DEPTH = 3
# Signatures of SBOMs of images exist; what goes deeper is left upstream.


@dataclass(slots=True)
class Attached:
    """What was mirrored beside an image."""

    copied: int = 0
    pulls: int = 0
    downloaded: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Found:
    """What the source says of one subject."""

    subject: Digest
    tagged: dict[str, Descriptor] = field(default_factory=dict)
    listing: Listing = field(default_factory=Listing)


def copy_attached(
    copier: ImageCopier, source: Source, subjects: Iterable[Digest], targets: Sequence[Target]
) -> Attached:
    """Mirror what is attached to each of these digests into each target that lacks it.

    Costs a few questions for each digest, and pulls only for what a target lacks.
    """
    copying = _Copying(copier, source, targets)
    known: set[Digest] = set()
    level = list(dict.fromkeys(subjects))
    for _ in range(MAX_DEPTH):
        known.update(level)
        level = [digest for digest in copying.level(level) if digest not in known]
    return copying.result


@dataclass(slots=True)
class _Copying:
    copier: ImageCopier
    source: Source
    targets: Sequence[Target]
    result: Attached = field(default_factory=Attached)

    def level(self, subjects: Sequence[Digest]) -> list[Digest]:
        """Copy what is attached to these; the digests of all that is."""
        attached: list[Digest] = []
        found = [each for each in side_by_side(self.copier.side, self._look, subjects) if each is not None]
        tagged = {tag: descriptor for each in found for tag, descriptor in each.tagged.items()}
        asked = {target: self._held(target, list(tagged)) for target in self.targets if tagged}
        held = {target: tags for target, tags in asked.items() if tags is not None}
        for tag, descriptor in tagged.items():
            lacking = [target for target, tags in held.items() if tags.get(tag) != descriptor.digest]
            self._copy(descriptor, [TagRequest(target, tag) for target in lacking])
            attached.append(descriptor.digest)
        for each in found:
            attached += self._referrers(each)
        return list(dict.fromkeys(attached))

    def _look(self, subject: Digest) -> _Found | None:
        names = [f"{subject.replace(':', '-', 1)}.{suffix}" for suffix in COSIGN_SUFFIXES]
        try:
            tagged = {name: descriptor for name in names if (descriptor := self.source.resolve(name)) is not None}
            listing = self.source.list_referrers(subject) if isinstance(self.source, Referrers) else Listing()
        except MirrorError as err:
            self._note(f"what is attached to {short(subject)} was not mirrored: {err}")
            return None
        return _Found(subject, tagged, listing)

    def _held(self, target: Target, tags: Sequence[str]) -> dict[str, Digest | None] | None:
        """`None` where that cannot be asked now."""
        try:
            return dict(target.store.digests_of(tags))
        except MirrorError as err:
            self._note(f"what is attached was not mirrored to {target.destination}: {err}")
            return None

    def _referrers(self, found: _Found) -> list[Digest]:
        listing = found.listing
        try:
            index = self._read(listing.index) if listing.index is not None else None
            referrers = index.children if index is not None else listing.referrers
            asked = {target: self._listed(target, found.subject, referrers) for target in self.targets if referrers}
            there = {target: listed for target, listed in asked.items() if listed is not None}
            complete = set(there)
            for descriptor in referrers:
                lacking = [target for target, listed in there.items() if descriptor.digest not in listed]
                complete -= set(lacking) - self._copy(descriptor, [TagRequest(target, None) for target in lacking])
            if index is not None:
                self._remember(index, complete)
        except MirrorError as err:
            self._note(f"what is attached to {short(found.subject)} was not mirrored: {err}")
            return []
        return [descriptor.digest for descriptor in referrers]

    def _read(self, index: Descriptor) -> Manifest:
        """The list of a registry without the API, which is a pull where no target holds it; see `_remember`."""
        holders = [target for target in self.targets if target.store.has_manifest(index.digest)]
        expansion = Expansion(self.source, self.copier.manifests, self.copier.side, self.copier.budget)
        try:
            return expansion.root(index, holders)
        finally:
            self.result.pulls += expansion.pulls

    def _remember(self, index: Manifest, targets: Iterable[Target]) -> None:
        """Keep the list itself by its digest, too: the next run then reads it from there."""
        for target in targets:
            try:
                if not target.store.has_manifest(index.digest):
                    target.store.push_manifest(index)
            except MirrorError as err:
                self._note(f"{target.destination} does not take the list of what is attached, a pull each time: {err}")

    def _listed(self, target: Target, subject: Digest, referrers: Sequence[Descriptor]) -> frozenset[Digest] | None:
        """What the target lists itself, not only has: a run may have been killed between the two.

        `None` where that cannot be asked now; where it may not be asked, what it has is taken for listed.
        """
        store = target.store
        try:
            if isinstance(store, Referrers):
                with contextlib.suppress(DeniedError):
                    return frozenset(descriptor.digest for descriptor in store.referrers(subject))
            return frozenset(each.digest for each in referrers if store.has_manifest(each.digest))
        except MirrorError as err:
            self._note(f"what is attached was not mirrored to {target.destination}: {err}")
            return None

    def _copy(self, descriptor: Descriptor, requests: list[TagRequest]) -> set[Target]:
        """Into these; the targets that have it now."""
        if not requests:
            return set()
        outcome: ImageOutcome = self.copier.copy(self.source, descriptor, requests)
        self.result.pulls += outcome.pulls
        self.result.downloaded += outcome.downloaded
        self.result.copied += len(outcome.tagged)
        errors = [outcome.error, *outcome.errors.values(), *outcome.tag_errors.values()]
        for err in errors:
            if err is not None:
                self._note(f"{descriptor.artifact_type or 'an artifact'} was not mirrored: {err}")
        return {request.target for request in outcome.tagged}

    def _note(self, text: str) -> None:
        """Once, however many it befalls."""
        if text not in self.result.notes:
            self.result.notes.append(text)
