"""Runs all registries in one background thread with an event loop of its own."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Self

from aiohttp import web

from sandbox.registries.access_log import AccessLog
from sandbox.registries.docker_hub import DockerHub, HubState, TokenService
from sandbox.registries.ecr_api import EcrApi
from sandbox.registries.ecr_registry import EcrRegistry, EcrTokenService
from sandbox.registries.ecr_service import ALIAS, PUBLIC_REGION, Authorize, EcrRegion, EcrService, allow_all
from sandbox.registries.faults import Faults
from sandbox.registries.hub_web import HubWeb
from sandbox.registries.plain import PlainRegistry
from sandbox.registries.signed_urls import ContentHost
from sandbox.registries.store import Store

HOST = "localhost"
# By name, because clients treat it as the loopback host that may be spoken to without TLS.

CONTENT_HOST = "127.0.0.1"

MAX_REQUEST_BYTES = 4 * 1024**3

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Registries:
    """Docker Hub, ECR, ECR Public and any number of plain registries. A context manager."""

    def __init__(self, *, authorize: Authorize = allow_all) -> None:
        self.log = AccessLog()
        self.faults = Faults()
        self.hub = Store()
        self.hub_state = HubState()
        self.private = EcrRegion(authorize)
        self.public = EcrService(PUBLIC_REGION, public=True, authorize=authorize)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runners: list[web.AppRunner] = []
        self.hub_url = ""
        self.ecr_url = ""
        """Of ECR's registries in all regions, and of both APIs."""
        self._public_url = ""

    @property
    def public_url(self) -> str:
        """Where ECR Public's repositories lie: host, port and alias, as in references."""
        return f"{self._public_url.partition('://')[2]}/{ALIAS}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen on ports that the system chooses."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name="registries", daemon=True)
        self._thread.start()
        # Other host names as well as other ports for blobs, as in life: credentials must not follow a redirect.
        state = self.hub_state
        cdn = ContentHost("cdn", self.log, self.faults, lambda: state.now())  # noqa: PLW0108 - `now` may be replaced
        cdn.url = self._serve({"/{tail:.*}": cdn.handle}, host=CONTENT_HOST)
        hub = DockerHub(self.hub, self.log, self.faults, self.hub_state, cdn)
        grants = TokenService(self.log, self.faults, self.hub_state)
        web_interface = HubWeb(self.hub, self.log, self.faults)
        self.hub_url = self._serve(
            {
                "/token": grants.handle,
                "/v2/namespaces/{tail:.*}": web_interface.handle,
                "/v2{tail:.*}": hub.handle,
            }
        )
        layers = ContentHost("layers", self.log, self.faults, monotonic)
        layers.url = self._serve({"/{tail:.*}": layers.handle}, host=CONTENT_HOST)
        public = EcrRegistry(self.log, self.faults, self.public, layers)
        token = EcrTokenService(self.log, self.faults, self.public)
        self._public_url = self._serve({"/token/": token.handle, "/v2{tail:.*}": public.handle})
        private = EcrRegistry(self.log, self.faults, self.private, layers)
        api = EcrApi(self.log, self.faults, self.private, self.public)
        self.ecr_url = self._serve({"/": api.handle, "/v2{tail:.*}": private.handle})
        api.private_host = self.ecr_url.partition("://")[2]
        api.public_host = self._public_url.partition("://")[2]

    def plain(self, name: str, store: Store | None = None, *, user: str = "", password: str = "") -> str:
        """One more registry, open to all or for one user; returns its URL. `name` is how the access log calls it."""
        store = Store() if store is None else store
        registry = PlainRegistry(name, store, self.log, self.faults, user=user, password=password)
        return self._serve({"/{tail:.*}": registry.handle})

    def stop(self) -> None:
        """Close everything; returns when the thread has ended. Once is enough, twice does no harm."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        self._loop = self._thread = None
        asyncio.run_coroutine_threadsafe(self._cleanup(), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.run_forever()

    async def _cleanup(self) -> None:
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))
        await asyncio.get_running_loop().shutdown_default_executor()  # threads that hashed large blobs

    def _serve(self, handlers: dict[str, Handler], *, host: str = HOST) -> str:
        if self._loop is None:
            raise RuntimeError("the registries are not running")
        return asyncio.run_coroutine_threadsafe(self._listen(handlers, host), self._loop).result(timeout=30)

    async def _listen(self, handlers: dict[str, Handler], host: str) -> str:
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        for path, handler in handlers.items():
            app.router.add_route("*", path, handler)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5, keepalive_timeout=60)
        await runner.setup()
        self._runners.append(runner)
        # IPv4 only: where localhost is ::1 first, clients try the next address at once.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        await web.SockSite(runner, listener).start()
        return f"http://{host}:{listener.getsockname()[1]}"
