"""Authorization tokens of ECR and ECR Public: user name ``AWS`` and a password good for twelve hours."""

import threading
from base64 import b64decode
from typing import Any

from mirror.errors import UnavailableError
from mirror.registry import aws
from mirror.transport.auth import Credentials
from mirror.transport.clock import Clock

RENEW_AFTER_SECONDS = 6 * 3600.0
# Half of a token's life. Longer than CodeBuild's longest build needs, but this also runs elsewhere.

YOUNG_SECONDS = 60.0
# A token of that age that is refused is refused for another reason than its age.


class EcrCredentials:
    """Asks for a token when there is none that is young enough. Safe for threads."""

    def __init__(self, api: Any, clock: Clock, *, public: bool) -> None:
        self._api = api
        self._clock = clock
        self._public = public
        self._lock = threading.Lock()
        self._credentials: Credentials | None = None
        self._fetched = (0.0, 0.0)
        self.endpoint = ""
        """The private registry's URL, as the token's answer names it; empty before the first answer."""

    def __call__(self) -> Credentials:
        """See `CredentialsSource`."""
        with self._lock:
            if self._credentials is None or self._age >= RENEW_AFTER_SECONDS:
                self._credentials = self._fetch()
                self._fetched = (self._clock.monotonic(), self._clock.wall())
            return self._credentials

    def renew(self, refused: str | None) -> bool:
        """See `Renewable`."""
        with self._lock:
            if self._credentials is None or refused not in {None, self._credentials.basic}:
                return True  # somebody else was refused before, and has seen to it
            if self._age < YOUNG_SECONDS:
                return False
            self._credentials = None
            return True

    @property
    def _age(self) -> float:
        """By both clocks: the monotonic one stands still while a laptop sleeps, the other may be set back."""
        monotonic, wall = self._fetched
        return max(self._clock.monotonic() - monotonic, self._clock.wall() - wall)

    def _fetch(self) -> Credentials:
        what = "authorization token of " + ("ECR Public" if self._public else "ECR")
        with aws.translated(what):
            data = self._api.get_authorization_token()["authorizationData"]
        entry = data if self._public else data[0]
        self.endpoint = str(entry.get("proxyEndpoint") or "")
        username, colon, password = b64decode(entry["authorizationToken"]).decode().partition(":")
        if not colon:
            raise UnavailableError(f"{what}: not a user name and a password", status=200)
        return Credentials(username, password)
