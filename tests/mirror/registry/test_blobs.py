import dataclasses
import hashlib
import re
import socket

import pytest

from mirror.credentials.registries import Network, open_plain, open_source
from mirror.errors import (
    DeadlineError,
    NotFoundError,
    RefusedError,
    TransportError,
    UnavailableError,
    VerificationError,
)
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of, parse_digest
from mirror.registry import blobs
from mirror.registry.protocols import Upload
from mirror.registry.remote import RemoteRegistry, RemoteRepository
from mirror.transport.clock import Deadline
from sandbox.registries.faults import Fault
from sandbox.registries.images import Layer, content
from sandbox.registries.server import Registries
from sandbox.registries.store import Store
from tests.support import Answer, DrippingClock, FakeClock, RawServer, ScriptedServer

LAYER = content(Layer("blob", 3 * 1024 * 1024 + 17))
DESCRIPTOR = Descriptor("application/octet-stream", digest_of(LAYER), len(LAYER))


def read(repository: RemoteRepository, descriptor: Descriptor = DESCRIPTOR) -> bytes:
    with repository.open_blob(descriptor) as pieces:
        return b"".join(bytes(piece) for piece in pieces)


def maven(registries: Registries, hub: RemoteRegistry) -> RemoteRepository:
    registries.hub.put_blob(registries.hub.create("library/maven"), LAYER)
    return hub.repository("library/maven")


def test_a_blob_comes_in_pieces_through_the_content_network(registries: Registries, hub: RemoteRegistry) -> None:
    assert read(maven(registries, hub)) == LAYER
    assert registries.log.summary("cdn") == {"GET blob": 1}


def test_a_download_that_breaks_goes_on_where_it_broke(registries: Registries, hub: RemoteRegistry) -> None:
    repository = maven(registries, hub)
    registries.faults.add(Fault(registry="cdn", cut_after=1_000_000))
    registries.faults.add(Fault(registry="cdn", cut_after=500_000))
    assert read(repository) == LAYER
    sizes = [entry.bytes_out for entry in registries.log.matching(registry="cdn")]
    assert sizes[0] == 1_000_000
    # The rest only, from a new redirect each time: the old URL may have expired.
    assert sum(sizes) == len(LAYER)
    assert registries.log.count(registry="hub", action="blob", status=307) == 3


def test_an_expired_redirect_is_followed_anew(registries: Registries, hub: RemoteRegistry) -> None:
    repository = maven(registries, hub)
    registries.faults.add(Fault(registry="cdn", status=503))
    assert read(repository) == LAYER
    assert registries.log.count(registry="hub", action="blob") - registries.log.count(registry="hub", status=401) == 2


@pytest.mark.parametrize("status", [401, 403, 410, 503])
def test_a_url_that_the_content_network_does_not_take_is_asked_for_anew(
    registries: Registries, hub: RemoteRegistry, status: int
) -> None:
    repository = maven(registries, hub)
    registries.faults.add(Fault(registry="cdn", status=status, times=2))
    assert read(repository) == LAYER
    assert registries.log.count(registry="hub", action="blob", status=307) == 3


def test_one_that_is_never_taken_says_so(registries: Registries, hub: RemoteRegistry) -> None:
    repository = maven(registries, hub)
    registries.faults.add(Fault(registry="cdn", status=403, times=6))
    with pytest.raises(UnavailableError, match=r"http://127\.0\.0\.1:\d+ does not take the URL that http://localhost"):
        read(repository)


def test_a_download_goes_on_after_its_url_and_its_token_have_expired(
    registries: Registries, hub: RemoteRegistry
) -> None:
    """An hour for the first mebibyte: signed URLs are good for minutes, and so are tokens."""
    repository = maven(registries, hub)
    registries.faults.add(Fault(registry="cdn", cut_after=1_500_000))
    moment = registries.hub_state.now()
    registries.hub_state.now = lambda: moment
    with repository.open_blob(DESCRIPTOR) as pieces:
        found = bytes(next(pieces))
        registries.hub_state.now = lambda: moment + 3600
        for piece in pieces:
            found += piece
    assert found == LAYER
    assert registries.log.count(registry="hub", action="token") == 2
    assert registries.log.count(registry="hub", action="blob", status=307) == 2


def test_damaged_bytes_never_end_well(registries: Registries, hub: RemoteRegistry) -> None:
    repository = maven(registries, hub)
    registries.faults.add(Fault(registry="cdn", corrupt=True))
    with pytest.raises(VerificationError, match="expected sha256:"):
        read(repository)


def test_a_blob_that_is_longer_than_promised_is_stopped(registries: Registries, hub: RemoteRegistry) -> None:
    short = Descriptor("x", DESCRIPTOR.digest, 1024)
    with pytest.raises(VerificationError, match="expected 1024 bytes"):
        read(maven(registries, hub), short)


