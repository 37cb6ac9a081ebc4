import http.client
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from mirror.oci.digest import digest_of
from sandbox.registries.faults import Fault, Faults
from sandbox.registries.server import Registries
from tests.sandbox.registries.documents import LAYER, fill
from tests.sandbox.registries.wire import Shelf, Wire

BLOB = f"blobs/{digest_of(LAYER)}"


@pytest.fixture
def shelf(registries: Registries) -> Shelf:
    shelf = Shelf(Wire(registries.plain("mine")), "team/app")
    fill(shelf)
    registries.log.clear()
    return shelf


@pytest.mark.parametrize(
    ("fault", "meets"),
    [
        (Fault(), True),
        (Fault(registry="hub", method="GET", action="manifest"), True),
        (Fault(registry="private"), False),
        (Fault(method="HEAD"), False),
        (Fault(action="blob"), False),
        (Fault(repository="library/*"), True),
        (Fault(repository="bitnami/*"), False),
        (Fault(reference="3.9*"), True),
        (Fault(reference="3.8*"), False),
    ],
)
def test_conditions(fault: Fault, *, meets: bool) -> None:
    faults = Faults()
    faults.add(fault)
    assert (faults.take("hub", "GET", "manifest", "library/maven", "3.9.1") is fault) is meets
    assert bool(faults.unused) is not meets


def test_one_that_never_answers(registries: Registries, shelf: Shelf) -> None:
    registries.faults.add(Fault(hang=True))
    with closing(http.client.HTTPConnection(urlsplit(shelf.wire.url).netloc, timeout=0.3)) as connection:
        connection.request("GET", f"/v2/team/app/{BLOB}")
        with pytest.raises(TimeoutError):
            connection.getresponse()
    assert shelf.ask("GET", BLOB).body == LAYER  # others are answered meanwhile


def test_one_that_stops_in_the_middle(registries: Registries, shelf: Shelf) -> None:
    registries.faults.add(Fault(hang=True, cut_after=5))
    with closing(http.client.HTTPConnection(urlsplit(shelf.wire.url).netloc, timeout=0.3)) as connection:
        connection.request("GET", f"/v2/team/app/{BLOB}")
        answer = connection.getresponse()
        assert answer.read(5) == LAYER[:5]
        with pytest.raises(TimeoutError):
            answer.read()


def test_a_fault_comes_after_some_requests_and_so_often() -> None:
    faults = Faults()
    faults.add(Fault(method="GET", after=2, times=2))
    came = [faults.take("hub", method, "blob", "a", "b") is not None for method in ("GET", "PUT", *["GET"] * 5)]
    assert came == [False, False, False, True, True, False, False]
    assert faults.unused == ()


def test_faults_come_in_the_order_in_which_they_were_added() -> None:
    faults = Faults()
    first, second = Fault(status=500), Fault(status=503)
    faults.add(first)
    faults.add(second)
    assert faults.take("hub", "GET", "blob", "a", "b") is first
    assert faults.take("hub", "GET", "blob", "a", "b") is second
    faults.add(first)
    faults.clear()
    assert faults.take("hub", "GET", "blob", "a", "b") is None


def test_another_answer(registries: Registries, shelf: Shelf) -> None:
    registries.faults.add(Fault("mine", "GET", "blob", status=503, headers={"Retry-After": "7"}, body=b"later"))
    reply = shelf.ask("GET", BLOB)
    assert (reply.status, reply.headers["retry-after"], reply.body) == (503, "7", b"later")
    assert shelf.ask("GET", BLOB).body == LAYER
    assert [entry.status for entry in registries.log.matching(action="blob")] == [503, 200]


def test_no_answer(registries: Registries, shelf: Shelf) -> None:
    registries.faults.add(Fault("mine", "GET", "blob", drop=True))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        shelf.ask("GET", BLOB)
    assert [entry.status for entry in registries.log.matching(action="blob")] == [0]


def test_half_an_answer(registries: Registries, shelf: Shelf) -> None:
    registries.faults.add(Fault("mine", "GET", "blob", cut_after=100))
    reply = shelf.ask("GET", BLOB)
    assert (reply.status, reply.complete, reply.body) == (200, False, LAYER[:100])
    assert [entry.bytes_out for entry in registries.log.matching(action="blob")] == [100]


def test_a_wrong_answer(registries: Registries, shelf: Shelf) -> None:
    registries.faults.add(Fault("mine", "GET", "blob", corrupt=True))
    reply = shelf.ask("GET", BLOB)
    assert (reply.status, len(reply.body), reply.body == LAYER) == (200, len(LAYER), False)
    assert shelf.ask("GET", BLOB).body == LAYER


def test_what_was_done_although_the_answer_was_lost(registries: Registries, shelf: Shelf) -> None:
    registries.faults.add(Fault(registry="mine", method="DELETE", lost=True))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        shelf.ask("DELETE", BLOB)
    assert shelf.ask("GET", BLOB).status == 404
    (entry,) = registries.log.matching(method="DELETE")
    assert entry.status == 202
