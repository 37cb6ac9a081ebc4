"""Questions that follow one another, against the sandbox's registry and the real docker-registry."""

import json

import pytest

from mirror.oci import media_types
from mirror.oci.digest import digest_of
from tests.sandbox.registries.conftest import DEBIAN
from tests.sandbox.registries.documents import CONFIG, LAYER, descriptor, fill, image, index, raw
from tests.sandbox.registries.wire import Shelf, with_digest


def test_a_blob_in_one_put(shelf: Shelf) -> None:
    reply = shelf.wire.ask("PUT", with_digest(shelf.start(), digest_of(LAYER)), LAYER)
    assert reply.status == 201
    assert reply.headers["docker-content-digest"] == digest_of(LAYER)
    assert shelf.wire.ask("GET", reply.headers["location"]).body == LAYER


def test_a_blob_with_the_post(shelf: Shelf, kind: str) -> None:
    reply = shelf.ask("POST", f"blobs/uploads/?digest={digest_of(LAYER)}", LAYER)
    if kind == DEBIAN:  # optional by the specification: a session is what it gives instead
        assert reply.status == 202
        reply = shelf.wire.ask("PUT", with_digest(reply.headers["location"], digest_of(LAYER)), LAYER)
    assert reply.status == 201
    assert shelf.ask("GET", f"blobs/{digest_of(LAYER)}").body == LAYER


def test_a_blob_by_one_patch_and_an_empty_put(shelf: Shelf) -> None:
    patched = shelf.wire.ask("PATCH", shelf.start(), LAYER)
    assert (patched.status, patched.headers["range"]) == (202, "0-1023")
    assert shelf.wire.ask("PUT", with_digest(patched.headers["location"], digest_of(LAYER))).status == 201
    assert shelf.ask("GET", f"blobs/{digest_of(LAYER)}").body == LAYER


def test_a_blob_in_chunks_the_last_one_with_the_put(shelf: Shelf) -> None:
    first = shelf.wire.ask("PATCH", shelf.start(), LAYER[:300], Content_Range="0-299")
    assert (first.status, first.headers["range"]) == (202, "0-299")
    second = shelf.wire.ask("PATCH", first.headers["location"], LAYER[300:700], Content_Range="300-699")
    assert (second.status, second.headers["range"]) == (202, "0-699")
    asked = shelf.wire.ask("GET", second.headers["location"])
    assert (asked.status, asked.headers["range"]) == (204, "0-699")
    ended = with_digest(second.headers["location"], digest_of(LAYER))
    assert shelf.wire.ask("PUT", ended, LAYER[700:], Content_Range="700-1023").status == 201
    assert shelf.ask("GET", f"blobs/{digest_of(LAYER)}").body == LAYER


def test_a_chunk_out_of_order_is_refused(shelf: Shelf, kind: str) -> None:
    first = shelf.wire.ask("PATCH", shelf.start(), LAYER[:300], Content_Range="0-299")
    second = shelf.wire.ask("PATCH", first.headers["location"], LAYER[700:], Content_Range="700-1023")
    if kind == DEBIAN:  # 2.8 does not look at Content-Range: the digest tells in the end
        assert second.status == 202
        ended = shelf.wire.ask("PUT", with_digest(second.headers["location"], digest_of(LAYER)))
        assert (ended.status, ended.code) == (400, "DIGEST_INVALID")
        return
    assert (second.status, second.code) == (416, "BLOB_UPLOAD_INVALID")
    # Where it really is can be asked, and gone on from there.
    asked = shelf.wire.ask("GET", first.headers["location"])
    assert asked.headers["range"] == "0-299"
    rest = shelf.wire.ask("PATCH", asked.headers["location"], LAYER[300:], Content_Range="300-1023")
    assert shelf.wire.ask("PUT", with_digest(rest.headers["location"], digest_of(LAYER))).status == 201


def test_bytes_that_are_not_the_digests_are_refused(shelf: Shelf) -> None:
    reply = shelf.wire.ask("PUT", with_digest(shelf.start(), digest_of(b"something else")), LAYER)
    assert (reply.status, reply.code) == (400, "DIGEST_INVALID")
    assert shelf.ask("HEAD", f"blobs/{digest_of(b'something else')}").status == 404


@pytest.mark.parametrize("query", ["", "?digest=sha256:short", "?digest=md5:d41d8cd98f00b204e9800998ecf8427e"])
def test_an_upload_ends_with_a_proper_digest(query: str, shelf: Shelf) -> None:
    location = shelf.start()
    target = location + query.replace("?", "&") if "?" in location else location + query
    reply = shelf.wire.ask("PUT", target, LAYER)
    assert (reply.status, reply.code) == (400, "DIGEST_INVALID")