def test_a_blob_that_does_not_exist(registries: Registries, hub: RemoteRegistry) -> None:
    with pytest.raises(NotFoundError):
        read(maven(registries, hub), Descriptor("x", digest_of(b"other"), 5))


def test_an_empty_blob(registries: Registries, hub: RemoteRegistry) -> None:
    registries.hub.put_blob(registries.hub.create("library/maven"), b"")
    assert read(hub.repository("library/maven"), Descriptor("x", digest_of(b""), 0)) == b""


def test_a_server_that_ignores_ranges_is_read_past_what_we_have(network: Network) -> None:
    body = b"0123456789" * 100
    descriptor = Descriptor("x", digest_of(body), len(body))
    with ScriptedServer(Answer(body=body[:300], length=len(body)), Answer(body=body)) as server:
        assert read(open_plain(network, server.url, option="--private").repository("a"), descriptor) == body
        assert server.asked[1].headers["range"] == "bytes=300-"


def test_a_server_that_answers_another_range_is_not_believed(network: Network) -> None:
    body = b"0123456789" * 100
    descriptor = Descriptor("x", digest_of(body), len(body))
    wrong = Answer(206, {"Content-Range": "bytes 0-999/1000"}, body)
    with ScriptedServer(Answer(body=body[:300], length=len(body)), wrong) as server:
        repository = open_plain(network, server.url, option="--private").repository("a")
        with pytest.raises(Exception, match="asked for bytes from 300"):
            read(repository, descriptor)


def test_a_blob_that_is_shorter_than_promised_is_named(network: Network) -> None:
    """The server says that this is all; asked for the rest, that there is none."""
    short = Answer(body=b"0123456789")
    none = Answer(416, {"Content-Range": "bytes */10"})
    with ScriptedServer(short, none) as server:
        repository = open_plain(network, server.url, option="--private").repository("a")
        with pytest.raises(VerificationError, match="expected 20 bytes, got 10 bytes"):
            read(repository, Descriptor("x", digest_of(b"0123456789"), 20))


def test_a_server_whose_answer_is_longer_than_it_says_is_cut(network: Network) -> None:
    """What comes after the Content-Length is not part of the answer, and the connection not used again."""
    with ScriptedServer(Answer(body=b"0123456789", length=5), Answer(body=b"next")) as server:
        repository = open_plain(network, server.url, option="--private").repository("a")
        assert read(repository, Descriptor("x", digest_of(b"01234"), 5)) == b"01234"
        assert read(repository, Descriptor("x", digest_of(b"next"), 4)) == b"next"


@pytest.mark.parametrize("tries", [1, 3])
def test_a_download_that_never_moves_ends(network: Network, tries: int) -> None:
    retry = dataclasses.replace(network.retry, attempts=tries)
    with ScriptedServer(*[Answer(body=b"", length=5)] * tries) as server:
        opened = open_plain(dataclasses.replace(network, retry=retry), server.url, option="--private")
        with pytest.raises(TransportError, match="ended after 0 of 5 bytes"):
            read(opened.repository("a"), Descriptor("x", digest_of(b"12345"), 5))
        assert len(server.asked) == tries


def test_a_download_that_crawls_is_begun_anew_where_it_is() -> None:
    """The next server of the content network is faster."""
    clock, body = DrippingClock(), b"0123456789" * 100
    asked: list[bytes] = []

    def serve(connection: socket.socket, head: bytes) -> None:
        found = re.search(rb"(?i)range: bytes=(\d+)-", head)
        asked.append(head)
        if found is None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for byte in body:
                clock.drops.acquire(timeout=10)
                connection.sendall(bytes([byte]))
        else:
            rest = body[int(found[1]) :]
            line = b"Content-Range: bytes %d-999/1000\r\nContent-Length: %d\r\n" % (int(found[1]), len(rest))
            connection.sendall(b"HTTP/1.1 206 Partial Content\r\n" + line + b"\r\n" + rest)

    with RawServer(serve) as server, Network.open(Deadline(clock)) as network:
        repository = open_plain(network, server.url, option="--private").repository("a")
        assert read(repository, Descriptor("x", digest_of(body), 1000)) == body
        clock.drops.release(1000)
    assert len(asked) == 2


def test_a_download_that_only_crawls_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "MAX_STALLS", 2)
    clock = DrippingClock()
    asked: list[bytes] = []

    def serve(connection: socket.socket, head: bytes) -> None:
        asked.append(head)
        found = re.search(rb"(?i)range: bytes=(\d+)-", head)
        start = int(found[1]) if found else 0
        line = b"Content-Range: bytes %d-9999/10000\r\nContent-Length: %d\r\n" % (start, 10_000 - start)
        connection.sendall(b"HTTP/1.1 %d OK\r\n" % (206 if found else 200) + line + b"\r\n")
        while True:
            clock.drops.acquire(timeout=10)
            connection.sendall(b"x")

    with RawServer(serve) as server, Network.open(Deadline(clock)) as network:
        repository = open_plain(network, server.url, option="--private").repository("a")
        with pytest.raises(TransportError, match="hardly moved in the last 60 s, after"):
            read(repository, Descriptor("x", digest_of(b"x" * 10_000), 10_000))
        clock.drops.release(1000)
    assert len(asked) == 3


