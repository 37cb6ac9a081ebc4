"""One blob over HTTP: read with resume and verification, or written in two requests."""

from collections.abc import Iterator

from mirror.errors import RefusedError, TransportError, UnavailableError, VerificationError
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest, hasher, matches
from mirror.registry import urls
from mirror.registry.protocols import Piece
from mirror.transport.client import Outgoing, Response
from mirror.transport.clock import Clock
from mirror.transport.session import Ask, Session

PIECE_BYTES = 1024 * 1024
# Large enough that hashing, receiving and sending run outside the interpreter's lock nearly all of the time; one such
# buffer for each blob on its way is all the memory that a blob takes.

MAX_STALLS = 5
# Tries in a row that bring nothing, or crawl. A download that moves on, however often it breaks, is never given up.

CRAWL_SECONDS, CRAWL_BYTES = 60.0, 64 * 1024
# A download that brings less than this in that time is begun anew from where it is: a content network has many
# servers, and one that crawls seldom recovers. Where all of them do, a kilobyte a second is no way to mirror an image.

_NO_MORE = frozenset({416})

VERIFY_SECONDS, VERIFY_BYTES = 60.0, 20 * 1024 * 1024
# A registry may think about an upload for so long, and a second more for each so many bytes of it: it hashes a large
# layer, or moves it within its storage, before it answers.


def read_blob(session: Session, repository: str, descriptor: Descriptor, scope: str) -> Iterator[memoryview]:
    """The blob's bytes in pieces of one buffer, verified at the end; see `Source.open_blob`.

    A broken download continues where it broke, by asking the registry (not the content network that it redirected
    to, whose URL may have expired) for the rest with Range (RFC 9110 §14). It is given up after as many tries in a row
    that bring no byte as the session's other questions get; one that moves on, however often it breaks, never is.
    """
    hashed = hasher(descriptor.digest)
    rest = f"the rest of blob {descriptor.digest}"
    view = memoryview(bytearray(min(PIECE_BYTES, max(descriptor.size, 1))))
    received, stalls = 0, 0
    while True:
        at_start, crawls = received, False
        response = _open_at(session, repository, descriptor, scope, received)
        pace = _Pace(session.client.clock, received)
        try:
            _skip(response, view, received)
            while count := response.readinto(view):
                received += count
                if received > descriptor.size:
                    raise _wrong_size(descriptor, received)
                hashed.update(view[:count])
                yield view[:count]
                if pace.is_crawling(received):
                    crawls = True
                    break
                if received < descriptor.size:  # a layer may take longer than what is left of the run
                    session.retry.deadline.check(rest)
            if received == descriptor.size:
                break
            how = f"hardly moved in the last {CRAWL_SECONDS:.0f} s, after" if crawls else "ended after"
            broken = TransportError(f"blob {descriptor.digest}: {how} {received} of {descriptor.size} bytes")
        except TransportError as err:
            broken = err
        finally:
            response.close()
        stalls = stalls + 1 if crawls or received == at_start else 0
        if stalls > min(MAX_STALLS, session.retry.attempts - 1):
            raise broken
        session.retry.deadline.check(rest)
    if not matches(descriptor.digest, hashed):
        got = f"{descriptor.digest.partition(':')[0]}:{hashed.hexdigest()}"
        what = f"blob of {repository}"
        raise VerificationError(what, expected=descriptor.digest, got=got)


class _Pace:
    """How fast a download is, by windows of `CRAWL_SECONDS`."""

    def __init__(self, clock: Clock, received: int) -> None:
        self._clock = clock
        self._since, self._received = clock.monotonic(), received

    def is_crawling(self, received: int) -> bool:
        now = self._clock.monotonic()
        if now - self._since < CRAWL_SECONDS:
            return False
        crawling = received - self._received < CRAWL_BYTES
        self._since, self._received = now, received
        return crawling


