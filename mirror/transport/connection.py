"""Keep-alive connections, handed out one request at a time."""

import contextlib
import http.client
import os
import ssl
import threading
from base64 import b64encode
from collections import deque
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

CONNECT_TIMEOUT_SECONDS = 10.0
# A registry that takes longer to accept a connection is down for our purposes; the retry takes over.

READ_TIMEOUT_SECONDS = 60.0
# Between two pieces of an answer, not for the whole of it. Registries verify a large upload before they answer its
# PUT, which takes a second for each few hundred MiB.

IDLE_SECONDS = 20.0
# Servers and load balancers close idle connections after 30 to 60 s; a younger one is nearly always alive.

MAX_IDLE = 64
# For each origin; above the engine's largest number of threads, so no thread's connection is thrown away.


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what a connection, and a credential, belongs to (RFC 6454)."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """The origin of an absolute http or https URL. `ValueError` for any other."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = f"not an http or https URL: {url!r}"
            raise ValueError(msg)
        return cls(parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))

    def __str__(self) -> str:
        default = 443 if self.scheme == "https" else 80
        host = f"[{self.host}]" if ":" in self.host else self.host  # an IPv6 address (RFC 3986 §3.2.2)
        return f"{self.scheme}://{host}" + ("" if self.port == default else f":{self.port}")


@dataclass(slots=True)
class Connection:
    """One connection and what the pool needs to know of it."""

    http: http.client.HTTPConnection
    origin: Origin
    reused: bool = False
    """Whether it has carried a request before: then its failing may only mean that the server closed it."""
    idle_since: float = 0.0
    absolute_form: bool = False
    """Whether requests name the whole URL: plain HTTP through a proxy."""
    proxy_headers: tuple[tuple[str, str], ...] = ()


class ConnectionPool:
    """Connections by origin, the most recently used first. Safe for threads.

    Honours `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, and the CA file named by `AWS_CA_BUNDLE`,
    `REQUESTS_CA_BUNDLE` or `SSL_CERT_FILE`, as boto3 does.
    """

    def __init__(
        self, *, connect_timeout: float = CONNECT_TIMEOUT_SECONDS, read_timeout: float = READ_TIMEOUT_SECONDS
    ) -> None:
        self._idle: dict[Origin, deque[Connection]] = {}
        self._lock = threading.Lock()
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._tls: ssl.SSLContext | None = None
        self._closed = False

    def acquire(self, origin: Origin, *, now: float, fresh: bool = False) -> Connection:
        """A connection for one exclusive use; give it back by `release` or `discard`. May raise `OSError`."""
        if not fresh:
            with self._lock:
                idle = self._idle.get(origin)
                while idle:
                    connection = idle.pop()
                    if now - connection.idle_since < IDLE_SECONDS:
                        return connection
                    connection.http.close()
        return self._open(origin)

    def release(self, connection: Connection, *, now: float) -> None:
        """Keep it for the next request. Its answer must have been read to the end."""
        connection.reused = True
        connection.idle_since = now
        with self._lock:
            idle = self._idle.setdefault(connection.origin, deque())
            if not self._closed and len(idle) < MAX_IDLE:
                idle.append(connection)
                return
        connection.http.close()

    @staticmethod
    def discard(connection: Connection) -> None:
        """Close it, whatever state it is in."""
        with contextlib.suppress(OSError):
            connection.http.close()

    def close(self) -> None:
        """Close all idle connections; those in use are closed when they come back."""
        with self._lock:
            self._closed = True
            connections = [connection for idle in self._idle.values() for connection in idle]
            self._idle.clear()
        for connection in connections:
            self.discard(connection)

    def _open(self, origin: Origin) -> Connection:
        proxy = _proxy_for(origin)
        host, port = (proxy.host, proxy.port) if proxy else (origin.host, origin.port)
        opened: http.client.HTTPConnection
        if origin.scheme == "https":
            opened = http.client.HTTPSConnection(host, port, timeout=self._connect_timeout, context=self._context())
            if proxy:
                opened.set_tunnel(origin.host, origin.port, headers=dict(proxy.headers))
        else:
            opened = http.client.HTTPConnection(host, port, timeout=self._connect_timeout)
        try:
            opened.connect()
        except BaseException:
            opened.close()
            raise
        opened.sock.settimeout(self._read_timeout)
        plain_proxy = proxy if proxy and origin.scheme == "http" else None
        return Connection(
            opened,
            origin,
            absolute_form=plain_proxy is not None,
            proxy_headers=plain_proxy.headers if plain_proxy else (),
        )

    def _context(self) -> ssl.SSLContext:
        with self._lock:
            if self._tls is None:
                names = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
                file = next((os.environ[name] for name in names if os.environ.get(name)), None)
                self._tls = ssl.create_default_context(cafile=file)
            return self._tls


@dataclass(frozen=True, slots=True)
class _Proxy:
    host: str
    port: int
    headers: tuple[tuple[str, str], ...]


def _proxy_for(origin: Origin) -> _Proxy | None:
    if origin.host in {"localhost", "127.0.0.1", "::1"}:
        return None
    import urllib.request  # noqa: PLC0415 - brings much with it that a run between registries on loopback never needs

    url = urllib.request.getproxies().get(origin.scheme)
    if not url or urllib.request.proxy_bypass(origin.host):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if not parts.hostname:
        return None
    headers: tuple[tuple[str, str], ...] = ()
    if parts.username is not None:
        plain = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = (("Proxy-Authorization", "Basic " + b64encode(plain.encode()).decode()),)
    return _Proxy(parts.hostname, parts.port or 3128, headers)
