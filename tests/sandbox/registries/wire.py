"""Plain HTTP, without anything of the engine: what is tested here is what the engine is tested against."""

import contextlib
import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mirror.oci.digest import Digest, digest_of


@dataclass(frozen=True)
class Reply:
    """An answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool = True
    """Whether all came that Content-Length had promised."""

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of the first error in the error document; empty when there is none."""
        if self.status < 400 or not self.headers.get("content-type", "").startswith("application/json"):
            return ""
        errors = json.loads(self.body)["errors"] if self.body else [{"code": ""}]
        return str(errors[0]["code"])


@dataclass
class Wire:
    """Asks one server, on a new connection each time."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with every request."""

    def ask(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Reply:
        """`target` is a path or an absolute URL of any host; underscores in header names stand for hyphens."""
        absolute = target if "://" in target else self.url + target
        parts = urlsplit(absolute)
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, sent)
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            try:
                return Reply(response.status, received, response.read())
            except http.client.IncompleteRead as err:
                return Reply(response.status, received, err.partial, complete=False)
        finally:
            connection.close()

    def break_off(self, method: str, target: str, body: bytes, length: int) -> None:
        """Promise `length` bytes, send fewer, and hang up; returns when the server has noticed."""
        parts = urlsplit(target if "://" in target else self.url + target)
        lines = [f"{method} {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while connection.recv(4096):
                    pass


@dataclass
class Shelf:
    """One repository of a registry, and how to push to it."""

    wire: Wire
    name: str
    prefix: str = "/v2"

    def path(self, rest: str) -> str:
        return f"{self.prefix}/{self.name}/{rest}"

    def ask(self, method: str, rest: str, body: bytes | None = None, **headers: str) -> Reply:
        return self.wire.ask(method, self.path(rest), body, **headers)

    def start(self) -> str:
        """A new upload session's URL."""
        reply = self.ask("POST", "blobs/uploads/")
        assert reply.status == 202, reply
        return reply.headers["location"]

    def push_blob(self, content: bytes) -> Digest:
        digest = digest_of(content)
        reply = self.wire.ask("PUT", with_digest(self.start(), digest), content)
        assert reply.status == 201, reply
        return digest

    def put_manifest(self, document: Mapping[str, Any], reference: str, **headers: str) -> Reply:
        raw = json.dumps(document).encode()
        return self.ask("PUT", f"manifests/{reference}", raw, **{"Content_Type": document["mediaType"], **headers})


def with_digest(location: str, digest: str) -> str:
    """The URL that ends an upload: registries may have a query of their own in it."""
    return f"{location}{'&' if '?' in location else '?'}digest={digest}"
