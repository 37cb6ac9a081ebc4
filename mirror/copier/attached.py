"""What is attached to an image: signatures, SBOMs, attestations. Best effort: none of it can fail the image.

Two ways of attaching are known: referrers (distribution-spec, *Listing Referrers*, with its fallback tag), and the tags
``sha256-<hex>.sig``, ``.att`` and ``.sbom`` that cosign sets beside the image.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mirror.copier.image import ImageCopier, ImageOutcome, TagRequest
from mirror.copier.target import Target
from mirror.errors import MirrorError
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest, short
from mirror.registry.protocols import Referrers, Source

COSIGN_SUFFIXES = ("sig", "att", "sbom")


@dataclass(slots=True)
class Attached:
    """What was mirrored beside an image."""

    copied: int = 0
    pulls: int = 0
    downloaded: int = 0
    notes: list[str] = field(default_factory=list)


def copy_attached(
    copier: ImageCopier, source: Source, subjects: Iterable[Digest], targets: Sequence[Target]
) -> Attached:
    """Mirror what is attached to each of these digests into each target that lacks it.

    Costs a few questions for each digest, and pulls only for what a target lacks.
    """
    result = Attached()
    for subject in dict.fromkeys(subjects):
        try:
            for tag, descriptor in _tagged(source, subject):
                lacking = [t for t in targets if t.store.digests_of([tag])[tag] != descriptor.digest]
                _copy(copier, source, descriptor, [TagRequest(target, tag) for target in lacking], result)
            referrers = source.referrers(subject) if isinstance(source, Referrers) else ()
            for descriptor in referrers:
                lacking = [t for t in targets if not t.store.has_manifest(descriptor.digest)]
                _copy(copier, source, descriptor, [TagRequest(target, None) for target in lacking], result)
        except MirrorError as err:
            result.notes.append(f"what is attached to {short(subject)} was not mirrored: {err}")
    return result


def _tagged(source: Source, subject: Digest) -> list[tuple[str, Descriptor]]:
    names = [f"{subject.replace(':', '-', 1)}.{suffix}" for suffix in COSIGN_SUFFIXES]
    return [(name, descriptor) for name in names if (descriptor := source.resolve(name)) is not None]


def _copy(
    copier: ImageCopier, source: Source, descriptor: Descriptor, requests: list[TagRequest], result: Attached
) -> None:
    if not requests:
        return
    outcome: ImageOutcome = copier.copy(source, descriptor, requests)
    result.pulls += outcome.pulls
    result.downloaded += outcome.downloaded
    result.copied += len(outcome.tagged)
    errors = [outcome.error, *outcome.errors.values(), *outcome.tag_errors.values()]
    result.notes += [f"{descriptor.artifact_type or 'an artifact'} was not mirrored: {err}" for err in errors if err]
