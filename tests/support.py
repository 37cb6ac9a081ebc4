"""What tests of several rooms use."""

import contextlib
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from mirror.transport.client import Client
from mirror.transport.connection import ConnectionPool


class FakeClock:
    """Time that passes only when somebody sleeps. Safe for threads, because tests run them."""

    def __init__(self, start: float = 1000.0) -> None:
        self.now = start
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return 1_800_000_000.0 + self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class TodayPlus:
    """The machine's time, some days later; sleeping is not waiting."""

    wall_now: float
    days: float = 0.0

    def monotonic(self) -> float:
        return 0.0

    def wall(self) -> float:
        return self.wall_now + self.days * 86_400.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nothing here waits, but something would for {seconds} s")


@dataclass
class Answer:
    """What a `ScriptedServer` says once."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    close: bool = False
    """Close the connection after the answer, without saying so."""
    drop: bool = False
    """Close the connection without an answer."""
    length: int | None = None
    """A Content-Length other than the body's: the body breaks off."""


@dataclass
class Asked:
    """What a `ScriptedServer` was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    """The same number, the same connection."""


class _QuietServer(ThreadingHTTPServer):
    """A client that hangs up is what some tests are about, not something to print."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class ScriptedServer:
    """An HTTP server that gives prepared answers in order; one question too many is answered with 599."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _handle(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                with outer._lock:
                    outer.asked.append(Asked(self.command, self.path, headers, body, self.client_address[1]))
                    answer = outer.answers.pop(0) if outer.answers else Answer(599)
                if answer.drop:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)
                if answer.close or answer.length is not None:
                    self.close_connection = True

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815

            def log_message(self, *args: object) -> None:
                """Silence."""

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class RawServer:
    """A server whose `serve` has each connection to itself, once the head of a request was read."""

    def __init__(self, serve: Callable[[socket.socket, bytes], None]) -> None:
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self._threads.append(threading.Thread(target=self._one, args=(connection,)))
            self._threads[-1].start()

    def _one(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1) or b"\r\n\r\n"
            self._serve(connection, head)

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)


class SharedClock(FakeClock):
    """As `FakeClock`, but those who sleep at the same time sleep through the same time."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        with self._lock:
            self.now = max(self.now, until)


class DrippingClock(FakeClock):
    """A second passes with every look at it, and a server that waits for `drops` sends one byte more."""

    def __init__(self) -> None:
        super().__init__()
        self.drops = threading.Semaphore(1)

    def monotonic(self) -> float:
        self.now += 1
        self.drops.release()
        return self.now


_CLIENTS: list[Client] = []


def client_for(clock: FakeClock) -> Client:
    """A client of the engine on that clock; `close_clients` closes its connections."""
    client = Client(ConnectionPool(read_timeout=10), clock)
    _CLIENTS.append(client)
    return client


def close_clients() -> None:
    """Called after every test."""
    while _CLIENTS:
        _CLIENTS.pop().pool.close()
