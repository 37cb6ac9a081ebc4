"""What is now where: read back from the registries, not from what the build said."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.table import Table

from mirror.oci.digest import Digest, short
from mirror.oci.manifest import Manifest
from mirror.report.units import bytes_text
from sandbox.registries.access_log import AccessLog
from sandbox.registries.ecr_service import EcrService


@dataclass(frozen=True, slots=True)
class Row:
    """One tag in one registry."""

    reference: str
    digest: Digest
    platforms: tuple[str, ...]
    size: int
    """Bytes of all that it names, each manifest and blob once."""
    pulls: int
    """Docker Hub pulls that were spent on it since the log was cleared."""


def rows(service: EcrService, host: str, log: AccessLog) -> list[Row]:
    """All tags of a registry, in order."""
    pulled = [entry.reference for entry in log.matching(registry="hub", method="GET", action="manifest", status=200)]
    found = []
    with service.store.lock:
        for name, repository in sorted(service.store.repositories.items()):
            for tag, digest in sorted(repository.tags.items()):
                tree = _tree(repository.manifests, digest)
                root = tree[0]
                platforms = [child.platform for child in root.children if child.platform]
                names = tuple(str(platform) for platform in platforms if not platform.is_unknown)
                blobs = {blob.digest: blob.size for manifest in tree for blob in manifest.blobs}
                manifests = {manifest.digest: manifest.size for manifest in tree}
                size = sum(blobs.values()) + sum(manifests.values())
                pulls = sum(1 for reference in pulled if reference in manifests)
                found.append(Row(f"{host}/{name}:{tag}", digest, names, size, pulls))
    return found


def _tree(manifests: Any, digest: Digest) -> list[Manifest]:
    manifest: Manifest = manifests[digest].manifest
    return [manifest, *(each for child in manifest.children for each in _tree(manifests, child.digest))]


def render(found: Iterable[Row]) -> Table:
    """For a terminal."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("reference", no_wrap=True)
    table.add_column("digest", no_wrap=True)
    table.add_column("platforms")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("Hub pulls", justify="right")
    for row in found:
        platforms = ", ".join(platform.removeprefix("linux/") for platform in row.platforms) or "one"
        table.add_row(row.reference, short(row.digest), platforms, bytes_text(row.size), str(row.pulls))
    return table
