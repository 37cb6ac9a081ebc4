"""One question, one answer: the same table against the sandbox's registry and against the real docker-registry.

Where docker-registry 2.8 is older than the specification, or laxer, `debian` says what it does, so that a difference is
written down rather than unknown.
"""

from dataclasses import dataclass, field

import pytest

from mirror.oci import media_types
from mirror.oci.digest import digest_of
from tests.sandbox.registries.conftest import DEBIAN
from tests.sandbox.registries.documents import ABSENT, CONFIG, LAYER, fill, image, index, raw
from tests.sandbox.registries.wire import Shelf

IMAGE = raw(image(LAYER))
INDEX = raw(index(image(LAYER)))
BLOB = digest_of(LAYER)
OTHER = b"another layer"
MANIFEST = media_types.OCI_MANIFEST


@dataclass(frozen=True)
class Case:
    """A request to a repository that `fill` filled, and what must come back."""

    name: str
    method: str
    rest: str
    status: int
    code: str = ""
    sent: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    shows: dict[str, str] = field(default_factory=dict)
    """Headers of the answer."""
    returns: bytes | None = None
    debian: tuple[int, str] | None = None
    """Status and code of the real registry, where it differs."""


TABLE = [
    Case("blob", "GET", f"blobs/{BLOB}", 200, shows={"docker-content-digest": BLOB}, returns=LAYER),
    Case("blob, HEAD", "HEAD", f"blobs/{BLOB}", 200, shows={"content-length": "1024"}, returns=b""),
    Case("blob, absent", "GET", f"blobs/{ABSENT}", 404, "BLOB_UNKNOWN"),
    Case("blob, absent, HEAD", "HEAD", f"blobs/{ABSENT}", 404),
    Case(
        "range",
        "GET",
        f"blobs/{BLOB}",
        206,
        sent={"Range": "bytes=10-19"},
        shows={"content-range": "bytes 10-19/1024", "content-length": "10"},
        returns=LAYER[10:20],
    ),
    Case(
        "range to the end",
        "GET",
        f"blobs/{BLOB}",
        206,
        sent={"Range": "bytes=1000-"},
        shows={"content-range": "bytes 1000-1023/1024"},
        returns=LAYER[1000:],
    ),
    Case(
        "range longer than the blob",
        "GET",
        f"blobs/{BLOB}",
        206,
        sent={"Range": "bytes=1000-9999"},
        shows={"content-range": "bytes 1000-1023/1024"},
        returns=LAYER[1000:],
    ),
    Case("range behind the end", "GET", f"blobs/{BLOB}", 416, sent={"Range": "bytes=1024-"}),
    Case(
        "manifest by tag",
        "GET",
        "manifests/one",
        200,
        sent={"Accept": media_types.ACCEPT},
        shows={"docker-content-digest": digest_of(IMAGE), "content-type": MANIFEST},
        returns=IMAGE,
    ),
    Case(
        "manifest by digest",
        "GET",
        f"manifests/{digest_of(INDEX)}",
        200,
        sent={"Accept": media_types.ACCEPT},
        shows={"docker-content-digest": digest_of(INDEX), "content-type": media_types.OCI_INDEX},
        returns=INDEX,
    ),
    Case(
        "manifest, HEAD",
        "HEAD",
        "manifests/all",
        200,
        sent={"Accept": media_types.ACCEPT},
        shows={
            "docker-content-digest": digest_of(INDEX),
            "content-type": media_types.OCI_INDEX,
            "content-length": str(len(INDEX)),
        },
        returns=b"",
    ),
    Case(
        "manifest of a type that is not accepted", "GET", "manifests/all", 404, "MANIFEST_UNKNOWN", {"Accept": MANIFEST}
    ),
    Case("manifest, absent tag", "GET", "manifests/none", 404, "MANIFEST_UNKNOWN", {"Accept": media_types.ACCEPT}),
    Case("manifest, absent digest", "GET", f"manifests/{ABSENT}", 404, "MANIFEST_UNKNOWN"),
    Case("manifest, absent, HEAD", "HEAD", "manifests/none", 404),
    Case("tags", "GET", "tags/list", 200),
    Case("PUT: not JSON", "PUT", "manifests/x", 400, "MANIFEST_INVALID", {"Content-Type": MANIFEST}, b"nothing"),
    Case("PUT: not an object", "PUT", "manifests/x", 400, "MANIFEST_INVALID", {"Content-Type": MANIFEST}, b"[]"),
    Case(
        "PUT: another digest",
        "PUT",
        f"manifests/{ABSENT}",
        400,
        "DIGEST_INVALID",
        {"Content-Type": MANIFEST},
        IMAGE,
    ),
    Case(
        "PUT: Content-Type is not the document's type",
        "PUT",
        "manifests/x",
        400,
        "MANIFEST_INVALID",
        {"Content-Type": media_types.DOCKER_MANIFEST},
        IMAGE,
    ),
    Case(
        "PUT: a layer is missing",
        "PUT",
        "manifests/x",
        400,
        "MANIFEST_BLOB_UNKNOWN",
        {"Content-Type": MANIFEST},
        raw(image(OTHER)),
    ),
    Case(
        "PUT: the config is missing",
        "PUT",
        "manifests/x",
        400,
        "MANIFEST_BLOB_UNKNOWN",
        {"Content-Type": MANIFEST},
        raw(image(LAYER, config=b'{"os":"linux"}')),
    ),
    Case(
        "PUT: an index's child is missing",
        "PUT",
        "manifests/x",
        400,
        "MANIFEST_BLOB_UNKNOWN",
        {"Content-Type": media_types.OCI_INDEX},
        raw(index(image(OTHER))),
    ),
    Case(
        "PUT: larger than 4 MiB",
        "PUT",
        "manifests/x",
        413,
        "MANIFEST_INVALID",
        {"Content-Type": MANIFEST},
        raw(image(LAYER, annotations={"filler": "x" * 4 * 1024 * 1024})),
        debian=(400, "MANIFEST_INVALID"),
    ),
    Case("PUT: again", "PUT", "manifests/one", 201, sent={"Content-Type": MANIFEST}, body=IMAGE),
    Case("PUT: no such tag can be", "PUT", "manifests/-x", 404, sent={"Content-Type": MANIFEST}, body=IMAGE),
    Case("DELETE: absent manifest", "DELETE", f"manifests/{ABSENT}", 404, "MANIFEST_UNKNOWN"),
    Case("DELETE: absent blob", "DELETE", f"blobs/{ABSENT}", 404, "BLOB_UNKNOWN"),
    Case("DELETE: blob", "DELETE", f"blobs/{digest_of(CONFIG)}", 202),
    Case("DELETE: manifest", "DELETE", f"manifests/{digest_of(IMAGE)}", 202),
    Case("DELETE: tag", "DELETE", "manifests/one", 202, debian=(400, "DIGEST_INVALID")),
    Case(
        "upload: absent session",
        "GET",
        "blobs/uploads/0123456789abcdef",
        404,
        "BLOB_UPLOAD_UNKNOWN",
        debian=(404, "BLOB_UPLOAD_INVALID"),
    ),
    Case("referrers: none", "GET", f"referrers/{digest_of(IMAGE)}", 200, debian=(404, "")),
    Case("no such endpoint", "GET", "nonsense", 404),
]


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_answer(case: Case, shelf: Shelf, kind: str) -> None:
    fill(shelf)
    reply = shelf.wire.ask(
        case.method, shelf.path(case.rest), case.body, **{name.replace("-", "_"): v for name, v in case.sent.items()}
    )
    expected = case.debian if kind == DEBIAN and case.debian is not None else (case.status, case.code)
    assert reply.status == expected[0], reply
    if expected[1]:
        assert reply.code == expected[1]
    if case.returns is not None:
        assert reply.body == case.returns
    assert {name: reply.headers.get(name) for name in case.shows} == case.shows


def test_the_base_endpoint_says_what_it_speaks(shelf: Shelf) -> None:
    reply = shelf.wire.ask("GET", "/v2/")
    assert reply.status == 200
    assert reply.headers["docker-distribution-api-version"] == "registry/2.0"


@pytest.mark.parametrize("rest", ["manifests/one", f"blobs/{BLOB}", "tags/list"])
def test_a_repository_that_nobody_pushed_to_does_not_exist(rest: str, shelf: Shelf) -> None:
    reply = shelf.ask("GET", rest)
    assert reply.status == 404
    assert reply.code in {"NAME_UNKNOWN", "MANIFEST_UNKNOWN", "BLOB_UNKNOWN"}
