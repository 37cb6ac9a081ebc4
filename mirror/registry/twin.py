"""A twin: another registry that may hold the same content by digest. It proves itself by the digest, or is not used.

For Docker Official Images that is Amazon's public copy, which has no pull limit. A twin that is down, late or wrong
costs the run one note and no image.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from mirror.errors import DeadlineError, MirrorError, NotFoundError, VerificationError
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest
from mirror.oci.manifest import Manifest
from mirror.registry.protocols import Upload
from mirror.registry.remote import RemoteRegistry, RemoteRepository

OFFICIAL_TWIN = "https://public.ecr.aws/docker/library"
"""Where Docker itself keeps the official images on Amazon ECR Public."""


class TwinRegistry:
    """One twin, given up for the rest of the run at its first failure. Safe for threads.

    `note` is told why, once.
    """

    def __init__(self, registry: RemoteRegistry, note: Callable[[str], None]) -> None:
        self.registry = registry
        self._note = note
        self._lock = threading.Lock()
        self._given_up = False

    @property
    def given_up(self) -> bool:
        """Whether it is asked no more."""
        return self._given_up

    def give_up(self, err: MirrorError) -> None:
        """Ask it no more."""
        with self._lock:
            if self._given_up:
                return
            self._given_up = True
        self._note(f"{self.registry.pull_name('')} is not used any more: {err}")

    def repository(self, name: str) -> "TwinRepository":
        """One of its repositories."""
        return TwinRepository(self, self.registry.repository(name))


class TwinRepository:
    """A `Destination` as far as reading goes, so that the copier may treat it as one more holder of content.

    Everything that a twin does not have is `NotFoundError`, whatever the reason.
    """

    def __init__(self, twin: TwinRegistry, repository: RemoteRepository) -> None:
        self._twin = twin
        self._repository = repository

    @property
    def name(self) -> str:
        """See `Source`."""
        return self._repository.name

    def resolve(self, reference: str) -> Descriptor | None:
        """A twin's tags are its own business: never asked."""
        raise self._absent(reference)

    def tags(self) -> Iterator[str]:
        """Likewise."""
        raise self._absent("tags")

    def fetch_manifest(self, reference: str) -> Manifest:
        """By digest, verified. `NotFoundError`."""
        if self._twin.given_up:
            raise self._absent(reference)
        try:
            return self._repository.fetch_manifest(reference)
        except (NotFoundError, DeadlineError):
            raise
        except MirrorError as err:
            self._fail(err)
            raise self._absent(reference) from err

    @contextmanager
    def open_blob(self, descriptor: Descriptor) -> Iterator[Iterator[memoryview]]:
        """See `Source`; what breaks here is read again elsewhere."""
        if self._twin.given_up:
            raise self._absent(descriptor.digest)
        try:
            with self._repository.open_blob(descriptor) as pieces:
                yield pieces
        except (NotFoundError, DeadlineError):
            raise
        except MirrorError as err:
            self._fail(err)
            raise

    def has_manifest(self, digest: Digest) -> bool:
        """Not asked: finding out costs as much as reading."""
        raise self._absent(digest)

    def missing_blobs(self, descriptors: Collection[Descriptor]) -> frozenset[Digest]:
        """Likewise."""
        return frozenset(descriptor.digest for descriptor in descriptors)

    def digests_of(self, tags: Collection[str]) -> Mapping[str, Digest | None]:
        """See `tags`."""
        return dict.fromkeys(tags)

    def open_upload(self, descriptor: Descriptor) -> Upload:
        """Nothing is ever written to a twin."""
        raise self._absent(descriptor.digest)

    def push_manifest(self, manifest: Manifest, *, tag: str | None = None) -> None:
        """Likewise."""
        raise self._absent(tag or manifest.digest)

    def _fail(self, err: MirrorError) -> None:
        if isinstance(err, VerificationError):
            err = VerificationError(f"{self.name} has other content", expected=err.expected, got=err.got)
        self._twin.give_up(err)

    def _absent(self, what: str) -> NotFoundError:
        return NotFoundError(f"{self.name}: {what} is not taken from there", status=404)


def twin_name(prefix_path: str, upstream: str) -> str | None:
    """The repository's name below a twin's path; `None` where the twin cannot have it.

    A path that ends in ``library`` holds the official images by their short names; any other holds repositories by
    their names on Docker Hub.
    """
    if prefix_path.rpartition("/")[2] != "library":
        return upstream
    official, slash, name = upstream.partition("/")
    return name if slash and official == "library" else None
