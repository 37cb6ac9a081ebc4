"""Real TLS, with an authority of one's own and through a real proxy: what `network` in mirror.yaml is for."""

import contextlib
import datetime as dt
import http.server
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mirror.errors import TransportError
from mirror.transport.client import Request
from tests.support import FakeClock, client_for

HOST = "registry.example"


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Be quiet."""


class Tunnel(socketserver.BaseRequestHandler):
    """A proxy's CONNECT, to one server whatever name is asked for."""

    server: "Proxy"

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.request.recv(1)
        # Without the version of HTTP, which is the library's choice.
        self.server.asked.append(head.decode().rpartition(" HTTP/")[0].splitlines()[0])
        # Whoever does not like the certificate is gone in the middle.
        with contextlib.suppress(ConnectionError), socket.create_connection(self.server.target) as onward:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            pairs = {self.request: onward, onward: self.request}
            while True:
                for ready in select.select(list(pairs), [], [])[0]:
                    piece = ready.recv(65536)
                    if not piece:
                        return
                    pairs[ready].sendall(piece)


class Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, target: tuple[str, int]) -> None:
        self.asked: list[str] = []
        self.target = target
        super().__init__(("127.0.0.1", 0), Tunnel)


@dataclass
class Certificates:
    """An authority, and what it issued to the registry."""

    directory: Path
    hosts: list[str] = field(default_factory=lambda: [HOST])

    def __post_init__(self) -> None:
        key, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of our own")])
        ca = self._certificate(authority, authority, key, key, authority=True)
        leaf = self._certificate(x509.Name([]), authority, own, key, authority=False)
        pem = serialization.Encoding.PEM
        self.bundle.write_bytes(ca.public_bytes(pem))
        private = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self.chain.write_bytes(leaf.public_bytes(pem) + private)

    @property
    def bundle(self) -> Path:
        return self.directory / "ca.pem"

    @property
    def chain(self) -> Path:
        return self.directory / "server.pem"

    def _certificate(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        signer: ec.EllipticCurvePrivateKey,
        *,
        authority: bool,
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if not authority:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in self.hosts])
            builder = builder.add_extension(names, critical=True)
        return builder.sign(signer, hashes.SHA256())


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@pytest.fixture
def proxy(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """In front of a registry that speaks TLS; nothing but the proxy knows where the registry is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.chain)
    registry = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    registry.socket = context.wrap_socket(registry.socket, server_side=True)
    found = Proxy(("127.0.0.1", registry.server_address[1]))
    for name in ("no_proxy", "NO_PROXY", "https_proxy", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{found.server_address[1]}")
    with serving(registry), serving(found):
        yield found


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_an_authority_of_ones_own_is_trusted_where_it_is_named(
    certificates: Certificates, proxy: Proxy, variable: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(certificates.bundle))
    client = client_for(clock)
    assert client.send(Request("GET", f"https://{HOST}/v2/")).body == b"hello"
    client.pool.close()
    assert proxy.asked == [f"CONNECT {HOST}:443"]


def test_elsewhere_it_is_not(proxy: Proxy, clock: FakeClock) -> None:
    client = client_for(clock)
    with pytest.raises(TransportError, match="certificate verify failed"):
        client.send(Request("GET", f"https://{HOST}/v2/"))
    client.pool.close()


def test_nor_for_another_host(
    certificates: Certificates, proxy: Proxy, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates.bundle))
    client = client_for(clock)
    with pytest.raises(TransportError, match=r"(?i)hostname mismatch|not valid for"):
        client.send(Request("GET", "https://another.example/v2/"))
    client.pool.close()


def test_what_no_proxy_names_is_reached_directly(
    proxy: Proxy, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", ".example,localhost")
    client = client_for(clock)
    with pytest.raises(TransportError):  # there is no such host, and nobody else is asked for it
        client.send(Request("GET", f"https://{HOST}/v2/"))
    client.pool.close()
    assert proxy.asked == []
