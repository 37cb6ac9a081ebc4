"""Amazon ECR and ECR Public: the registry protocol for content, their own API for questions in bulk."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from mirror.errors import (
    MirrorError,
    NotFoundError,
    RefusedError,
    RepositoryNotFoundError,
    SilentError,
    TransportError,
)
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest, parse_digest
from mirror.oci.manifest import Manifest, parse_manifest
from mirror.registry import aws
from mirror.registry.deletion import changed
from mirror.registry.ecr_refusals import HANGS_UP, EmptyUpload, explained
from mirror.registry.lookups import side_by_side
from mirror.registry.protocols import HeldTag, Upload
from mirror.registry.remote import RemoteRegistry, RemoteRepository
from mirror.transport.session import Session

BATCH = 100
"""BatchCheckLayerAvailability's, DescribeImages' and BatchDeleteImage's limit for one call."""

PAGE = 1000
"""DescribeImages' largest page."""

PRIVATE_RATES: Final[Mapping[str, float]] = {"put": 8, "initiate": 80, "complete": 80}
PUBLIC_RATES: Final[Mapping[str, float]] = {"put": 8, "initiate": 8, "complete": 8, "tags": 4}
"""Requests a second: below the quotas of 10 and 100 (private), 10 (public), which retries draw from too."""


class EcrRegistry(RemoteRegistry):
    """One account's private registry in one region, or its public registry."""

    def __init__(
        self, session: Session, lookups: Executor, *, host: str, api: Any, public: bool, path: str = ""
    ) -> None:
        super().__init__(session, lookups, host=host, path=path)
        self.api = api
        """A boto3 client of `ecr` or `ecr-public`."""
        self.public = public

    def repository(self, name: str) -> "EcrRepository":
        """See `RemoteRegistry`."""
        return EcrRepository(self, name)

    @contextmanager
    def asking(self, what: str) -> Iterator[None]:
        """Around every call of the API: its errors in the engine's words, and `DeadlineError` after the deadline."""
        self.session.retry.deadline.check(what)
        with aws.translated(what):
            yield

    def absent(self, names: Collection[str]) -> frozenset[str]:
        """Which of these repositories do not exist: a preflight in bulk, because a push to one may just hang up."""
        missing: set[str] = set()
        for batch in _batches(sorted(names)):
            missing |= self._absent(batch)
        return frozenset(missing)

    def _absent(self, names: Sequence[str]) -> set[str]:
        """One call says only that one of many is absent, so a batch that fails is halved."""
        try:
            with self.asking(f"repositories of {self.host}"):
                self.api.describe_repositories(repositoryNames=list(names))
        except RepositoryNotFoundError:
            if len(names) == 1:
                return set(names)
            half = len(names) // 2
            return self._absent(names[:half]) | self._absent(names[half:])
        return set()