def write_all(upload: Upload) -> None:
    for _ in range(1000):
        upload.write(bytes(10**6))


def test_a_registry_that_takes_no_layer_of_that_size_says_so(network: Network) -> None:
    """It hangs up in the middle of the body; the broken pipe is not what is wrong."""

    def serve(connection: socket.socket, head: bytes) -> None:
        if head.startswith(b"POST"):
            connection.sendall(b"HTTP/1.1 202 Accepted\r\nLocation: /session\r\nContent-Length: 0\r\n\r\n")
            while b"\r\n\r\n" not in head.removeprefix(b"POST"):
                head += connection.recv(1)
            connection.recv(1, socket.MSG_PEEK)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with RawServer(serve) as server:
        repository = open_plain(network, server.url, option="--private").repository("a")
        upload = repository.open_upload(Descriptor("x", digest_of(b"x"), 10**9))
        with pytest.raises(RefusedError, match="HTTP 413"):
            write_all(upload)


def test_a_download_ends_with_the_deadline_also_in_the_middle(registries: Registries, clock: FakeClock) -> None:
    """A layer of gigabytes over a slow line must not carry the run past its end."""
    registries.hub.put_blob(registries.hub.create("library/maven"), LAYER)
    with Network.open(Deadline.after(clock, 60)) as network:
        hub = open_source(network, registries.hub_url, None)
        with hub.repository("library/maven").open_blob(DESCRIPTOR) as blob:
            next(blob)
            clock.now += 31
            next(blob)
            clock.now += 31
            with pytest.raises(DeadlineError) as caught:
                next(blob)
    assert caught.value.before == f"the rest of blob {DESCRIPTOR.digest}"
    assert registries.log.count(registry="cdn") == 1


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/v2/a/blobs/uploads/1", "/v2/a/blobs/uploads/1?digest={digest}"),
        ("/session?_state=abc%3D", "/session?_state=abc%3D&digest={digest}"),
        ("1?x=y", "/v2/a/blobs/uploads/1?x=y&digest={digest}"),
        ("{elsewhere}/session", "/session?digest={digest}"),
    ],
    ids=["absolute path", "with a query", "relative", "another host"],
)
def test_an_upload_goes_where_the_registry_says(network: Network, location: str, path: str) -> None:
    blob = Descriptor("x", digest_of(b"blob"), 4)
    with ScriptedServer(Answer(201)) as elsewhere, ScriptedServer() as server:
        there = location.format(elsewhere=elsewhere.url)
        challenge = Answer(401, {"WWW-Authenticate": "Basic"})
        server.answers += [challenge, Answer(202, {"Location": there}), Answer(201)]
        url = server.url.replace("://", "://me:secret@")
        upload = open_plain(network, url, option="--private").repository("a").open_upload(blob)
        upload.write(b"blob")
        upload.commit()
        is_elsewhere = "elsewhere" in location
        put = (elsewhere if is_elsewhere else server).asked[-1]
        assert (put.method, put.path, put.body) == ("PUT", path.format(digest=blob.digest), b"blob")
        # The password is this registry's only.
        assert ("authorization" in put.headers) is not is_elsewhere
        assert put.headers["content-length"] == "4"


def test_an_upload_is_two_requests(registries: Registries, network: Network) -> None:
    store = Store()
    repository = open_plain(network, registries.plain("mine", store), option="--private").repository("team/app")
    upload = repository.open_upload(DESCRIPTOR)
    for start in range(0, len(LAYER), 1_000_000):
        upload.write(memoryview(LAYER)[start : start + 1_000_000])
    upload.commit()
    assert store.blob(store.create("team/app"), DESCRIPTOR.digest) == LAYER
    assert registries.log.summary("mine") == {"POST upload": 1, "PUT upload": 1}


def test_an_aborted_upload_stores_nothing(registries: Registries, network: Network) -> None:
    store = Store()
    repository = open_plain(network, registries.plain("mine", store), option="--private").repository("team/app")
    upload = repository.open_upload(DESCRIPTOR)
    upload.write(LAYER[:1000])
    upload.abort()
    assert store.blobs == {}


def test_sha512_is_verified_too(registries: Registries, hub: RemoteRegistry, clock: FakeClock) -> None:
    body = b"rarely used"
    digest = "sha512:" + hashlib.sha512(body).hexdigest()
    repository = registries.hub.create("library/maven")
    registries.hub.blobs[parse_digest(digest)] = body
    repository.blobs.add(parse_digest(digest))
    assert read(hub.repository("library/maven"), Descriptor("x", parse_digest(digest), len(body))) == body
