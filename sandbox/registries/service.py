"""What all HTTP services of the sandbox have in common: the access log, faults, and errors as answers."""

import asyncio
from abc import ABC, abstractmethod

from aiohttp import web

from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.answers import Refusal
from sandbox.registries.faults import Fault, Faults

HALF_SECONDS = 60.0
# Whoever looks at half a download has looked by then.


class Service(ABC):
    """One HTTP service. Subclasses say what a request asks (`describe`) and answer it (`answer`)."""

    def __init__(self, name: str, log: AccessLog, faults: Faults) -> None:
        self.name = name
        self.log = log
        self.faults = faults

    @abstractmethod
    def describe(self, request: web.Request) -> Entry:
        """The request, as the access log has it."""

    @abstractmethod
    async def answer(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        """The answer; may raise `Refusal`, and set `entry.user`."""

    def failed(self, entry: Entry) -> None:  # noqa: B027 - a hook that most services have no use for
        """A fault came instead of the answer to this request."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, or fail as a fault wants it, and log it."""
        entry = self.describe(request)
        fault = self.faults.take(entry.registry, entry.method, entry.action, entry.repository, entry.reference)
        try:
            if fault is not None and (fault.drop or fault.hang or fault.status):
                self.failed(entry)
            if fault is not None and fault.hang and fault.cut_after is None:
                return await self._silent(request)
            if fault is not None and fault.drop:
                return self._dropped(request)
            if fault is not None and fault.status:
                await request.read()
                return self._counted(entry, web.Response(status=fault.status, body=fault.body, headers=fault.headers))
            try:
                response = await self.answer(request, entry)
            except Refusal as refusal:
                response = refusal.response()
            except ConnectionResetError:
                return self._dropped(request)  # whoever asked has hung up, and hears no answer
            if fault is not None and fault.lost:
                self._counted(entry, response)
                return self._dropped(request)
            if fault is not None and isinstance(response, web.Response):
                return await self._damaged(request, response, fault, entry)
            return self._counted(entry, response)
        finally:
            entry.bytes_in = request.content.total_bytes
            self.log.add(entry)

    @staticmethod
    def _counted(entry: Entry, response: web.StreamResponse) -> web.StreamResponse:
        entry.status = response.status
        body = response.body if isinstance(response, web.Response) else None
        entry.bytes_out = len(body) if isinstance(body, bytes) and entry.method != "HEAD" else 0
        return response

    @staticmethod
    def _dropped(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    @staticmethod
    async def _silent(request: web.Request) -> web.Response:
        while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - aiohttp tells nobody
            await asyncio.sleep(0.02)
        return web.Response()

    async def _damaged(
        self, request: web.Request, response: web.Response, fault: Fault, entry: Entry
    ) -> web.StreamResponse:
        body = response.body if isinstance(response.body, bytes) else b""
        if fault.corrupt and body:
            response.body = bytes([body[0] ^ 0xFF]) + body[1:]
        if fault.cut_after is None and fault.half_until is None:
            return self._counted(entry, response)
        streamed = web.StreamResponse(status=response.status, headers=response.headers)
        streamed.content_length = len(body)
        await streamed.prepare(request)
        if fault.half_until is not None:
            half = len(body) // 2
            await streamed.write(body[:half])
            await asyncio.to_thread(fault.half_until.wait, HALF_SECONDS)
            await streamed.write(body[half:])
            self._counted(entry, response)
            return streamed
        cut = len(body) if fault.cut_after is None else fault.cut_after
        await streamed.write(body[:cut])
        entry.status, entry.bytes_out = response.status, min(len(body), cut)
        if fault.hang:
            await self._silent(request)
        if request.transport is not None:
            request.transport.close()  # after what was written has been sent
        return streamed
