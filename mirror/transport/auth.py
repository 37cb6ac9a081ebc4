"""Answers a registry's challenges (distribution project, *Token Authentication*)."""

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlencode, urljoin

from mirror.errors import CredentialsError, TransportError, UnavailableError
from mirror.transport.answers import error_for
from mirror.transport.challenge import Challenge, choose, parse_challenges
from mirror.transport.client import Client, Request, Response
from mirror.transport.connection import Origin

DEFAULT_TOKEN_SECONDS = 60.0
# What the token specification says when `expires_in` is left out.

RENEW_AT = 0.8
# Of a token's life: a request that starts now must not find it expired on arrival.


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password or access token. Never printed."""

    username: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The value of an Authorization header."""
        return "Basic " + b64encode(f"{self.username}:{self.password}".encode()).decode()


CredentialsSource = Callable[[], Credentials | None]
"""Asked whenever credentials are needed, so that they may expire and be renewed; `None` means anonymous."""


@runtime_checkable
class Renewable(Protocol):
    """A `CredentialsSource` whose credentials may expire unnoticed: the machine slept, or somebody revoked them."""

    def renew(self, refused: str | None) -> bool:
        """Whether the next call may bring others than those that were `refused` (as `Credentials.basic`; `None`: in
        whatever form). Not where they are so fresh that they were refused for another reason.
        """


@dataclass(slots=True)
class _Token:
    header: str
    renew_at: float


class Authenticator:
    """One registry's tokens, by scope. Safe for threads: one thread fetches a token, the others wait for it.

    `alone` has the first request go alone, so that it alone can be refused for want of a token and the others know what
    to bring: for registries that are expected to ask for one. `challenge` is one that is known beforehand.
    `preemptive_basic` sends user name and password without being asked, as ECR wants it. `direct_bearer` is
    ECR Public's other way: where its token service does not take the exchange, the authorization token itself is
    the bearer token.
    """

    def __init__(
        self,
        client: Client,
        origin: Origin,
        credentials: CredentialsSource,
        *,
        preemptive_basic: bool = False,
        direct_bearer: bool = False,
        alone: bool = False,
        challenge: Challenge | None = None,
    ) -> None:
        self._client = client
        self._origin = origin
        self._credentials = credentials
        self._direct_bearer = direct_bearer
        self._challenge = Challenge("basic", {}) if preemptive_basic else challenge
        self._tokens: dict[str, _Token] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self._first = threading.Lock()
        self._met = self._challenge is not None or not alone

    @contextmanager
    def meeting(self) -> Iterator[None]:
        """Around every request; see `alone`."""
        if self._met:
            yield
            return
        with self._first:
            yield
            self._met = True

    def header(self, scope: str) -> str | None:
        """The Authorization header for `scope` (``repository:library/maven:pull``); `None` before any challenge.

        Raises `CredentialsError` when the token service does not accept the credentials: never falls back to
        anonymous, which would spend another quota than the one that was meant.
        """
        challenge = self._challenge
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            credentials = self._credentials()
            return credentials.basic if credentials else None
        key = challenge.parameters.get("scope", "") if self._has_fixed_scope(challenge) else scope
        token = self._tokens.get(key)
        if token is not None and self._client.clock.monotonic() < token.renew_at:
            return token.header
        with self._lock_for(key):
            token = self._tokens.get(key)
            if token is None or self._client.clock.monotonic() >= token.renew_at:
                token = self._fetch(challenge, key)
                self._tokens[key] = token
            return token.header

    def challenged(self, response: Response, *, sent: str | None) -> bool:
        """Take in a 401. Whether trying again, with what `header` says now, can change the answer.

        `sent` is the Authorization header that was refused. A token that was refused is forgotten once; the
        same answer to a fresh one is final.
        """
        challenge = choose(parse_challenges(response.headers.get_all("WWW-Authenticate") or ()))
        if challenge is None:
            return False
        with self._lock:
            first = self._challenge is None or (sent is None and self._challenge.scheme != challenge.scheme)
            if first or challenge.scheme == "bearer":
                self._challenge = challenge
        if sent is None:
            return True
        with self._lock:
            stale = [key for key, token in self._tokens.items() if token.header == sent]
            for key in stale:
                del self._tokens[key]
        return bool(stale) or (challenge.scheme == "bearer" and sent.startswith("Basic "))

    def expired(self, *, sent: str | None) -> bool:
        """Whether trying again can change a refusal, because `sent` was made of credentials that may have expired.

        ECR says 403 to a token that is over, as it does to what is not allowed.
        """
        source: object = self._credentials
        if sent is None or not isinstance(source, Renewable):
            return False
        if sent.startswith("Basic "):
            return source.renew(sent)
        with self._lock:
            stale = [key for key, token in self._tokens.items() if token.header == sent]
        if stale and not source.renew(None):
            return False
        with self._lock:
            for key in stale:
                self._tokens.pop(key, None)
        return True

    @staticmethod
    def _has_fixed_scope(challenge: Challenge) -> bool:
        """ECR Public asks for the scope ``aws`` whatever the repository."""
        scope = challenge.parameters.get("scope", "")
        return bool(scope) and not scope.startswith("repository:")

    def _lock_for(self, key: str) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())

    def _fetch(self, challenge: Challenge, scope: str) -> _Token:
        realm = self._realm(challenge)
        query = [("service", challenge.parameters.get("service", "")), ("scope", scope)]
        url = realm + ("&" if "?" in realm else "?") + urlencode([(k, v) for k, v in query if v])
        credentials = self._credentials()
        headers = {"Authorization": credentials.basic} if credentials else {}
        response = self._client.send(Request("GET", url, headers))
        now = self._client.clock.monotonic()
        if response.status in {400, 401, 403, 404, 405} and credentials is not None:
            if self._direct_bearer:
                header = "Bearer " + credentials.basic.removeprefix("Basic ")
                return _Token(header, now + DEFAULT_TOKEN_SECONDS)
            if response.status in {401, 403}:
                raise CredentialsError(
                    f"{self._origin}: the token service refuses the user name and token (HTTP {response.status})",
                    advice="Check the user name and the access token; the run does not fall back to anonymous.",
                )
        if response.status != 200:
            raise error_for(response, what=f"token service of {self._origin}", now=self._client.clock.wall())
        return self._read(response, now)

    def _read(self, response: Response, now: float) -> _Token:
        try:
            document: Any = json.loads(response.body)
            token = document.get("token") or document["access_token"]
            seconds = float(document.get("expires_in") or DEFAULT_TOKEN_SECONDS)
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            msg = f"token service of {self._origin}: the answer holds no token"
            raise UnavailableError(msg, status=response.status) from err
        return _Token(f"Bearer {token}", now + RENEW_AT * seconds)

    def _realm(self, challenge: Challenge) -> str:
        """Where tokens are had. A password never leaves over plain HTTP when the registry itself speaks TLS."""
        named = challenge.parameters.get("realm", "")
        try:
            realm = urljoin(str(self._origin), named)
            is_plain = Origin.of(realm).scheme != "https"
        except ValueError as err:
            raise UnavailableError(f"{self._origin}: {named!r} is no token service", status=401) from err
        if self._origin.scheme == "https" and is_plain:
            raise TransportError(f"{self._origin}: the token service {realm} is not https")
        return realm
