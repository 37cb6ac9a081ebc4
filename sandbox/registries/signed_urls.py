"""Blobs behind signed URLs, on a host that wants no credentials: Docker Hub's content network, ECR's storage.

Such hosts refuse a request that carries both a signature and an ``Authorization`` header, so a client that lets
credentials follow a redirect finds out here.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.registries import blobs
from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.answers import Refusal
from sandbox.registries.faults import Faults
from sandbox.registries.service import Service
from sandbox.registries.store import Repository, Store


@dataclass(frozen=True, slots=True)
class _Signed:
    store: Store
    repository: Repository
    digest: str
    expires: float


class ContentHost(Service):
    """The host, and the signatures that it knows."""

    def __init__(self, name: str, log: AccessLog, faults: Faults, now: Callable[[], float]) -> None:
        super().__init__(name, log, faults)
        self.url = ""
        """How clients reach it; set when the server listens."""
        self._now = now
        self._signed: dict[str, _Signed] = {}

    def redirect(self, store: Store, repository: Repository, digest: str, *, seconds: float) -> web.Response:
        """307 to a URL that is good for so long."""
        signature = secrets.token_hex(16)
        self._signed[signature] = _Signed(store, repository, digest, self._now() + seconds)
        location = f"{self.url}/content/{digest}/data?verify={signature}"
        return web.Response(status=307, headers={"Location": location, "Docker-Content-Digest": digest})

    def describe(self, request: web.Request) -> Entry:
        """See `Service`."""
        signed = self._signed.get(request.query.get("verify", ""))
        repository, digest = (signed.repository.name, signed.digest) if signed else ("", request.path)
        return Entry(self.name, request.method, "blob", repository, digest)

    async def answer(self, request: web.Request, entry: Entry) -> web.StreamResponse:  # noqa: ARG002 - as `Service` has it
        """The blob, or a plain refusal: these hosts do not speak the registry protocol."""
        if "Authorization" in request.headers:
            raise Refusal(400, "", text="InvalidArgument: Only one auth mechanism allowed")
        signed = self._signed.get(request.query.get("verify", ""))
        if signed is None or signed.expires <= self._now():
            raise Refusal(403, "", text="AccessDenied: Request has expired")
        return blobs.read(request, signed.store.blob(signed.repository, signed.digest), signed.digest)