def _open_at(session: Session, repository: str, descriptor: Descriptor, scope: str, offset: int) -> Response:
    what = f"blob {descriptor.digest}"
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    accept = _NO_MORE if offset else frozenset()
    ask = Ask("GET", urls.blob(repository, descriptor.digest), what, "blob", scope, headers, accept=accept)
    response = session.retry.run(lambda: session.once(ask, stream=True))
    if response.status in _NO_MORE:
        response.close()
        raise VerificationError(what, expected=f"{descriptor.size} bytes", got=f"{offset} bytes")
    return response


def _skip(response: Response, view: memoryview, offset: int) -> None:
    """A server may answer a Range with the whole blob; what we have of it is read past."""
    if offset == 0:
        return
    if response.status == 206:
        content_range = response.header("Content-Range") or ""
        start = content_range.removeprefix("bytes").strip().partition("-")[0]
        if start != str(offset):
            raise UnavailableError(f"asked for bytes from {offset}, got {content_range!r}", status=206)
        return
    while offset:
        count = response.readinto(view[: min(len(view), offset)])
        if count == 0:
            raise TransportError("the answer ended before the point where the last one broke")
        offset -= count


def _wrong_size(descriptor: Descriptor, received: int) -> VerificationError:
    return VerificationError(
        f"blob {descriptor.digest}", expected=f"{descriptor.size} bytes", got=f"{received} bytes or more"
    )


class BlobUpload:
    """POST for a session, then one PUT with everything: the only form that every registry takes.

    ECR does not keep chunked PATCH requests apart; and after any failure the session is dead, so there is no resume
    here: whoever reads the blob starts again with a new upload (facts on ECR: containers-roadmap #2831).
    """

    def __init__(self, session: Session, ask: Ask, outgoing: Outgoing, size: int) -> None:
        self._session = session
        self._ask = ask
        self._outgoing = outgoing
        self._size = size

    def write(self, piece: Piece) -> None:
        """See `Upload`. What a registry says before it hangs up, ``413``, is what is wrong, not the broken pipe."""
        try:
            self._outgoing.write(piece)
        except TransportError:
            if self._outgoing.early is not None:
                self._session.judge(self._ask, self._outgoing.early)
            raise

    def commit(self) -> None:
        """See `Upload`; any 2xx is success."""
        seconds = VERIFY_SECONDS + self._size / VERIFY_BYTES
        remaining = self._session.retry.deadline.remaining
        if remaining is not None:
            seconds = min(seconds, max(VERIFY_SECONDS, remaining))
        self._session.judge(self._ask, self._outgoing.finish(seconds=seconds))

    def abort(self) -> None:
        """See `Upload`."""
        self._outgoing.abort()


def open_upload(session: Session, repository: str, descriptor: Descriptor, scope: str) -> BlobUpload:
    """Begin an upload (distribution-spec, *POST then PUT*)."""
    what = f"blob {descriptor.digest} to {repository}"
    response = session.request(Ask("POST", urls.uploads(repository), what, "initiate", scope))
    return _begin(session, response, descriptor.digest, descriptor.size, Ask("PUT", "", what, "complete", scope))


def _begin(session: Session, response: Response, digest: Digest, size: int, ask: Ask) -> BlobUpload:
    location = response.header("Location")
    if location is None:
        raise RefusedError(f"{ask.what}: the registry named no upload URL", status=response.status)
    path = urls.complete(session.resolve(response, location), digest)
    put = Ask(ask.method, path, ask.what, ask.action, ask.scope, {"Content-Type": "application/octet-stream"})
    return BlobUpload(session, put, session.begin(put, size=size), size)


def mount(session: Session, repository: str, descriptor: Descriptor, from_repository: str, scope: str) -> bool:
    """Ask for another repository's blob. An upload session that comes instead is cancelled."""
    what = f"mount {descriptor.digest} in {repository}"
    response = session.request(
        Ask("POST", urls.mount(repository, descriptor.digest, from_repository), what, "initiate", scope)
    )
    if response.status == 201:
        return True
    location = response.header("Location")
    if location is not None:
        cancel = Ask("DELETE", session.resolve(response, location), what, "initiate", scope)
        response = session.once(
            Ask(cancel.method, cancel.path, what, "initiate", scope, accept=frozenset(range(300, 600)))
        )
    return False
