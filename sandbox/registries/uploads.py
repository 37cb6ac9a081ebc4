"""Uploads of blobs (distribution-spec, *Pushing Blobs*)."""

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass, field

from aiohttp import ClientPayloadError, web

from mirror.oci.digest import Digest, parse_digest
from sandbox.registries.answers import Refusal, empty
from sandbox.registries.store import Repository, Store

_PIECE = 1024 * 1024
_RANGE = re.compile(r"(\d+)-(\d+)")
_HASH_IN_THREAD = 256 * 1024
# Below this, handing the bytes to another thread costs more than hashing them.


@dataclass(slots=True)
class Session:
    """One upload under way."""

    repository: Repository
    content: bytearray = field(default_factory=bytearray)
    first_end: int | None = None
    """Where the first chunk ended."""
    dead: bool = False
    """ECR does not go on with a session after a failure."""


class Uploads:
    """The upload sessions of one registry.

    `breaks_chunks` is ECR's way: PATCH answers 201, the second and later ones with the first one's Range, so whoever
    goes on from there is refused (containers-roadmap #2831); a session in which anything failed is lost
    (apple/containerization #790); nothing can be mounted; and there are no empty blobs (devcontainers/cli #814).
    """

    def __init__(self, store: Store, *, breaks_chunks: bool = False, single_post: bool = True) -> None:
        self._store = store
        self._sessions: dict[str, Session] = {}
        self._breaks_chunks = breaks_chunks
        self._single_post = single_post

    async def start(self, request: web.Request, repository: Repository, base: str) -> web.Response:
        """POST: a session, a mounted blob, or the whole blob at once."""
        mount, source = request.query.get("mount"), request.query.get("from")
        if mount and self._mount(repository, mount, source):
            return empty(201, Location=f"{base}/blobs/{mount}", Docker_Content_Digest=mount)
        number = secrets.token_hex(16)
        session = self._sessions[number] = Session(repository)
        digest = request.query.get("digest")
        if digest and self._single_post:
            await self._receive(request, session)
            return await self._finish(number, session, digest, base)
        return empty(202, Location=f"{base}/blobs/uploads/{number}", Range="0-0", Docker_Upload_UUID=number)

    async def patch(self, request: web.Request, repository: Repository, number: str, base: str) -> web.Response:
        """PATCH: a chunk, which must begin where the last one ended."""
        session = self._session(repository, number)
        self._check_range(request, session)
        await self._receive(request, session)
        end = max(len(session.content) - 1, 0)
        location = f"{base}/blobs/uploads/{number}"
        if session.first_end is None:
            session.first_end = end
        if self._breaks_chunks:
            return empty(201, Location=location, Range=f"0-{session.first_end}")
        return empty(202, Location=location, Range=f"0-{end}")

    async def put(self, request: web.Request, repository: Repository, number: str, base: str) -> web.Response:
        """PUT: the last chunk, or everything, and the end."""
        session = self._session(repository, number)
        digest = request.query.get("digest")
        if not digest:
            raise Refusal(400, "DIGEST_INVALID", "the digest parameter is missing")
        self._check_range(request, session)
        await self._receive(request, session)
        return await self._finish(number, session, digest, base)

    def status(self, repository: Repository, number: str, base: str) -> web.Response:
        """GET: how far it is."""
        end = max(len(self._session(repository, number).content) - 1, 0)
        return empty(204, Location=f"{base}/blobs/uploads/{number}", Range=f"0-{end}")

    def cancel(self, repository: Repository, number: str) -> web.Response:
        """DELETE: forget it."""
        self._session(repository, number)
        del self._sessions[number]
        return empty(204)

    def fail(self, number: str) -> None:
        """A request of the session failed before it was looked at; no such session does no harm."""
        session = self._sessions.get(number)
        if session is not None:
            session.dead = self._breaks_chunks

    def _session(self, repository: Repository, number: str) -> Session:
        session = self._sessions.get(number)
        if session is None or session.repository is not repository:
            raise Refusal(404, "BLOB_UPLOAD_UNKNOWN", "no such upload")
        if session.dead:
            raise _out_of_order(session)
        return session

    def _check_range(self, request: web.Request, session: Session) -> None:
        text = request.headers.get("Content-Range")
        if text is None:
            return
        match = _RANGE.fullmatch(text)
        if match is None or int(match[1]) != len(session.content):
            session.dead = self._breaks_chunks
            raise _out_of_order(session)

    async def _receive(self, request: web.Request, session: Session) -> None:
        try:
            async for piece in request.content.iter_chunked(_PIECE):
                session.content += piece
        except (ConnectionError, ClientPayloadError, asyncio.CancelledError):
            session.dead = self._breaks_chunks
            raise

    async def _finish(self, number: str, session: Session, digest: str, base: str) -> web.Response:
        try:
            wanted = parse_digest(digest)
        except ValueError as err:
            raise Refusal(400, "DIGEST_INVALID", str(err)) from err
        if self._breaks_chunks and not session.content:
            raise Refusal(400, "BLOB_UPLOAD_INVALID", "The upload does not have any parts")
        content = bytes(session.content)
        algorithm = digest.partition(":")[0]
        if len(content) > _HASH_IN_THREAD:
            hashed = await asyncio.to_thread(lambda: hashlib.new(algorithm, content).hexdigest())
        else:
            hashed = hashlib.new(algorithm, content).hexdigest()
        if f"{algorithm}:{hashed}" != digest:
            self.fail(number)
            if not self._breaks_chunks:
                del self._sessions[number]
            raise Refusal(400, "DIGEST_INVALID", "the content is not what the digest says")
        del self._sessions[number]
        with self._store.lock:
            self._store.blobs.setdefault(wanted, content)
            session.repository.blobs.add(wanted)
        return empty(201, Location=f"{base}/blobs/{digest}", Docker_Content_Digest=digest)

    def _mount(self, repository: Repository, digest: str, source: str | None) -> bool:
        other = self._store.get(source or "")
        if other is None or self._breaks_chunks or self._store.blob(other, digest) is None:
            return False
        with self._store.lock:
            repository.blobs.add(Digest(digest))
        return True


def _out_of_order(session: Session) -> Refusal:
    message = f"the chunk does not begin at {len(session.content)}, where the last one ended"
    return Refusal(416, "BLOB_UPLOAD_INVALID", message)
