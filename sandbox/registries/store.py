"""What a registry holds. In memory; safe for threads."""

import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mirror.oci.digest import Digest, digest_of
from mirror.oci.manifest import Manifest, parse_manifest


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """A manifest as it was pushed."""

    manifest: Manifest
    pushed_at: datetime


@dataclass(slots=True, eq=False)
class Repository:
    """One repository. Blobs are stored once for all, but have to be pushed or mounted to be seen here."""

    name: str
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    blobs: set[Digest] = field(default_factory=set)
    manifests: dict[Digest, StoredManifest] = field(default_factory=dict)
    tags: dict[str, Digest] = field(default_factory=dict)
    pushed_tags: dict[str, datetime] = field(default_factory=dict)
    """When each tag was last pushed; also of tags that are gone."""
    immutable: bool = False
    """Whether a tag, once set, may not be set again (not even to the same digest, as ECR has it)."""
    exceptions: tuple[str, ...] = ()
    """Patterns with ``*`` over tags, for which it is the other way round."""
    attributes: dict[str, object] = field(default_factory=dict)
    """What only one kind of registry knows of a repository: catalogue data, lifecycle policy, resource tags."""

    def find(self, reference: str) -> StoredManifest | None:
        """The manifest behind a tag or a digest."""
        digest = reference if ":" in reference else self.tags.get(reference)
        return self.manifests.get(Digest(digest)) if digest else None

    def is_immutable(self, tag: str) -> bool:
        """Whether this tag may not be set again."""
        patterns = (re.escape(pattern).replace(r"\*", ".*") for pattern in self.exceptions)
        return self.immutable is not any(re.fullmatch(pattern, tag) for pattern in patterns)

    def tags_of(self, digest: Digest) -> list[str]:
        """All tags that point at it, sorted."""
        return sorted(tag for tag, tagged in self.tags.items() if tagged == digest)

    def referrers_of(self, digest: Digest) -> list[Manifest]:
        """Manifests whose `subject` it is."""
        return [
            stored.manifest
            for stored in self.manifests.values()
            if stored.manifest.subject is not None and stored.manifest.subject.digest == digest
        ]


class Store:
    """All repositories of one registry."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.blobs: dict[Digest, bytes] = {}
        self.repositories: dict[str, Repository] = {}

    def create(self, name: str) -> Repository:
        """The repository of that name, new if there is none."""
        with self.lock:
            return self.repositories.setdefault(name, Repository(name))

    def get(self, name: str) -> Repository | None:
        """The repository of that name."""
        with self.lock:
            return self.repositories.get(name)

    def put_blob(self, repository: Repository, content: bytes) -> Digest:
        """Store a blob and show it in the repository."""
        digest = digest_of(content)
        with self.lock:
            self.blobs.setdefault(digest, content)
            repository.blobs.add(digest)
        return digest

    def put_manifest(self, repository: Repository, manifest: Manifest, tag: str | None = None) -> None:
        """Store a manifest, and point the tag at it."""
        with self.lock:
            repository.manifests.setdefault(manifest.digest, StoredManifest(manifest, datetime.now(UTC)))
            if tag is not None:
                repository.tags[tag] = manifest.digest
                repository.pushed_tags[tag] = datetime.now(UTC)

    def put_raw(self, repository: Repository, raw: bytes, media_type: str, tag: str | None = None) -> Manifest:
        """Likewise, from bytes."""
        manifest = parse_manifest(raw, media_type=media_type)
        self.put_manifest(repository, manifest, tag)
        return manifest

    def blob(self, repository: Repository, digest: str) -> bytes | None:
        """The blob, if the repository shows it."""
        with self.lock:
            return self.blobs.get(Digest(digest)) if digest in repository.blobs else None
