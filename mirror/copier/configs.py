"""The platform of an image without an index stands in its config, which passes by when it is copied.

An index names its children's platforms. A single manifest does not, and to read its config for that alone would cost
one more request an image.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest
from mirror.oci.manifest import Manifest
from mirror.oci.platform import Platform
from mirror.registry.protocols import BlobReader

MAX_BYTES = 256 * 1024
"""Larger configs are not kept in memory. Most are below 16 KiB."""

_KINDS = frozenset({media_types.OCI_CONFIG, media_types.DOCKER_CONFIG})


class Configs:
    """The platforms that configs named which were read in this run. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._platforms: dict[Digest, Platform] = {}

    def platforms(self, manifest: Manifest) -> tuple[str, ...]:
        """Of an image manifest: one, or none where its config did not pass by or does not say."""
        with self._lock:
            found = (self._platforms.get(blob.digest) for blob in manifest.blobs if blob.media_type in _KINDS)
            return tuple(str(platform) for platform in found if platform is not None and not platform.is_unknown)

    def overhear(self, reader: BlobReader, descriptor: Descriptor) -> BlobReader:
        """The reader; of a config it is remembered what it says, once it was read to its end and found to be right."""
        if descriptor.media_type not in _KINDS or descriptor.size > MAX_BYTES:
            return reader
        return _Overheard(reader, self)

    def keep(self, digest: Digest, content: bytes) -> None:
        """What the config says. Content that is none is nobody's trouble here."""
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            return
        if isinstance(document, dict) and document.get("os") and document.get("architecture"):
            with self._lock:
                self._platforms[digest] = Platform.from_json(document)


@dataclass(frozen=True, slots=True)
class _Overheard:
    reader: BlobReader
    configs: Configs

    def open_blob(self, descriptor: Descriptor) -> AbstractContextManager[Iterator[memoryview]]:
        """See `BlobReader`."""
        return self._open(descriptor)

    @contextmanager
    def _open(self, descriptor: Descriptor) -> Iterator[Iterator[memoryview]]:
        with self.reader.open_blob(descriptor) as pieces:
            yield self._listen(pieces, descriptor.digest)

    def _listen(self, pieces: Iterator[memoryview], digest: Digest) -> Iterator[memoryview]:
        content = bytearray()
        for piece in pieces:
            content += piece
            yield piece
        self.configs.keep(digest, bytes(content))
