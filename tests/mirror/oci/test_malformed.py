"""Documents come from strangers: whatever is wrong with one ends as an error of the content, never as a crash."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from mirror.errors import MirrorError
from mirror.oci import media_types
from mirror.oci.digest import Digest
from mirror.oci.filtering import filter_index
from mirror.oci.manifest import parse_manifest
from mirror.oci.platform import Platform
from mirror.oci.referrers import described, referrers_index
from mirror.planning.indexes import facts_of

A, B = (Digest("sha256:" + letter * 64) for letter in "ab")
AMD64 = Platform("linux", "amd64")
SUBJECT = {"mediaType": media_types.OCI_MANIFEST, "digest": A, "size": 3}
INDEX: Any = {
    "schemaVersion": 2,
    "mediaType": media_types.OCI_INDEX,
    "artifactType": "application/vnd.example",
    "subject": SUBJECT,
    "annotations": {"key": "value"},
    "manifests": [
        {
            **SUBJECT,
            "platform": {"os": "linux", "architecture": "amd64", "variant": "", "os.version": "1"},
            "annotations": {"key": "value"},
            "urls": ["https://example.com"],
        },
        {**SUBJECT, "digest": B, "platform": {"os": "linux", "architecture": "arm64"}},
    ],
}
IMAGE: Any = {
    "schemaVersion": 2,
    "mediaType": media_types.OCI_MANIFEST,
    "config": {"mediaType": media_types.OCI_CONFIG, "digest": A, "size": 2},
    "layers": [{"mediaType": "x", "digest": B, "size": 4, "urls": ["https://example.com"]}],
    "annotations": {"key": "value"},
    "subject": SUBJECT,
}
NONSENSE: tuple[Any, ...] = (None, 0, -1, 1.5, True, "", "x", "\ud800", [], [1], ["x"], [[]], [None], {}, {"a": 1})


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(document, dict):
        for key, value in document.items():
            yield from places(value, (*path, key))
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from places(value, (*path, number))


def spoilt(document: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    """The document with each kind of nonsense in that place, and without it."""
    for nonsense in NONSENSE:
        if not path:
            yield nonsense
            continue
        yield _with(document, path, lambda parent, nonsense=nonsense: parent.__setitem__(path[-1], nonsense))
    if path:
        yield _with(document, path, lambda parent: parent.__delitem__(path[-1]))


def _with(document: Any, path: tuple[Any, ...], change: Any) -> Any:
    changed = parent = copy.deepcopy(document)
    for key in path[:-1]:
        parent = parent[key]
    change(parent)
    return changed


def use(raw: bytes, media_type: str) -> bool:
    """All that the engine does with a manifest; whether it could."""
    try:
        manifest = parse_manifest(raw, media_type=media_type)
        _ = manifest.blobs, manifest.subject, manifest.annotations, [str(each.platform) for each in manifest.children]
        referrers_index([*manifest.children, described(manifest)])
        facts_of(manifest).is_made_of(A, [AMD64])
        filter_index(manifest, [AMD64], provenance={"key": "value"})
    except MirrorError:
        return False
    return True


@pytest.mark.parametrize("document", [INDEX, IMAGE], ids=["index", "image"])
@pytest.mark.parametrize("media_type", ["", media_types.OCI_INDEX, media_types.DOCKER_MANIFEST])
def test_nonsense_in_any_place(document: Any, media_type: str) -> None:
    assert use(json.dumps(document).encode(), media_type)
    usable = [
        use(json.dumps(each).encode(), media_type) for path in places(document) for each in spoilt(document, path)
    ]
    assert 0 < sum(usable) < len(usable)


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[" * 200_000, b'{"size": ' + b"9" * 5000 + b"}", b"NaN"])
def test_what_is_hardly_json(raw: bytes) -> None:
    assert not use(raw, media_types.OCI_INDEX)
