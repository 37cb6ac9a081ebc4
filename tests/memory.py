"""Repositories in memory that count, and break on demand: the copier against protocols, without HTTP."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from mirror.copier.blobs import BlobBoard
from mirror.copier.image import ImageCopier
from mirror.copier.manifests import ManifestCache
from mirror.copier.progress import Progress
from mirror.copier.target import Target
from mirror.errors import (
    MirrorError,
    NotFoundError,
    RefusedError,
    RegistryErrorDetail,
    TransportError,
    VerificationError,
)
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest, digest_of
from mirror.oci.manifest import Manifest
from mirror.registry.protocols import Piece, Upload
from mirror.transport.clock import Deadline
from mirror.transport.retry import RetryPolicy
from sandbox.registries.images import ImageBuilder
from sandbox.registries.store import Store
from tests.support import FakeClock

Break = Callable[[str, str], MirrorError | None]
"""Asked before every operation with its name and what it is about; an error that it gives is raised."""


@dataclass
class MemoryRepository:
    """A `Source` and a `Destination` over one repository of a `Store`. Mounting is a subclass's ability."""

    store: Store
    path: str
    broken: Break = lambda _operation, _about: None
    calls: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        return self.path

    def note(self, operation: str, about: str) -> None:
        with self.lock:
            self.calls.append((operation, about))
        error = self.broken(operation, about)
        if error is not None:
            raise error

    def count(self, operation: str) -> int:
        with self.lock:
            return sum(1 for name, _ in self.calls if name == operation)

    def resolve(self, reference: str) -> Descriptor | None:
        self.note("resolve", reference)
        stored = self.store.create(self.path).find(reference)
        return stored.manifest.descriptor if stored else None

    def fetch_manifest(self, reference: str) -> Manifest:
        self.note("fetch_manifest", reference)
        stored = self.store.create(self.path).find(reference)
        if stored is None:
            raise NotFoundError(f"{self.path}: {reference}", status=404)
        return stored.manifest

    @contextmanager
    def open_blob(self, descriptor: Descriptor) -> Iterator[Iterator[memoryview]]:
        self.note("open_blob", descriptor.digest)
        content = self.store.blob(self.store.create(self.path), descriptor.digest)
        if content is None:
            raise NotFoundError(f"{self.path}: {descriptor.digest}", status=404)
        yield self._pieces(content, descriptor)

    def _pieces(self, content: bytes, descriptor: Descriptor) -> Iterator[memoryview]:
        half = len(content) // 2
        yield memoryview(content)[:half]
        error = self.broken("read_blob", descriptor.digest)
        if error is not None:
            raise error
        yield memoryview(content)[half:]

    def tags(self) -> Iterator[str]:
        return iter(sorted(self.store.create(self.path).tags))

    def missing_blobs(self, descriptors: Collection[Descriptor]) -> frozenset[Digest]:
        self.note("missing_blobs", str(len(descriptors)))
        return frozenset(each.digest for each in descriptors) - self.store.create(self.path).blobs

    def has_manifest(self, digest: Digest) -> bool:
        self.note("has_manifest", digest)
        return digest in self.store.create(self.path).manifests

    def digests_of(self, tags: Collection[str]) -> Mapping[str, Digest | None]:
        self.note("digests_of", str(len(tags)))
        return {tag: self.store.create(self.path).tags.get(tag) for tag in tags}

    def open_upload(self, descriptor: Descriptor) -> Upload:
        self.note("open_upload", descriptor.digest)
        return MemoryUpload(self, descriptor)

    def push_manifest(self, manifest: Manifest, *, tag: str | None = None) -> None:
        self.note("push_manifest", tag or manifest.digest)
        repository = self.store.create(self.path)
        lacks = [blob.digest for blob in manifest.blobs if blob.digest not in repository.blobs]
        lacks += [child.digest for child in manifest.children if child.digest not in repository.manifests]
        if lacks:
            details = (RegistryErrorDetail("MANIFEST_BLOB_UNKNOWN"),)
            raise RefusedError(f"{self.path} lacks {lacks}", status=400, details=details)
        self.store.put_manifest(repository, manifest, tag)


@dataclass
class MountingRepository(MemoryRepository):
    """One that can mount, if `mounts`."""

    mounts: bool = True

    def mount_blob(self, descriptor: Descriptor, *, from_repository: str) -> bool:
        self.note("mount_blob", descriptor.digest)
        if self.mounts and descriptor.digest in self.store.create(from_repository).blobs:
            self.store.create(self.path).blobs.add(descriptor.digest)
            return True
        return False


class MemoryUpload:
    """An upload that a registry verifies at its end."""

    def __init__(self, repository: MemoryRepository, descriptor: Descriptor) -> None:
        self.repository = repository
        self.descriptor = descriptor
        self.content = bytearray()

    def write(self, piece: Piece) -> None:
        self.repository.note("write", self.descriptor.digest)
        self.content += piece

    def commit(self) -> None:
        self.repository.note("commit", self.descriptor.digest)
        if digest_of(bytes(self.content)) != self.descriptor.digest:
            raise VerificationError("upload", expected=self.descriptor.digest, got=digest_of(bytes(self.content)))
        self.repository.store.put_blob(self.repository.store.create(self.repository.path), bytes(self.content))

    def abort(self) -> None:
        self.repository.note("abort", self.descriptor.digest)


class Breaks:
    """Breaks an operation a number of times."""

    def __init__(
        self, operation: str, *, times: int = 10**9, error: MirrorError | None = None, about: str = ""
    ) -> None:
        self.operation = operation
        self.left = times
        self.error = error or TransportError("reset")
        self.about = about
        self.lock = threading.Lock()

    def __call__(self, operation: str, about: str) -> MirrorError | None:
        with self.lock:
            if operation != self.operation or not about.startswith(self.about) or self.left <= 0:
                return None
            self.left -= 1
            return self.error


@dataclass
class World:
    """A source with one image, and two destinations."""

    source: MemoryRepository
    private: MemoryRepository
    public: MemoryRepository
    copier: ImageCopier
    clock: FakeClock

    @property
    def builder(self) -> ImageBuilder:
        return ImageBuilder(self.source.store, self.source.path)

    def target(self, repository: MemoryRepository) -> Target:
        return Target("private" if repository is self.private else "public", repository.path, repository)


@contextmanager
def open_world(clock: FakeClock, *, threads: int) -> Iterator[World]:
    """All of it, with pools of that size."""
    deadline = Deadline(clock)
    with ThreadPoolExecutor(threads) as blob_workers, ThreadPoolExecutor(threads) as side:
        progress = Progress()
        board = BlobBoard(blob_workers, side, progress, RetryPolicy(deadline))
        yield World(
            MemoryRepository(Store(), "library/app"),
            MemoryRepository(Store(), "hub/app"),
            MemoryRepository(Store(), "app"),
            ImageCopier(board, ManifestCache(), side, progress, deadline),
            clock,
        )
