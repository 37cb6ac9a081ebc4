"""Small images, written out."""

import json
from typing import Any

from mirror.oci import media_types
from mirror.oci.digest import digest_of
from tests.sandbox.registries.wire import Shelf

LAYER = bytes(range(256)) * 4
CONFIG = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
ABSENT = "sha256:" + "0" * 64


def descriptor(content: bytes, media_type: str, **more: Any) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content), **more}


def image(*layers: bytes, config: bytes = CONFIG, **more: Any) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": descriptor(config, media_types.OCI_CONFIG),
        "layers": [descriptor(layer, LAYER_TYPE) for layer in layers],
        **more,
    }


def index(*children: dict[str, Any], **more: Any) -> dict[str, Any]:
    entries = [
        descriptor(raw(child), child["mediaType"], platform={"os": "linux", "architecture": "amd64"})
        for child in children
    ]
    return {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries, **more}


def raw(document: dict[str, Any]) -> bytes:
    """The bytes that `Shelf.put_manifest` pushes."""
    return json.dumps(document).encode()


def fill(shelf: Shelf) -> None:
    """An image of one layer under the tag ``one``, and an index of it under ``all``."""
    shelf.push_blob(CONFIG)
    shelf.push_blob(LAYER)
    assert shelf.put_manifest(image(LAYER), "one").status == 201
    assert shelf.put_manifest(index(image(LAYER)), "all").status == 201
