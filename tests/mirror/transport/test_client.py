import socket

import pytest

from mirror.errors import TransportError
from mirror.transport import client as client_module
from mirror.transport.client import Request
from tests.support import Answer, FakeClock, ScriptedServer, client_for


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
