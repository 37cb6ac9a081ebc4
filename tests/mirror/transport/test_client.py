import socket
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from mirror.errors import TransportError
from mirror.transport import client as client_module
from mirror.transport.client import Client, Outgoing, Request
from mirror.transport.connection import ConnectionPool
from tests.support import Answer, DrippingClock, FakeClock, RawServer, ScriptedServer, client_for


def test_an_answer_is_read_whole(clock: FakeClock) -> None:
    with ScriptedServer(Answer(404, {"X-Note": "yes"}, b"no such thing")) as server:
        client = client_for(clock)
        response = client.send(Request("GET", server.url + "/a?b=c", {"Accept": "x/y"}))
        assert (response.status, response.header("x-note"), response.body) == (404, "yes", b"no such thing")
        asked = server.asked[0]
        assert asked.path == "/a?b=c"
        assert asked.headers["accept"] == "x/y"
        assert asked.headers["accept-encoding"] == "identity"


def test_bodies_are_sent_with_their_length(clock: FakeClock) -> None:
    with ScriptedServer(Answer(201), Answer(202)) as server:
        client = client_for(clock)
        client.send(Request("PUT", server.url, body=b"manifest"))
        client.send(Request("POST", server.url))
        assert [asked.body for asked in server.asked] == [b"manifest", b""]
        assert server.asked[1].headers["content-length"] == "0"


def test_a_kept_connection_that_the_server_closed_is_replaced(clock: FakeClock) -> None:
    with ScriptedServer(Answer(close=True), Answer(body=b"second")) as server:
        client = client_for(clock)
        client.send(Request("GET", server.url))
        assert client.send(Request("GET", server.url)).body == b"second"


def test_a_new_connection_that_breaks_is_an_error(clock: FakeClock) -> None:
    with ScriptedServer(Answer(drop=True)) as server:
        client = client_for(clock)
        with pytest.raises(TransportError, match="GET http://127"):
            client.send(Request("GET", server.url))
        assert len(server.asked) == 1


def test_nobody_listening_is_an_error(clock: FakeClock) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(TransportError, match="refused"):
            client_for(clock).send(Request("GET", f"http://127.0.0.1:{unused.getsockname()[1]}"))


def test_a_body_that_breaks_off_is_an_error(clock: FakeClock) -> None:
    with (
        ScriptedServer(Answer(body=b"half", length=8)) as server,
        pytest.raises(TransportError, match="4 bytes before"),
    ):
        client_for(clock).send(Request("GET", server.url))


def test_an_answer_too_large_for_memory_is_refused(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MAX_BODY_BYTES", 8)
    with (
        ScriptedServer(Answer(body=b"123456789")) as server,
        pytest.raises(TransportError, match="larger than 8 bytes"),
    ):
        client_for(clock).send(Request("GET", server.url))


def test_a_streamed_answer_comes_in_pieces_and_gives_its_connection_back(clock: FakeClock) -> None:
    with ScriptedServer(Answer(body=b"abcdefgh"), Answer()) as server:
        client = client_for(clock)
        response = client.send(Request("GET", server.url), stream=True)
        view = memoryview(bytearray(3))
        pieces = []
        while count := response.readinto(view):
            pieces.append(bytes(view[:count]))
        assert b"".join(pieces) == b"abcdefgh"
        client.send(Request("GET", server.url))
        assert len({asked.connection for asked in server.asked}) == 1


def test_a_streamed_answer_that_is_not_read_to_its_end_costs_its_connection(clock: FakeClock) -> None:
    with ScriptedServer(Answer(body=b"abcdefgh"), Answer()) as server:
        client = client_for(clock)
        response = client.send(Request("GET", server.url), stream=True)
        response.close()
        client.send(Request("GET", server.url))
        assert len({asked.connection for asked in server.asked}) == 2


def test_a_body_is_pushed_piece_by_piece(clock: FakeClock) -> None:
    with ScriptedServer(Answer(201, body=b"stored")) as server:
        client = client_for(clock)
        outgoing = client.begin(Request("PUT", server.url, {"Content-Length": "6"}))
        outgoing.write(b"abc")
        outgoing.write(memoryview(b"def"))
        assert outgoing.finish().body == b"stored"
        assert server.asked[0].body == b"abcdef"


def test_an_aborted_body_cannot_be_continued(clock: FakeClock) -> None:
    with ScriptedServer(Answer()) as server:
        outgoing = client_for(clock).begin(Request("PUT", server.url, {"Content-Length": "6"}))
        outgoing.abort()
        outgoing.abort()
        with pytest.raises(TransportError, match="already ended"):
            outgoing.write(b"abc")
        with pytest.raises(TransportError, match="already ended"):
            outgoing.finish()


def test_a_server_that_drips_gives_what_there_is(clock: FakeClock) -> None:
    """Whoever watches over time and pace must get a word in."""
    dripping = DrippingClock()

    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _number in range(1000):
            dripping.drops.acquire(timeout=10)
            connection.sendall(b"x")

    with RawServer(drip) as server:
        response = client_for(dripping).send(Request("GET", server.url), stream=True)
        count = response.readinto(memoryview(bytearray(1000)))
        response.close()
        dripping.drops.release(1000)
    assert 1 <= count <= client_module.PIECE_SECONDS + 5


def test_pieces_fill_the_buffer_and_the_last_one_gives_the_connection_back(clock: FakeClock) -> None:
    with ScriptedServer(Answer(body=b"0123456789"), Answer(body=b"again")) as server:
        client = client_for(clock)
        response = client.send(Request("GET", server.url), stream=True)
        buffer = memoryview(bytearray(4))
        pieces = []
        while count := response.readinto(buffer):
            pieces.append(bytes(buffer[:count]))
        assert pieces == [b"0123", b"4567", b"89"]
        assert client.send(Request("GET", server.url)).body == b"again"
        assert server.asked[0].connection == server.asked[1].connection


def write_all(outgoing: Outgoing) -> None:
    for _ in range(1000):
        outgoing.write(bytes(10**6))


def refuse(connection: socket.socket, _: bytes) -> None:
    """As nginx does with more than its client_max_body_size: an answer, and nobody reads the rest."""
    connection.sendall(b"HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!")


def test_what_a_server_says_before_it_hangs_up_on_a_body_is_heard(clock: FakeClock) -> None:
    with RawServer(refuse) as server:
        outgoing = client_for(clock).begin(Request("PUT", server.url, {"Content-Length": str(10**9)}))
        with pytest.raises(TransportError, match="PUT http://127"):
            write_all(outgoing)
        assert outgoing.early is not None
        assert (outgoing.early.status, outgoing.early.body) == (413, b"no!")


def test_a_server_may_think_about_a_large_body_for_longer_than_about_others(clock: FakeClock) -> None:
    got_it, enough = threading.Event(), threading.Event()

    def think(connection: socket.socket, _: bytes) -> None:
        connection.recv(4, socket.MSG_WAITALL)
        got_it.set()
        enough.wait(timeout=10)
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        connection.recv(1)

    client = Client(ConnectionPool(read_timeout=0.05), clock)
    with RawServer(think) as server, ThreadPoolExecutor(1) as pool:
        outgoing = client.begin(Request("PUT", server.url, {"Content-Length": "4"}))
        outgoing.write(b"blob")
        answer = pool.submit(outgoing.finish, seconds=10)
        assert got_it.wait(timeout=10)
        assert not wait([answer], timeout=0.2).done  # several of the usual time-outs
        enough.set()
        assert answer.result(timeout=10).status == 201
        client.pool.close()
