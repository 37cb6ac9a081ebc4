"""Makes images: layers of pseudo-random bytes (as incompressible as real ones), configs, manifests, indexes.

The same seed always gives the same bytes, so digests can be compared between runs and machines.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mirror.oci import media_types
from mirror.oci.manifest import ATTESTATION_SUBJECT, ATTESTATION_TYPE, Manifest
from mirror.oci.platform import Platform
from sandbox.registries.store import Repository, Store

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"
IN_TOTO_TYPE = "application/vnd.in-toto+json"

KIB = 1024


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer to be: layers of one seed and size are one blob."""

    seed: str
    size: int


class ImageBuilder:
    """Puts images into one repository of a store."""

    def __init__(self, store: Store, repository: str) -> None:
        self.store = store
        self.repository: Repository = store.create(repository)

    def image(
        self,
        platform: Platform,
        layers: Sequence[Layer],
        *,
        name: str = "",
        docker: bool = False,
        tag: str | None = None,
    ) -> Manifest:
        """One platform's image manifest. `name` makes its config, and so itself, differ from others'."""
        config = {
            "architecture": platform.architecture,
            "os": platform.os,
            **({"variant": platform.variant} if platform.variant else {}),
            "config": {"Labels": {"name": name}},
            "rootfs": {"type": "layers", "diff_ids": []},
        }
        config_type = media_types.DOCKER_CONFIG if docker else media_types.OCI_CONFIG
        layer_type = DOCKER_LAYER_TYPE if docker else LAYER_TYPE
        document = {
            "schemaVersion": 2,
            "mediaType": media_types.DOCKER_MANIFEST if docker else media_types.OCI_MANIFEST,
            "config": self._blob(json.dumps(config).encode(), config_type),
            "layers": [self._blob(content(layer), layer_type) for layer in layers],
        }
        return self._manifest(document, tag)

    def attestation(self, subject: Manifest) -> Manifest:
        """BuildKit's attestation of an image: a manifest that only an index's entry connects to its subject."""
        statement = {"_type": "https://in-toto.io/Statement/v0.1", "subject": [{"digest": subject.digest}]}
        document = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": self._blob(b'{"architecture":"unknown","os":"unknown"}', media_types.OCI_CONFIG),
            "layers": [self._blob(json.dumps(statement).encode(), IN_TOTO_TYPE)],
        }
        return self._manifest(document, None)

    def index(
        self,
        children: Sequence[tuple[Platform, Manifest]],
        *,
        tags: Sequence[str] = (),
        attested: bool = False,
        docker: bool = False,
    ) -> Manifest:
        """An index of these, with an attestation for each if asked."""
        entries: list[dict[str, Any]] = []
        for platform, child in children:
            entries.append({**_entry(child), "platform": _platform(platform)})
        if attested:
            for _, child in children:
                annotations = {ATTESTATION_TYPE: "attestation-manifest", ATTESTATION_SUBJECT: child.digest}
                unknown = {"architecture": "unknown", "os": "unknown"}
                entries.append({**_entry(self.attestation(child)), "annotations": annotations, "platform": unknown})
        document = {
            "schemaVersion": 2,
            "mediaType": media_types.DOCKER_INDEX if docker else media_types.OCI_INDEX,
            "manifests": entries,
        }
        index = self._manifest(document, None)
        for tag in tags:
            self.store.put_manifest(self.repository, index, tag)
        return index

    def multi_platform(
        self,
        platforms: Sequence[str],
        *,
        base: str,
        name: str,
        tags: Sequence[str],
        base_size: int = 512 * KIB,
        top_size: int = 256 * KIB,
        attested: bool = False,
    ) -> Manifest:
        """An index over platforms, each with a base layer shared by all images of that `base` and one of its own."""
        children = []
        for text in platforms:
            platform = Platform.parse(text)
            layers = [Layer(f"base {base} {text}", base_size), Layer(f"top {name} {text}", top_size)]
            children.append((platform, self.image(platform, layers, name=name)))
        return self.index(children, tags=tags, attested=attested)

    def small(
        self, tags: Sequence[str], *, name: str = "small", platforms: Sequence[str] = ("linux/amd64",)
    ) -> Manifest:
        """An index of a few bytes, for those who care for its shape only."""
        return self.multi_platform(platforms, base="small", name=name, tags=tags, base_size=9, top_size=9)

    def _blob(self, raw: bytes, media_type: str) -> dict[str, Any]:
        return {"mediaType": media_type, "digest": self.store.put_blob(self.repository, raw), "size": len(raw)}

    def _manifest(self, document: dict[str, Any], tag: str | None) -> Manifest:
        raw = json.dumps(document, indent=2).encode()
        return self.store.put_raw(self.repository, raw, document["mediaType"], tag)


def content(layer: Layer) -> bytes:
    """The layer's bytes."""
    return random.Random(layer.seed).randbytes(layer.size)  # noqa: S311 - test data, not a secret


def _entry(manifest: Manifest) -> dict[str, Any]:
    return {"mediaType": manifest.media_type, "digest": manifest.digest, "size": manifest.size}


def _platform(platform: Platform) -> dict[str, str]:
    variant = {"variant": platform.variant} if platform.variant else {}
    return {"architecture": platform.architecture, "os": platform.os, **variant}
