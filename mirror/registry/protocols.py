"""What the copier and the planner know of a registry: small protocols, no HTTP.

Two roles, `Source` and `Destination`, each bound to one repository. Abilities that only some registries
have are protocols of their own, tested for with `isinstance` at run time, never flags.

Every method may raise `TransportError`, `DeniedError`, `RateLimitError` and `UnavailableError` after the
implementation's own retries; other errors are named where they can happen.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest
from mirror.oci.manifest import Manifest

Piece = bytes | bytearray | memoryview
"""Anything `Upload.write` sends without copying it."""


@dataclass(frozen=True, slots=True)
class PullQuota:
    """What a registry last said of its pull quota (Docker Hub's ``ratelimit-*`` headers)."""

    limit: int
    """Pulls a window."""
    remaining: int
    window_seconds: int
    source: str = ""
    """What the quota is counted by: an IP address, or an account's id."""


class BlobReader(Protocol):
    """Where blobs can be read."""

    def open_blob(self, descriptor: Descriptor) -> AbstractContextManager[Iterator[memoryview]]:
        """The blob as successive pieces of one reused buffer: use or copy a piece before asking for the next.

        Broken downloads are resumed by Range inside. The iterator ends normally only if size and digest
        were right, and raises `VerificationError` otherwise, so a consumer that saw the end saw the truth.
        `NotFoundError` when the registry does not have it.
        """


class Source(BlobReader, Protocol):
    """A repository that can be read."""

    @property
    def name(self) -> str:
        """Registry and repository as a person would write them, ``docker.io/library/maven``."""

    def resolve(self, reference: str) -> Descriptor | None:
        """The descriptor behind a tag or digest by HEAD (costs no pull); `None` when it does not exist.

        Where an answer lacks the digest, an implementation falls back to GET and counts it as one.
        """

    def fetch_manifest(self, reference: str) -> Manifest:
        """The manifest by GET (on Docker Hub: one pull), verified against a digest reference. `NotFoundError`."""

    def tags(self) -> Iterator[str]:
        """All tags, a page at a time. `RepositoryNotFoundError`."""


class Upload(Protocol):
    """One blob on its way into one repository, pushed piece by piece by whoever reads it."""

    def write(self, piece: Piece) -> None:
        """Send the next piece; blocks while the registry is slower than the reader."""

    def commit(self) -> None:
        """End the upload; on return the registry has verified and stored the blob."""

    def abort(self) -> None:
        """Give up: close the connection. Never raises; a retry starts with a new `open_upload`."""


class Destination(Source, Protocol):
    """A repository that can be read and written."""

    def missing_blobs(self, descriptors: Collection[Descriptor]) -> frozenset[Digest]:
        """Which of these blobs the repository lacks: in bulk where the registry can, else by HEAD."""

    def has_manifest(self, digest: Digest) -> bool:
        """Whether the repository holds this manifest (so also all that it names)."""

    def digests_of(self, tags: Collection[str]) -> Mapping[str, Digest | None]:
        """What each tag points at, `None` where it does not exist: in as few requests as the registry allows."""

    def open_upload(self, descriptor: Descriptor) -> Upload:
        """Begin an upload of exactly `descriptor.size` bytes. `RepositoryNotFoundError`, `RefusedError`."""

    def push_manifest(self, manifest: Manifest, *, tag: str | None = None) -> None:
        """Store the exact bytes, by digest, or under `tag`. Everything it names must be there already.

        `TagImmutableError` when the tag may not move, `RefusedError` when the registry does not take it.
        """


@runtime_checkable
class Mounter(Protocol):
    """A destination that can take a blob from another repository of the same registry."""

    def mount_blob(self, descriptor: Descriptor, *, from_repository: str) -> bool:
        """Whether the blob is now here. `False` is an ordinary answer: copy it then."""


@runtime_checkable
class Dated(Protocol):
    """A repository that knows when its tags were pushed."""

    def pushed_at(self) -> Mapping[str, float]:
        """By tag, seconds since the epoch: what the last `digests_of` brought along, without asking again."""


@runtime_checkable
class BulkReader(Protocol):
    """A repository that gives many manifests at a time."""

    def fetch_manifests(self, digests: Collection[Digest]) -> Iterator[Manifest]:
        """Those of them that it has, verified, up to a hundred a request."""


@dataclass(frozen=True, slots=True)
class HeldTag:
    """A tag, as its registry tells of it."""

    digest: Digest
    pushed: float | None = None
    """When it was pushed, in seconds since the epoch; `None` where the registry does not tell."""


@runtime_checkable
class Deleter(Protocol):
    """A repository from which tags can be removed."""

    def held_tags(self) -> Mapping[str, HeldTag]:
        """All of its tags. `RepositoryNotFoundError`."""

    def delete_tags(self, tags: Mapping[str, Digest]) -> Mapping[str, str | None]:
        """Remove these tags, each only where it still points at this digest; no other tag goes with them.

        By tag: why it was not removed, `None` where it was. Nothing is raised.
        """


@runtime_checkable
class PullLimited(Protocol):
    """A source that counts pulls."""

    def quota(self) -> PullQuota | None:
        """The last quota seen; `None` before the first answer, and for ever when the source has no limit."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is attached to a manifest, or where that is written."""

    referrers: tuple[Descriptor, ...] = ()
    index: Descriptor | None = None
    """The list, unread, of a registry without the API: a manifest, so reading it may be a pull."""


@runtime_checkable
class Referrers(Protocol):
    """A repository that can list what is attached to a manifest (distribution-spec, *Listing Referrers*)."""

    def list_referrers(self, digest: Digest) -> Listing:
        """By the API, all pages of it, or the fallback tag; costs no pull."""

    def referrers(self, digest: Digest) -> tuple[Descriptor, ...]:
        """Descriptors of the attached manifests; empty when there are none. Reads the list where it is a manifest."""
