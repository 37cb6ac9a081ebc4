"""Manifests by digest: each one is read at most once a run, and from the source only if nobody else has it."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future

from mirror.copier.target import Target
from mirror.errors import MirrorError
from mirror.oci.digest import Digest
from mirror.oci.manifest import Manifest
from mirror.registry.protocols import Source

MAX_CACHED_BYTES = 16 * 1024 * 1024
# A manifest is a few KiB; this holds those of some thousand images, and bounds what a hostile one can do.


class ManifestCache:
    """Single flight and cache in one. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cached: OrderedDict[Digest, Manifest] = OrderedDict()
        self._bytes = 0
        self._flying: dict[Digest, Future[Manifest]] = {}

    def free(self, digest: Digest, holders: Sequence[Target] = ()) -> Manifest | None:
        """The manifest, if it was read before or one of the holders gives it; costs no pull."""
        with self._lock:
            cached = self._cached.get(digest)
        if cached is not None:
            return cached
        for holder in holders:
            try:
                found = holder.store.fetch_manifest(digest)
            except MirrorError:
                continue  # it said that it has the manifest; the source is the judge of what that was worth
            with self._lock:
                self._keep(found)
            return found
        return None

    def get(self, digest: Digest, source: Source) -> tuple[Manifest, int]:
        """The manifest, and how many counted requests this call spent on it: 0 or 1. `NotFoundError` as it came."""
        with self._lock:
            cached = self._cached.get(digest)
            if cached is not None:
                return cached, 0
            flying = self._flying.get(digest)
            mine = flying is None
            future = self._flying[digest] = flying or Future()
        if not mine:
            return future.result(), 0
        try:
            found = source.fetch_manifest(digest)
        except BaseException as err:
            with self._lock:
                del self._flying[digest]
            future.set_exception(err)
            raise
        with self._lock:
            del self._flying[digest]
            self._keep(found)
        future.set_result(found)
        return found, 1

    def _keep(self, manifest: Manifest) -> None:
        if manifest.digest in self._cached:
            return
        self._cached[manifest.digest] = manifest
        self._bytes += manifest.size
        while self._bytes > MAX_CACHED_BYTES:
            _, dropped = self._cached.popitem(last=False)
            self._bytes -= dropped.size
