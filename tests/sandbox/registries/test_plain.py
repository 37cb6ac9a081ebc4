"""What only the sandbox's plain registry is asked, because docker-registry 2.8 is older than the question."""

import hashlib
from base64 import b64encode

import pytest

from mirror.oci import media_types
from mirror.oci.digest import digest_of
from sandbox.registries.server import Registries
from sandbox.registries.store import Store
from tests.sandbox.registries.documents import CONFIG, LAYER, descriptor, fill, image, index, raw
from tests.sandbox.registries.wire import Reply, Shelf, Wire, with_digest


@pytest.fixture
def shelf(registries: Registries) -> Shelf:
    shelf = Shelf(Wire(registries.plain("plain")), "team/app")
    fill(shelf)
    return shelf


def referrer(kind: str, subject: bytes) -> dict[str, object]:
    return image(
        LAYER, artifactType=kind, subject=descriptor(subject, media_types.OCI_MANIFEST), annotations={"kind": kind}
    )


def tags_by_page(shelf: Shelf, size: int) -> list[list[str]]:
    pages = []
    target = f"/v2/{shelf.name}/tags/list?n={size}"
    while target:
        reply = shelf.wire.ask("GET", target)
        pages.append(reply.document["tags"])
        target = reply.headers.get("link", "").partition(">")[0].lstrip("<")
    return pages


@pytest.mark.parametrize(
    ("size", "pages"), [(2, [["a", "all"], ["b", "c"], ["one"]]), (5, [["a", "all", "b", "c", "one"]]), (0, [[]])]
)
def test_tags_come_page_by_page(size: int, pages: list[list[str]], shelf: Shelf) -> None:
    for tag in "bca":
        assert shelf.put_manifest(image(LAYER), tag).status == 201
    assert tags_by_page(shelf, size) == pages


def test_a_page_of_tags_begins_after_the_last_one(shelf: Shelf) -> None:
    assert shelf.ask("GET", "tags/list?last=all").document["tags"] == ["one"]
    assert shelf.ask("GET", "tags/list?last=b").document["tags"] == ["one"]  # `b` itself does not exist


def test_a_subject_is_acknowledged_and_its_referrers_are_listed(shelf: Shelf) -> None:
    subject = raw(image(LAYER))
    for kind in ("application/x-signature", "application/x-sbom"):
        pushed = shelf.put_manifest(referrer(kind, subject), digest_of(raw(referrer(kind, subject))))
        assert (pushed.status, pushed.headers["oci-subject"]) == (201, digest_of(subject))
    listed = shelf.ask("GET", f"referrers/{digest_of(subject)}")
    assert listed.headers["content-type"] == media_types.OCI_INDEX
    assert "oci-filters-applied" not in listed.headers
    entries = {entry["artifactType"]: entry for entry in listed.document["manifests"]}
    assert entries.keys() == {"application/x-signature", "application/x-sbom"}
    assert entries["application/x-sbom"] == {
        "mediaType": media_types.OCI_MANIFEST,
        "digest": digest_of(raw(referrer("application/x-sbom", subject))),
        "size": len(raw(referrer("application/x-sbom", subject))),
        "artifactType": "application/x-sbom",
        "annotations": {"kind": "application/x-sbom"},
    }


def test_referrers_are_filtered_by_type(shelf: Shelf) -> None:
    subject = raw(image(LAYER))
    for kind in ("application/x-signature", "application/x-sbom"):
        shelf.put_manifest(referrer(kind, subject), kind.partition("-")[2])
    listed = shelf.ask("GET", f"referrers/{digest_of(subject)}?artifactType=application/x-sbom")
    assert listed.headers["oci-filters-applied"] == "artifactType"
    assert [entry["artifactType"] for entry in listed.document["manifests"]] == ["application/x-sbom"]


def test_a_subject_may_come_later_than_what_refers_to_it(shelf: Shelf) -> None:
    absent = raw(image(LAYER, annotations={"not": "pushed"}))
    assert shelf.put_manifest(referrer("application/x-sbom", absent), "early").status == 201
    listed = shelf.ask("GET", f"referrers/{digest_of(absent)}")
    assert [entry["artifactType"] for entry in listed.document["manifests"]] == ["application/x-sbom"]