def test_an_upload_that_is_called_off_is_gone(shelf: Shelf) -> None:
    location = shelf.start()
    assert shelf.wire.ask("DELETE", location).status == 204
    reply = shelf.wire.ask("GET", location)
    assert (reply.status, reply.code) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_an_upload_belongs_to_its_repository(shelf: Shelf, kind: str) -> None:
    location = shelf.start().replace(shelf.name, shelf.name + "x")
    reply = shelf.wire.ask("PUT", with_digest(location, digest_of(LAYER)), LAYER)
    assert reply.status == 404
    assert reply.code == ("BLOB_UPLOAD_INVALID" if kind == DEBIAN else "BLOB_UPLOAD_UNKNOWN")
    assert shelf.ask("HEAD", f"blobs/{digest_of(LAYER)}").status == 404


def test_an_upload_after_the_connection_broke(shelf: Shelf, kind: str) -> None:
    location = shelf.start()
    shelf.wire.break_off("PATCH", location, LAYER[:512], length=1024)
    asked = shelf.wire.ask("GET", location)
    if kind == DEBIAN:  # 2.8 keeps the offset in the URL, so the old URL is of no use any more
        assert asked.status == 404
        return
    assert (asked.status, asked.headers["range"]) == (204, "0-511")
    rest = shelf.wire.ask("PATCH", location, LAYER[512:], Content_Range="512-1023")
    assert shelf.wire.ask("PUT", with_digest(rest.headers["location"], digest_of(LAYER))).status == 201


def test_an_empty_blob(shelf: Shelf) -> None:
    digest = shelf.push_blob(b"")
    reply = shelf.ask("GET", f"blobs/{digest}")
    assert (reply.status, reply.body) == (200, b"")


def test_a_blob_of_another_repository_has_to_be_mounted(shelf: Shelf) -> None:
    other = Shelf(shelf.wire, shelf.name + "-base")
    digest = other.push_blob(LAYER)
    shelf.push_blob(CONFIG)
    assert shelf.ask("HEAD", f"blobs/{digest}").status == 404
    reply = shelf.ask("POST", f"blobs/uploads/?mount={digest}&from={other.name}")
    assert reply.status == 201
    assert reply.headers["docker-content-digest"] == digest
    assert shelf.ask("GET", f"blobs/{digest}").body == LAYER


def test_a_mount_that_does_not_work_is_an_upload(shelf: Shelf) -> None:
    digest = digest_of(LAYER)
    reply = shelf.ask("POST", f"blobs/uploads/?mount={digest}&from={shelf.name}-base")
    assert reply.status == 202
    assert shelf.wire.ask("PUT", with_digest(reply.headers["location"], digest), LAYER).status == 201


def test_a_tag_moves(shelf: Shelf) -> None:
    fill(shelf)
    assert shelf.put_manifest(image(LAYER, annotations={"build": "2"}), "one").status == 201
    moved = shelf.ask("HEAD", "manifests/one", Accept=media_types.ACCEPT)
    assert moved.headers["docker-content-digest"] == digest_of(raw(image(LAYER, annotations={"build": "2"})))
    before = shelf.ask("GET", f"manifests/{digest_of(raw(image(LAYER)))}", Accept=media_types.ACCEPT)
    assert before.body == raw(image(LAYER))


def test_docker_manifests_are_kept_byte_for_byte(shelf: Shelf) -> None:
    shelf.push_blob(CONFIG)
    shelf.push_blob(LAYER)
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.DOCKER_MANIFEST,
        "config": descriptor(CONFIG, media_types.DOCKER_CONFIG),
        "layers": [descriptor(LAYER, "application/vnd.docker.image.rootfs.diff.tar.gzip")],
    }
    odd = json.dumps(document, indent=7).encode() + b"\n\n"
    pushed = shelf.ask("PUT", "manifests/odd", odd, Content_Type=media_types.DOCKER_MANIFEST)
    assert pushed.headers["docker-content-digest"] == digest_of(odd)
    assert shelf.ask("GET", "manifests/odd", Accept=media_types.ACCEPT).body == odd


def test_what_was_deleted_is_gone_with_its_tags(shelf: Shelf) -> None:
    fill(shelf)
    digest = digest_of(raw(index(image(LAYER))))
    assert shelf.ask("DELETE", f"manifests/{digest}").status == 202
    assert shelf.ask("GET", f"manifests/{digest}", Accept=media_types.ACCEPT).status == 404
    assert shelf.ask("GET", "manifests/all", Accept=media_types.ACCEPT).status == 404
    assert shelf.ask("GET", "manifests/one", Accept=media_types.ACCEPT).status == 200
    assert shelf.ask("DELETE", f"blobs/{digest_of(LAYER)}").status == 202
    assert shelf.ask("HEAD", f"blobs/{digest_of(LAYER)}").status == 404


def test_tags_are_listed_in_order(shelf: Shelf) -> None:
    fill(shelf)
    for tag in ("10", "9", "b"):
        assert shelf.put_manifest(image(LAYER), tag).status == 201
    listed = shelf.ask("GET", "tags/list").document
    assert listed == {"name": shelf.name, "tags": ["10", "9", "all", "b", "one"]}
