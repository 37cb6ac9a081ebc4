"""One request, one answer: no retry, no redirect, no credentials. Those are other modules' concerns."""

import contextlib
import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import urlsplit

from mirror.errors import TransportError
from mirror.transport.clock import Clock
from mirror.transport.connection import Connection, ConnectionPool, Origin
from mirror.transport.redact import redact, redact_url

MAX_BODY_BYTES = 8 * 1024 * 1024
# The largest answer that is held in memory: twice a manifest's limit. Blobs are streamed and never meet it.

PIECE_SECONDS = 60.0
# For one call of `Response.readinto`, which then returns what came: a server that sends a byte now and then must not
# hold up whoever watches over time and pace.

EARLY_SECONDS = 5.0
# For an answer that a server gives before it hangs up on a body it does not want: it is under way or does not come.

USER_AGENT = "hub-mirror"

Body = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent."""

    method: str
    url: str
    """Absolute."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Response:
    """What came back. Either read whole (`read`) or piece by piece (`readinto`), then closed."""

    def __init__(
        self, request: Request, raw: http.client.HTTPResponse, connection: Connection, client: "Client"
    ) -> None:
        self.request = request
        self.status = raw.status
        self.headers: Message = raw.headers
        self._raw = raw
        self._connection: Connection | None = connection
        self._client = client
        self.body = b""

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case."""
        return self.headers.get(name)

    def read(self) -> None:
        """Read the whole answer into `body` and give the connection back. `TransportError` when it breaks off."""
        try:
            self.body = self._raw.read(MAX_BODY_BYTES + 1)
        except (OSError, http.client.HTTPException) as err:
            self.close()
            raise _broken(self.request, err) from err
        if len(self.body) <= MAX_BODY_BYTES and self._raw.length:
            self.close()  # http.client does not mind a body that ends before its Content-Length
            raise TransportError(f"{_name(self.request)}: the answer broke off {self._raw.length} bytes before its end")
        if len(self.body) > MAX_BODY_BYTES:
            self.close()
            raise TransportError(f"{_name(self.request)}: the answer is larger than {MAX_BODY_BYTES} bytes")
        self._finish()

    def readinto(self, buffer: memoryview) -> int:
        """The number of bytes put into `buffer`: all it takes, less after `PIECE_SECONDS`, 0 at the end.

        `TransportError` when the connection breaks. A body that ends before its Content-Length is not noticed here:
        whoever knows the size checks it.
        """
        try:
            count = self._fill(buffer)
        except (OSError, http.client.HTTPException, ValueError) as err:
            self.close()
            raise _broken(self.request, err) from err
        if count == 0:
            self._finish()
        return count

    def _fill(self, buffer: memoryview) -> int:
        """`HTTPResponse.readinto` would block until the buffer is full, however long that takes."""
        raw = self._raw
        if raw.chunked or raw.length is None or raw.fp is None:
            return raw.readinto(buffer)
        wanted, filled = min(len(buffer), raw.length), 0
        latest = self._client.clock.monotonic() + PIECE_SECONDS
        while filled < wanted:
            count = raw.fp.readinto1(buffer[filled:wanted])
            if count == 0:
                break
            filled += count
            if filled < wanted and self._client.clock.monotonic() > latest:
                break
        raw.length -= filled
        if filled == 0 or raw.length == 0:
            raw.close()
        return filled

    def close(self) -> None:
        """Done with it; the connection is reused only if everything was read."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._raw.close()
            self._client.pool.discard(connection)

    def _finish(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        reusable = self._raw.isclosed() and not self._raw.will_close
        self._raw.close()
        if reusable:
            self._client.pool.release(connection, now=self._client.clock.monotonic())
        else:
            self._client.pool.discard(connection)


class Outgoing:
    """A request whose body is pushed piece by piece. Ends with `finish` or `abort`."""

    def __init__(self, request: Request, connection: Connection, client: "Client") -> None:
        self.request = request
        self.early: Response | None = None
        """What the server said before it hung up on the body; read whole."""
        self._connection: Connection | None = connection
        self._client = client

    def write(self, piece: Body) -> None:
        """Send the next piece, blocking while the server is slower. `TransportError` when it hangs up; see `early`."""
        connection = self._connection
        if connection is None:
            raise TransportError(f"{_name(self.request)}: already ended")
        left = memoryview(piece)
        try:
            while left:
                # Not `sendall`, whose time-out is for all of it: a line that many uploads share may be slow.
                left = left[connection.http.sock.send(left) :]
        except (OSError, http.client.HTTPException) as err:
            if not isinstance(err, TimeoutError):
                with contextlib.suppress(TransportError):
                    self.early = self.finish(seconds=EARLY_SECONDS)
            self.abort()
            raise _broken(self.request, err) from err

    def finish(self, *, seconds: float | None = None) -> Response:
        """The answer, read whole. `seconds`: how long the server may think about it, where not as long as usual."""
        connection, self._connection = self._connection, None
        if connection is None:
            raise TransportError(f"{_name(self.request)}: already ended")
        usual = connection.http.sock.gettimeout()
        try:
            connection.http.sock.settimeout(usual if seconds is None else seconds)
            raw = connection.http.getresponse()
            if not raw.will_close:
                connection.http.sock.settimeout(usual)
        except (OSError, http.client.HTTPException) as err:
            self._client.pool.discard(connection)
            raise _broken(self.request, err) from err
        response = Response(self.request, raw, connection, self._client)
        response.read()
        return response

    def abort(self) -> None:
        """Close the connection; the server sees a body that breaks off."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._client.pool.discard(connection)


class Client:
    """Sends requests over pooled connections. Safe for threads."""

    def __init__(self, pool: ConnectionPool, clock: Clock) -> None:
        self.pool = pool
        self.clock = clock

    def send(self, request: Request, *, stream: bool = False) -> Response:
        """The answer to `request`: read whole, or with `stream` left for the caller to read and close.

        A kept connection that turns out to be closed is replaced by a new one, once: the server cannot have
        answered on it. Everything else that goes wrong is `TransportError`.
        """
        connection = self._acquire(request, fresh=False)
        try:
            response = self._exchange(connection, request)
        except (OSError, http.client.HTTPException) as err:
            if not connection.reused or isinstance(err, TimeoutError):
                raise _broken(request, err) from err
            connection = self._acquire(request, fresh=True)
            try:
                response = self._exchange(connection, request)
            except (OSError, http.client.HTTPException) as again:
                raise _broken(request, again) from again
        if not stream:
            response.read()
        return response

    def _exchange(self, connection: Connection, request: Request) -> Response:
        try:
            self._put(connection, request, request.body)
            return Response(request, connection.http.getresponse(), connection, self)
        except (OSError, http.client.HTTPException):
            self.pool.discard(connection)
            raise

    def begin(self, request: Request) -> Outgoing:
        """Send the headers of a request whose body follows by `Outgoing.write`; they must hold its Content-Length."""
        connection = self._acquire(request, fresh=False)
        try:
            self._put(connection, request, None)
        except (OSError, http.client.HTTPException) as err:
            self.pool.discard(connection)
            raise _broken(request, err) from err
        return Outgoing(request, connection, self)

    def _acquire(self, request: Request, *, fresh: bool) -> Connection:
        try:
            return self.pool.acquire(Origin.of(request.url), now=self.clock.monotonic(), fresh=fresh)
        except (OSError, http.client.HTTPException, ValueError) as err:
            raise _broken(request, err) from err

    @staticmethod
    def _put(connection: Connection, request: Request, body: bytes | None) -> None:
        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if connection.absolute_form:
            target = f"{connection.origin}{target}"
        http_connection = connection.http
        http_connection.putrequest(request.method, target, skip_accept_encoding=True)
        http_connection.putheader("User-Agent", USER_AGENT)
        # Bytes are hashed as stored: no transport encoding may come between.
        http_connection.putheader("Accept-Encoding", "identity")
        for name, value in (*connection.proxy_headers, *request.headers.items()):
            http_connection.putheader(name, value)
        if body or request.method in {"POST", "PUT", "PATCH"}:
            if body is not None:
                http_connection.putheader("Content-Length", str(len(body)))
            http_connection.endheaders(body or None)
        else:
            http_connection.endheaders()


def _name(request: Request) -> str:
    return f"{request.method} {redact_url(request.url)}"


def _broken(request: Request, err: BaseException) -> TransportError:
    text = str(err)
    with contextlib.suppress(AttributeError):
        text = getattr(err, "strerror", None) or text
    return TransportError(f"{_name(request)}: {redact(text) or type(err).__name__}")
