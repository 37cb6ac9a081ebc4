"""Everything between "ask this registry" and an answer: credentials, redirects, rates, retries, typed errors."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin

from mirror.errors import RegistryError, TransportError, UnavailableError
from mirror.transport.answers import error_for
from mirror.transport.auth import Authenticator
from mirror.transport.client import Client, Outgoing, Request, Response
from mirror.transport.connection import Origin
from mirror.transport.health import Health
from mirror.transport.rate import Rates
from mirror.transport.redact import redact_url
from mirror.transport.retry import RetryPolicy

MAX_REDIRECTS = 5
# A content network needs one; more than a few is a loop.

MAX_CHALLENGES = 2
# The first contact, and a token that was revoked before its time.

_UNAUTHORIZED = frozenset({401, 403})
_URL_IS_OVER = frozenset({401, 403, 410})
# From a content network, whose URLs are signed for minutes: another one is to be had from the registry.

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to a registry."""

    method: str
    path: str
    """Below the registry's base URL, or an absolute URL that the registry named (`Location`)."""
    what: str
    """How a message names it: ``maven:3.9``."""
    action: str
    """Which rate bucket it draws from."""
    scope: str = ""
    """The token's scope: ``repository:library/maven:pull``."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    accept: frozenset[int] = frozenset()
    """Statuses outside 2xx that the caller wants to see as an answer, not as an error."""


class Session:
    """One registry, seen through a shared `Client`. Safe for threads.

    Credentials are sent to the registry's own origin only: not along a redirect to another one, and not to an
    upload URL elsewhere. A redirect from https to http is refused.
    """

    def __init__(
        self,
        base_url: str,
        client: Client,
        auth: Authenticator,
        retry: RetryPolicy,
        *,
        rates: Rates | None = None,
        observe: Callable[[Response], None] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.origin = Origin.of(base_url)
        self.client = client
        self.retry = retry
        self._auth = auth
        self._rates = rates or Rates()
        self._observe = observe
        self._health = Health(self.origin, client.clock)

    def request(self, ask: Ask) -> Response:
        """The whole answer, after retries. Statuses other than 2xx and `ask.accept` raise what they mean."""
        return self.retry.run(lambda: self.once(ask))

    def once(self, ask: Ask, *, stream: bool = False) -> Response:
        """Likewise, but a single try, for callers with a retry of their own. With `stream` the body is left to read."""
        url = self._absolute(ask.path)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._authorized(ask, url, stream=stream)
            location = response.header("Location")
            if response.status not in _REDIRECTS or location is None:
                if response.status in _URL_IS_OVER and Origin.of(url) != self.origin:
                    response.read()
                    raise UnavailableError(
                        f"{ask.what}: {Origin.of(url)} does not take the URL that {self.origin} signed "
                        f"(HTTP {response.status})",
                        status=response.status,
                    )
                return self._judge(ask, response)
            response.read()
            url = self._follow(url, location)
        raise TransportError(f"{ask.what}: more than {MAX_REDIRECTS} redirects")

    def begin(self, ask: Ask, *, size: int) -> Outgoing:
        """Start a request whose body of exactly `size` bytes is pushed by the caller. One try; no redirects.

        The registry must have been asked something before, so that a token for the scope is at hand.
        """
        url = self._absolute(ask.path)
        self._admit(ask)
        with self._waiting(url):
            headers = {**ask.headers, **self._credentials(ask, url), "Content-Length": str(size)}
            return self.client.begin(Request(ask.method, url, headers))

    def resolve(self, response: Response, location: str) -> str:
        """The absolute URL of a `Location`, which may be relative to the request's URL."""
        return self._follow(response.request.url, location)

    def judge(self, ask: Ask, response: Response) -> Response:
        """The answer to a pushed request, or the error that it means.

        `UnavailableError` where only a token was over: the caller, who has the body, may begin again.
        """
        self._heard(response.request.url, response)
        if response.status in _UNAUTHORIZED and self._may_be_let_in(response):
            raise UnavailableError(f"{ask.what}: the token ended before the upload began", status=response.status)
        return self._judge(ask, response)

    def error(self, what: str, response: Response) -> RegistryError:
        """What this answer means as an error."""
        return error_for(response, what=what, now=self.client.clock.wall())

    def _authorized(self, ask: Ask, url: str, *, stream: bool) -> Response:
        """One answer, after as many challenges as it takes: none, or a first and then a renewed token."""
        tries = 0
        while True:
            self._admit(ask)
            with self._auth.meeting(), self._waiting(url):
                credentials = self._credentials(ask, url)
                request = Request(ask.method, url, {**ask.headers, **credentials}, ask.body)
                response = self.client.send(request, stream=stream)
                tries += 1
                self._heard(url, response)
                if response.status not in _UNAUTHORIZED or tries > MAX_CHALLENGES or Origin.of(url) != self.origin:
                    break
                if stream:
                    response.read()
                if not self._may_be_let_in(response):
                    break
        if self._observe is not None:
            self._observe(response)
        return response

    def _may_be_let_in(self, response: Response) -> bool:
        """Whether the same request may fare better with other credentials than it had."""
        sent = response.request.headers.get("Authorization")
        if response.status == 401 and self._auth.challenged(response, sent=sent):
            return True
        return self._auth.expired(sent=sent)

    def _admit(self, ask: Ask) -> None:
        """Wait for the rate's leave. `DeadlineError`: after the run's deadline nobody is asked anything."""
        self._rates.take(ask.action)
        self.retry.deadline.check(ask.what)

    @contextmanager
    def _waiting(self, url: str) -> Iterator[None]:
        """Around what this registry, or its token service, is to answer; see `Health`."""
        if Origin.of(url) != self.origin:
            yield
            return
        self._health.check()
        began = self.client.clock.monotonic()
        try:
            yield
        except TransportError as err:
            self._health.silent(began, str(err))
            raise

    def _heard(self, url: str, response: Response) -> None:
        if Origin.of(url) != self.origin:
            return
        if response.status == 429 and not self.retry.waits_out_limits:
            self._health.silent(self.client.clock.monotonic(), f"HTTP {response.status}", is_later=True)
        else:
            self._health.answered()

    def _credentials(self, ask: Ask, url: str) -> dict[str, str]:
        if Origin.of(url) != self.origin:
            return {}
        header = self._auth.header(ask.scope)
        return {"Authorization": header} if header else {}

    def _judge(self, ask: Ask, response: Response) -> Response:
        if 200 <= response.status < 300 or response.status in ask.accept:
            return response
        if not response.body and ask.method != "HEAD":
            response.read()
        response.close()
        raise self.error(ask.what, response)

    def _absolute(self, path: str) -> str:
        return path if path.startswith(("http://", "https://")) else f"{self.base_url}/{path.lstrip('/')}"

    def _follow(self, url: str, location: str) -> str:
        try:
            target = urljoin(url, location)
            is_plain = Origin.of(target).scheme != "https"
        except ValueError as err:
            raise TransportError(f"{redact_url(url)} points to where nobody can go: {err}") from err
        if Origin.of(url).scheme == "https" and is_plain:
            raise TransportError(f"{redact_url(url)} redirects to plain http: refused")
        return target