def test_a_tag_is_deleted_alone(shelf: Shelf) -> None:
    assert shelf.ask("DELETE", "manifests/one").status == 202
    assert shelf.ask("GET", "manifests/one").status == 404
    assert shelf.ask("GET", f"manifests/{digest_of(raw(image(LAYER)))}").status == 200


def test_sha512_is_a_digest_too(shelf: Shelf) -> None:
    digest = "sha512:" + hashlib.sha512(LAYER).hexdigest()
    assert shelf.wire.ask("PUT", with_digest(shelf.start(), digest), LAYER).status == 201
    assert shelf.ask("GET", f"blobs/{digest}").body == LAYER
    document = {**image(), "layers": [{**descriptor(LAYER, "application/x-layer"), "digest": digest}]}
    named = "sha512:" + hashlib.sha512(raw(document)).hexdigest()
    assert shelf.put_manifest(document, named).status == 201
    assert shelf.ask("GET", f"manifests/{named}").headers["docker-content-digest"] == named


def test_layers_that_lie_elsewhere_need_not_be_there(shelf: Shelf) -> None:
    foreign = descriptor(b"windows", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", urls=["https://x/y"])
    document = {**image(LAYER), "layers": [foreign, descriptor(LAYER, "application/x-layer")]}
    assert shelf.put_manifest(document, "windows").status == 201


def test_an_immutable_tag_stays(registries: Registries) -> None:
    store = Store()
    store.create("team/app").immutable = True
    shelf = Shelf(Wire(registries.plain("plain", store)), "team/app")
    fill(shelf)
    again = shelf.put_manifest(image(LAYER), "one")
    assert (again.status, again.code) == (400, "TAG_INVALID")
    assert shelf.put_manifest(image(LAYER), digest_of(raw(image(LAYER)))).status == 201


@pytest.mark.parametrize(
    ("method", "rest"),
    [("POST", "manifests/one"), ("PUT", f"blobs/{digest_of(LAYER)}"), ("PUT", "blobs/uploads/"), ("POST", "tags/list")],
)
def test_a_method_that_does_not_belong_there_is_refused(method: str, rest: str, shelf: Shelf) -> None:
    reply = shelf.ask(method, rest, b"")
    assert (reply.status, reply.code) == (405, "UNSUPPORTED")


def test_a_large_blob_arrives_whole(shelf: Shelf) -> None:
    large = CONFIG * 20_000  # over 1 MiB: hashed in another thread
    digest = shelf.push_blob(large)
    assert shelf.ask("GET", f"blobs/{digest}").body == large
    wrong = shelf.wire.ask("PUT", with_digest(shelf.start(), digest), large[:-1] + b"?")
    assert (wrong.status, wrong.code) == (400, "DIGEST_INVALID")


def test_an_index_in_an_index(shelf: Shelf) -> None:
    inner = index(image(LAYER))
    assert shelf.put_manifest(index(inner), "nested").status == 201


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param(basic("me", "secret"), 200, id="right"),
        pytest.param(basic("me", "wrong"), 401, id="wrong password"),
        pytest.param(basic("you", "secret"), 401, id="wrong user"),
        pytest.param({"Authorization": "Basic ???"}, 401, id="not base64"),
        pytest.param({"Authorization": "Bearer secret"}, 401, id="another scheme"),
        pytest.param({}, 401, id="nothing"),
    ],
)
def test_a_registry_with_a_password(headers: dict[str, str], status: int, registries: Registries) -> None:
    url = registries.plain("mine", user="me", password="secret")
    reply: Reply = Wire(url, headers).ask("GET", "/v2/")
    assert reply.status == status
    assert reply.headers.get("www-authenticate") == (None if status == 200 else 'Basic realm="mine"')
    assert registries.log.count(registry="mine", user="me" if status == 200 else "") == 1
