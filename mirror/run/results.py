"""From what the survey and the copier know to the result model."""

from dataclasses import replace
from typing import TYPE_CHECKING

from mirror.config.model import DestinationName, ImageConfig
from mirror.copier.image import ImageOutcome, TagRequest
from mirror.copier.target import Target
from mirror.errors import (
    BudgetError,
    DeadlineError,
    MirrorError,
    RateLimitError,
    RepositoryNotFoundError,
    SilentError,
    TagImmutableError,
)
from mirror.oci.digest import Digest
from mirror.oci.platform import Platform
from mirror.planning.survey import Surveyed
from mirror.report.model import Action, Blob, Certainty, DestinationResult, ImageResult
from mirror.run.places import Places

if TYPE_CHECKING:
    from mirror.run.forecast import Forecast

_VANISHED = (
    "It was deleted or made private. If you may read it, name an account in docker_hub.credentials_secret. If it is "
    "gone for good, what is mirrored stays; take it out of mirror.yaml."
)


class Results:
    """Makes an `ImageResult` of each reference."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def settled(self, surveyed: Surveyed) -> ImageResult:
        """The result of a reference with nothing to do, or nothing that can be done."""
        if surveyed.error is not None or surveyed.upstream is None:
            return self._without_source(surveyed)
        return self._image(surveyed, [self._standing(surveyed, target) for target in surveyed.wanted.targets])

    def planned(
        self, surveyed: Surveyed, cost: "Forecast | None", *, charged: bool = True, deferred: MirrorError | None = None
    ) -> ImageResult:
        """What a run would do; `cost` is that of the reference's group, `deferred` says why it would not do it now."""
        having = cost.having if cost is not None else surveyed.holders
        refused = (cost.error if cost is not None else None) or deferred
        rows = []
        for target in surveyed.wanted.targets:
            if target not in surveyed.pending:
                rows.append(self._standing(surveyed, target))
            elif refused is not None:
                rows.append(self._refused(surveyed, target, refused))
            else:
                action = Action.RETAGGED if target in having or not charged else Action.COPIED
                rows.append(self._row(surveyed, target, action, surveyed.held.get(target)))
        image = self._image(surveyed, rows)
        if cost is None or not charged or deferred is not None:
            return image
        certainty, why = cost.certainty, cost.note
        if surveyed.wanted.image.referrers and cost.error is None:
            certainty = Certainty.AT_LEAST
            why = "; ".join(filter(None, (why, "what is attached to it comes on top")))
        return replace(
            image,
            pulls=cost.pulls,
            certainty=certainty,
            bytes_downloaded=cost.size or 0,
            notes=(*image.notes, f"{certainty}: {why}") if why else image.notes,
        )

    def copied(self, surveyed: Surveyed, outcome: ImageOutcome, *, charged: bool, seconds: float) -> ImageResult:
        """What a run did. The costs of a group are charged to one of its references."""
        rows = []
        for target in surveyed.wanted.targets:
            if target in surveyed.pending:
                rows.append(self._outcome_row(surveyed, target, outcome, charged=charged))
            else:
                rows.append(self._standing(surveyed, target))
        image = self._image(surveyed, rows)
        return ImageResult(
            reference=image.reference,
            destinations=image.destinations,
            source_digest=image.source_digest,
            platforms=outcome.platforms,
            size=outcome.size,
            blobs=tuple(Blob(blob.digest, blob.size) for blob in outcome.blobs),
            bytes_downloaded=outcome.downloaded if charged else 0,
            pulls=outcome.pulls if charged else 0,
            seconds=seconds if charged else 0.0,
            notes=(*outcome.notes, *_unfiltered(surveyed, outcome)),
        )

    def failed(self, image: ImageConfig, err: MirrorError) -> ImageResult:
        """An image whose selectors never came to a survey."""
        reason, advice = str(err), err.advice or ""
        if not _is_for_later(err):
            return ImageResult(image.name, (), reason=reason, advice=advice)
        rows = []
        for name in image.to:
            reference = self._places.pull_name(name, self._places.repository_name(name, image))
            rows.append(DestinationResult(str(name), reference, Action.DEFERRED, reason=reason, advice=advice))
        return ImageResult(image.name, tuple(rows))

    def _outcome_row(
        self, surveyed: Surveyed, target: Target, outcome: ImageOutcome, *, charged: bool
    ) -> DestinationResult:
        request = TagRequest(target, surveyed.wanted.selected.tag)
        err = outcome.error or outcome.errors.get(target) or outcome.tag_errors.get(request)
        if err is not None:
            return self._refused(surveyed, target, err)
        action = Action.COPIED if target in outcome.transferred and charged else Action.RETAGGED
        digest = outcome.manifest.digest if outcome.manifest else None
        uploaded = outcome.uploaded.get(target, 0) if charged else 0
        return self._row(surveyed, target, action, digest, uploaded=uploaded)

    def _standing(self, surveyed: Surveyed, target: Target) -> DestinationResult:
        err = surveyed.errors.get(target)
        if err is not None:
            return self._refused(surveyed, target, err)
        held = surveyed.held.get(target)
        if target in surveyed.kept:
            reason = "upstream moved; the tag is immutable here, as configured"
            return self._row(surveyed, target, Action.KEPT, held, reason=reason)
        return self._row(surveyed, target, Action.UNCHANGED, held)

    def _without_source(self, surveyed: Surveyed) -> ImageResult:
        if surveyed.vanished:
            return self._image(surveyed, self._gone(surveyed, f"{surveyed.error} any more", advice=_VANISHED))
        if surveyed.error is not None:
            rows = [self._refused(surveyed, target, surveyed.error) for target in surveyed.wanted.targets]
            return self._image(surveyed, rows)
        if any(surveyed.held.values()):
            return self._image(surveyed, self._gone(surveyed, "the tag no longer exists upstream"))
        near = ", ".join(surveyed.suggestions)
        advice = f"Similar tags: {near}." if near else "Look for the tag on Docker Hub, or take the image out."
        rows = [
            self._row(surveyed, target, Action.FAILED, None, reason="does not exist upstream", advice=advice)
            for target in surveyed.wanted.targets
        ]
        return self._image(surveyed, rows)

    def _gone(self, surveyed: Surveyed, reason: str, *, advice: str = "") -> list[DestinationResult]:
        rows = []
        for target in surveyed.wanted.targets:
            held, err = surveyed.held.get(target), surveyed.errors.get(target)
            if err is not None:
                rows.append(self._refused(surveyed, target, err))
                continue
            kept = "the mirror keeps its copy" if held is not None else "it was not mirrored here before"
            rows.append(self._row(surveyed, target, Action.GONE, held, reason=f"{reason}; {kept}", advice=advice))
        return rows

    def _refused(self, surveyed: Surveyed, target: Target, err: MirrorError) -> DestinationResult:
        advice = err.advice or ""
        if isinstance(err, RepositoryNotFoundError) and not advice:
            advice = f"The repository {target.repository} must exist in {target.destination}: deploy the stacks."
        if isinstance(err, TagImmutableError) and target in surveyed.wanted.immutable:
            reason = "somebody set the tag meanwhile; it is immutable here, as configured"
            return self._row(surveyed, target, Action.KEPT, surveyed.held.get(target), reason=reason)
        if isinstance(err, TagImmutableError) and not advice:
            advice = "The repository has immutable tags. Say so in mirror.yaml (mutability), or make it mutable."
        action = Action.DEFERRED if _is_for_later(err) else Action.FAILED
        return self._row(surveyed, target, action, surveyed.held.get(target), reason=str(err), advice=advice)

    def _row(
        self,
        surveyed: Surveyed,
        target: Target,
        action: Action,
        digest: Digest | None,
        *,
        uploaded: int = 0,
        reason: str = "",
        advice: str = "",
    ) -> DestinationResult:
        reference = self._places.pull_name(target.destination, target.repository) + _suffix(surveyed)
        found = surveyed.held.get(target)
        return DestinationResult(target.destination, reference, action, digest, uploaded, reason, advice, found=found)

    def _image(self, surveyed: Surveyed, rows: list[DestinationResult]) -> ImageResult:
        for name, err in self._places.failed.items():
            if name in surveyed.wanted.image.to:
                rows.append(self._closed(surveyed, name, err))
        upstream = surveyed.upstream
        return ImageResult(surveyed.wanted.reference, tuple(rows), upstream.digest if upstream else None)

    def _closed(self, surveyed: Surveyed, name: DestinationName, err: MirrorError) -> DestinationResult:
        repository = self._places.repository_name(name, surveyed.wanted.image)
        reference = repository + _suffix(surveyed)
        action = Action.DEFERRED if _is_for_later(err) else Action.FAILED
        return DestinationResult(str(name), reference, action, reason=str(err), advice=err.advice or "")


def _is_for_later(err: MirrorError) -> bool:
    """Whether the next run does it: nothing is wrong but that time, pulls or a registry's patience are at an end."""
    if isinstance(err, SilentError):
        return err.is_later
    return isinstance(err, DeadlineError | BudgetError | RateLimitError)


def _unfiltered(surveyed: Surveyed, outcome: ImageOutcome) -> tuple[str, ...]:
    """An image without an index passes a platform filter whatever it is; where that is something else, it is said."""
    wanted, manifest = surveyed.wanted.image.platforms, outcome.manifest
    if not wanted or manifest is None or manifest.is_index or not outcome.platforms:
        return ()
    if any(Platform.parse(each).satisfies(one) for each in outcome.platforms for one in wanted):
        return ()
    return (f"has no index, and is {', '.join(outcome.platforms)} only: mirrored although platforms asks for others",)


def _suffix(surveyed: Surveyed) -> str:
    selected = surveyed.wanted.selected
    return f":{selected.tag}" if selected.tag else f"@{selected.digest}"