class EcrRepository(RemoteRepository):
    """`Destination` with ECR's bulk calls."""

    def __init__(self, registry: EcrRegistry, name: str) -> None:
        super().__init__(registry, name)
        self._ecr = registry
        self._pushed: dict[str, float] = {}

    def pushed_at(self) -> Mapping[str, float]:
        """See `Dated`."""
        return self._pushed

    def digests_of(self, tags: Collection[str]) -> Mapping[str, Digest | None]:
        """See `Destination`: all tags of the repository, up to a thousand a call."""
        wanted = list(dict.fromkeys(tags))
        found: dict[str, Digest | None] = dict.fromkeys(wanted)
        if not wanted:
            return found
        with self._ecr.asking(f"tags of {self.name}"):
            for tag, digest, pushed in self._tagged():
                if tag in found:
                    found[tag] = digest
                if pushed is not None:
                    self._pushed[tag] = pushed
        return found

    def _tagged(self) -> Iterator[tuple[str, Digest, float | None]]:
        # Neither HEAD nor BatchGetImage: ECR counts those as pulls, and lifecycle rules look at the last pull. And not
        # by name: DescribeImages fails as a whole when one of the tags that it is asked for is absent.
        if self._ecr.public:
            paginator = self._ecr.api.get_paginator("describe_image_tags")
            for page in paginator.paginate(repositoryName=self._short, PaginationConfig={"PageSize": PAGE}):
                for detail in page.get("imageTagDetails", ()):
                    image = detail["imageDetail"]
                    # A tag that was moved to an older image is as young as the move.
                    pushed = max(filter(None, (image.get("imagePushedAt"), detail.get("createdAt"))), default=None)
                    yield detail["imageTag"], parse_digest(image["imageDigest"]), _seconds(pushed)
            return
        paginator = self._ecr.api.get_paginator("describe_images")
        for page in paginator.paginate(
            repositoryName=self._short, filter={"tagStatus": "TAGGED"}, PaginationConfig={"PageSize": PAGE}
        ):
            for detail in page.get("imageDetails", ()):
                for tag in detail.get("imageTags", ()):
                    yield tag, parse_digest(detail["imageDigest"]), _seconds(detail.get("imagePushedAt"))

    def held_tags(self) -> Mapping[str, HeldTag]:
        """See `Deleter`."""
        with self._ecr.asking(f"tags of {self.name}"):
            return {tag: HeldTag(digest, pushed) for tag, digest, pushed in self._tagged()}

    def delete_tags(self, tags: Mapping[str, Digest]) -> Mapping[str, str | None]:
        """See `Deleter`. By tag and never by digest, which would take all tags of an image along.

        With the last tag of an image ECR removes the image; one that is part of a list of images stays.
        """
        try:
            now = self.held_tags()
        except MirrorError as err:
            return dict.fromkeys(tags, str(err))
        outcome: dict[str, str | None] = {}
        for tag, digest in tags.items():
            outcome[tag] = changed(now[tag].digest if tag in now else None, digest)
        for batch in _batches([tag for tag, problem in outcome.items() if problem is None]):
            outcome.update(self._delete(batch))
        return outcome

    def _delete(self, tags: Sequence[str]) -> dict[str, str | None]:
        try:
            with self._ecr.asking(f"removing tags of {self.name}"):
                answer = self._ecr.api.batch_delete_image(
                    repositoryName=self._short, imageIds=[{"imageTag": tag} for tag in tags]
                )
        except MirrorError as err:
            return dict.fromkeys(tags, str(err))
        outcome: dict[str, str | None] = dict.fromkeys(tags, "ECR did not say that it is removed")
        outcome.update({image["imageTag"]: None for image in answer.get("imageIds", ()) if image.get("imageTag")})
        for failure in answer.get("failures", ()):
            tag = failure.get("imageId", {}).get("imageTag")
            outcome[tag] = f"{failure.get('failureCode', '')}: {failure.get('failureReason', '')}".strip(": ")
        return outcome

    def has_manifest(self, digest: Digest) -> bool:
        """See `Destination`."""
        try:
            with self._ecr.asking(f"{self.name}@{digest}"):
                self._ecr.api.describe_images(repositoryName=self._short, imageIds=[{"imageDigest": digest}])
        except RepositoryNotFoundError:
            raise
        except NotFoundError:
            return False
        return True

    def fetch_manifests(self, digests: Collection[Digest]) -> Iterator[Manifest]:
        """See `BulkReader`. ECR Public has no call for it, so there they are read one by one, side by side."""
        wanted = list(dict.fromkeys(digests))
        if self._ecr.public:
            yield from side_by_side(self._ecr.lookups, self.fetch_manifest, wanted)
            return
        for batch in _batches(wanted):
            with self._ecr.asking(f"manifests of {self.name}"):
                answer = self._ecr.api.batch_get_image(
                    repositoryName=self._short,
                    imageIds=[{"imageDigest": digest} for digest in batch],
                    acceptedMediaTypes=sorted(media_types.INDEXES | media_types.MANIFESTS),
                )
            for image in answer.get("images", ()):
                yield parse_manifest(
                    image["imageManifest"].encode(),
                    media_type=image.get("imageManifestMediaType") or "",
                    expected=parse_digest(image["imageId"]["imageDigest"]),
                )

    def open_upload(self, descriptor: Descriptor) -> Upload:
        """See `Destination`."""
        try:
            upload = super().open_upload(descriptor)
        except SilentError:
            raise
        except TransportError as err:
            raise TransportError(str(err), advice=HANGS_UP) from err
        return upload if descriptor.size else EmptyUpload(upload)

    def push_manifest(self, manifest: Manifest, *, tag: str | None = None) -> None:
        """See `Destination`; a refusal says what ECR does not take."""
        try:
            super().push_manifest(manifest, tag=tag)
        except RefusedError as err:
            raise explained(err, manifest) from err

    def missing_blobs(self, descriptors: Collection[Descriptor]) -> frozenset[Digest]:
        """See `Destination`: a hundred a call. A blob known from another repository only is not available here."""
        wanted = list(dict.fromkeys(descriptor.digest for descriptor in descriptors))
        available: set[str] = set()
        with self._ecr.asking(f"layers of {self.name}"):
            for batch in _batches(wanted):
                answer = self._ecr.api.batch_check_layer_availability(
                    repositoryName=self._short, layerDigests=list(batch)
                )
                available |= {
                    layer["layerDigest"]
                    for layer in answer.get("layers", ())
                    if layer.get("layerAvailability") == "AVAILABLE"
                }
        return frozenset(digest for digest in wanted if digest not in available)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
