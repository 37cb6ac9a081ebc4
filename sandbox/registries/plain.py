"""An ordinary registry, as people run one themselves: by the book, with a password if wanted."""

import hmac
from base64 import b64decode

from aiohttp import web

from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.answers import Refusal
from sandbox.registries.distribution import Distribution
from sandbox.registries.faults import Faults
from sandbox.registries.routes import Route
from sandbox.registries.store import Store


class PlainRegistry(Distribution):
    """Repositories come into being by a push. Open to everybody unless there is a user."""

    def __init__(
        self, name: str, store: Store, log: AccessLog, faults: Faults, *, user: str = "", password: str = ""
    ) -> None:
        super().__init__(name, store, log, faults)
        self._user = user
        self._password = password

    async def authorize(self, request: web.Request, found: Route, entry: Entry) -> None:  # noqa: ARG002 - as `Distribution` has it
        """HTTP Basic."""
        if not self._user:
            return
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic" or not self._is_known(value):
            challenge = {"WWW-Authenticate": f'Basic realm="{self.name}"'}
            raise Refusal(401, "UNAUTHORIZED", "authentication required", headers=challenge)
        entry.user = self._user

    def _is_known(self, value: str) -> bool:
        try:
            given = b64decode(value, validate=True)
        except ValueError:
            return False
        return hmac.compare_digest(given, f"{self._user}:{self._password}".encode())
