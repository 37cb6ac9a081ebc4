"""Docker Hub: token service, pull quota, and blobs on another host.

As documented by Docker and seen by others: a manifest GET is a pull and a HEAD is not; the quota is counted by address
for anonymous users and by account for others; both stand in ``ratelimit-*`` headers; blobs redirect to signed URLs that
live for a short time and must be asked for without credentials.
"""

import json
import secrets
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from aiohttp import web

from sandbox.registries import blobs
from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.answers import Refusal
from sandbox.registries.distribution import Distribution
from sandbox.registries.faults import Faults
from sandbox.registries.routes import Route
from sandbox.registries.service import Service
from sandbox.registries.signed_urls import ContentHost
from sandbox.registries.store import Repository, Store

WINDOW_SECONDS = 21600
TOKEN_SECONDS = 300
SERVICE = "registry.docker.io"

USER = web.RequestKey("user", str)
"""Who asks; empty for anonymous."""


@dataclass(slots=True)
class Account:
    """Whoever pulls: a user, or an address."""

    limit: int | None
    """Pulls a window; `None`: unlimited, and no headers then."""
    used: int = 0


@dataclass(frozen=True, slots=True)
class _Token:
    user: str
    scopes: frozenset[str]
    expires: float


@dataclass(slots=True)
class HubState:
    """What the registry, its token service and its content network know together."""

    users: dict[str, str] = field(default_factory=dict)
    """Passwords or access tokens by user name."""
    anonymous: Account = field(default_factory=lambda: Account(100))
    accounts: dict[str, Account] = field(default_factory=dict)
    tokens: dict[str, _Token] = field(default_factory=dict)
    url_seconds: float = 60.0
    """How long a blob's URL is good for."""
    token_seconds: float = TOKEN_SECONDS
    now: Callable[[], float] = monotonic
    pulls: int = 0
    has_referrers_api: bool = True
    """Docker Hub itself has none yet (docker/roadmap #724); its clients list referrers under a tag."""

    def account(self, user: str) -> Account:
        """The account that a pull is charged to."""
        return self.accounts.setdefault(user, Account(200)) if user else self.anonymous


class DockerHub(Distribution):
    """``registry-1.docker.io``."""

    creates_on_push = False
    largest_page = 100

    def __init__(self, store: Store, log: AccessLog, faults: Faults, state: HubState, content: ContentHost) -> None:
        super().__init__("hub", store, log, faults)
        self.state = state
        self._content = content

    async def authorize(self, request: web.Request, found: Route, entry: Entry) -> None:
        """A bearer token for the repository, from the token service."""
        scope = f"repository:{found.repository}:pull" if found.repository else ""
        value = request.headers.get("Authorization", "")
        token = self.state.tokens.get(value.removeprefix("Bearer "))
        if token is None or token.expires <= self.state.now() or (scope and scope not in token.scopes):
            realm = f"http://{request.host}/token"
            challenge = f'Bearer realm="{realm}",service="{SERVICE}"' + (f',scope="{scope}"' if scope else "")
            challenge += ',error="invalid_token"' if value else ""
            raise Refusal(401, "UNAUTHORIZED", "authentication required", headers={"WWW-Authenticate": challenge})
        entry.user = token.user
        request[USER] = token.user
        if request.method not in {"GET", "HEAD"}:
            raise Refusal(401, "UNAUTHORIZED", "access to the requested resource is not authorized")

    @property
    def has_referrers_api(self) -> bool:  # type: ignore[override]  # a constant of other registries
        """See `HubState`."""
        return self.state.has_referrers_api

    def repository(self, request: web.Request, found: Route) -> Repository:  # noqa: ARG002 - as `Distribution` has it
        """Hub does not tell what does not exist from what is private."""
        repository = self.store.get(found.repository)
        if repository is None:
            raise Refusal(401, "UNAUTHORIZED", "authentication required")
        return repository

    def read_manifest(self, request: web.Request, repository: Repository, reference: str) -> web.StreamResponse:
        """GET is a pull, HEAD is not; both tell what is left."""
        account = self.state.account(request[USER])
        if request.method == "GET":
            if account.limit is not None and account.used >= account.limit:
                message = "You have reached your pull rate limit. You may increase the limit by authenticating."
                raise Refusal(429, "TOOMANYREQUESTS", message, headers=self._limits(request))
            if repository.find(reference) is not None:
                account.used += 1
                self.state.pulls += 1
        response = super().read_manifest(request, repository, reference)
        response.headers.update(self._limits(request))
        return response

    def read_blob(self, request: web.Request, repository: Repository, digest: str) -> web.StreamResponse:
        """307 to the content network."""
        content = self.store.blob(repository, digest)
        if request.method == "HEAD" or content is None:
            return blobs.read(request, content, digest)
        return self._content.redirect(self.store, repository, digest, seconds=self.state.url_seconds)

    def _limits(self, request: web.Request) -> dict[str, str]:
        account = self.state.account(request[USER])
        if account.limit is None:
            return {}
        return {
            "ratelimit-limit": f"{account.limit};w={WINDOW_SECONDS}",
            "ratelimit-remaining": f"{max(account.limit - account.used, 0)};w={WINDOW_SECONDS}",
            "docker-ratelimit-source": request[USER] or (request.remote or ""),
        }


class TokenService(Service):
    """``auth.docker.io``; here on the registry's own host, below ``/token``."""

    def __init__(self, log: AccessLog, faults: Faults, state: HubState) -> None:
        super().__init__("hub", log, faults)
        self.state = state

    def describe(self, request: web.Request) -> Entry:
        """See `Service`."""
        return Entry(self.name, request.method, "token", reference=request.query.get("scope", ""))

    async def answer(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        """A token for the scopes asked for: granted or not shows itself at the registry."""
        entry.user = self._user(request.headers.get("Authorization"))
        token = secrets.token_urlsafe(24)
        scopes = frozenset(scope for value in request.query.getall("scope", []) for scope in value.split(" "))
        expires = self.state.now() + self.state.token_seconds
        self.state.tokens[token] = _Token(entry.user, scopes, expires)
        body = {
            "token": token,
            "access_token": token,
            "expires_in": int(self.state.token_seconds),
            "issued_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        return web.Response(text=json.dumps(body), content_type="application/json")

    def _user(self, authorization: str | None) -> str:
        if authorization is None:
            return ""
        try:
            name, _, password = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        except ValueError:
            name, password = "", ""
        if not name or self.state.users.get(name) != password:
            raise Refusal(401, "UNAUTHORIZED", "incorrect username or password")
        return name
