"""Every blob leaves the source once a run, whoever needs it, wherever it goes.

The board keeps one entry for each digest. Whoever needs the blob somewhere leaves a request; one worker at a time
serves an entry. Its first pass reads the source and writes to one repository of each destination; what is asked for
later, or lies in another repository of a destination that has it by then, is mounted there, or copied from a
repository that holds it. The source is asked again only if nobody holds the blob.
"""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

from mirror.copier.configs import Configs
from mirror.copier.fan_out import fan_out
from mirror.copier.progress import Progress
from mirror.copier.target import Target
from mirror.errors import (
    MirrorError,
    RateLimitError,
    TransportError,
    UnavailableError,
    VerificationError,
)
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest
from mirror.registry.protocols import Mounter, Source
from mirror.transport.retry import RetryPolicy

MAX_TRIES = 3
# For one blob into one target, each with a new upload session, and with a pause between them. The requests inside have
# retries of their own; this is for connections that break in the middle of a body.

_TRANSIENT = (TransportError, UnavailableError, RateLimitError, VerificationError)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one request cost. The bytes of a pass that read the source are charged to one of its requests."""

    uploaded: int = 0
    downloaded: int = 0
    """From the source registry; 0 when it came from a repository that held it."""


@dataclass(slots=True)
class _Request:
    target: Target
    future: Future[Delivered]
    tries: int = 0
    error: MirrorError | None = None
    """How the last of them ended."""


@dataclass(slots=True)
class _Entry:
    descriptor: Descriptor
    source: Source
    waiting: list[_Request] = field(default_factory=list)
    holders: list[Target] = field(default_factory=list)
    futures: dict[Target, Future[Delivered]] = field(default_factory=dict)
    busy: bool = False
    source_failures: int = 0
    expected: int = 0
    """Bytes to read that the run's progress was told of."""
    read: int = 0


class BlobBoard:
    """All blobs of a run. Safe for threads; its workers never wait for one another."""

    def __init__(self, workers: Executor, side: Executor, progress: Progress, retry: RetryPolicy) -> None:
        self._workers = workers
        self._side = side
        self._progress = progress
        self._retry = retry
        self._lock = threading.Lock()
        self.configs = Configs()
        """What the configs say that were read."""
        self._entries: dict[Digest, _Entry] = {}
        self._no_mount: set[str] = set()
        # Destinations that answered a mount with an upload session. Asked once, not for every blob.

    def deliver(
        self,
        source: Source,
        descriptor: Descriptor,
        targets: Sequence[Target],
        *,
        holders: Iterable[Target] = (),
        again: bool = False,
    ) -> dict[Target, Future[Delivered]]:
        """A future for each target, done when the target has the blob. What it cost, whoever asked first is told.

        `holders` are targets known to have it. `again` sends it even where it was delivered before: for a registry
        that said so and then could not find it.
        """
        found: dict[Target, Future[Delivered]] = {}
        asked_before: list[Target] = []
        with self._lock:
            entry = self._entries.setdefault(descriptor.digest, _Entry(descriptor, source))
            for holder in holders:
                if holder not in entry.holders:
                    entry.holders.append(holder)
            for target in targets:
                future = entry.futures.get(target)
                if future is None or (future.done() and (again or future.exception() is not None)):
                    future = entry.futures[target] = Future()
                    entry.waiting.append(_Request(target, future))
                    if again and target in entry.holders:
                        entry.holders.remove(target)
                else:
                    asked_before.append(target)
                found[target] = future
            start = bool(entry.waiting) and not entry.busy
            entry.busy = entry.busy or start
            if len(asked_before) < len(found):
                entry.expected += descriptor.size
                self._progress.expect(descriptor.size)
        if start:
            self._workers.submit(self._serve, entry)
        return {**found, **{target: _at_no_cost(found[target]) for target in asked_before}}

    def _serve(self, entry: _Entry) -> None:
        """Serve an entry until nobody waits."""
        while True:
            with self._lock:
                requests, entry.waiting = entry.waiting, []
                if not requests:
                    entry.busy = False
                    self._expect_no_more(entry, entry.read)
                    return
            try:
                requests = self._after_a_pause(entry, requests)
                self._retry.deadline.check(f"blob {entry.descriptor.digest}")
                self._pass(entry, requests)
            except MirrorError as err:
                self._fail(requests, err)
            except BaseException as err:
                # Nobody may be left waiting for a worker that is gone, now or later.
                with self._lock:
                    requests += entry.waiting
                    entry.waiting, entry.busy = [], False
                self._fail(requests, err)
                raise

    def _after_a_pause(self, entry: _Entry, requests: list[_Request]) -> list[_Request]:
        """Those that are to be tried again, or for the first time. Damaged bytes are read again at once."""
        errors: dict[int, tuple[MirrorError, list[_Request]]] = {}
        for request in requests:
            if request.error is not None and not isinstance(request.error, VerificationError):
                errors.setdefault(id(request.error), (request.error, []))[1].append(request)
        for error, having in errors.values():
            try:
                self._retry.pause(error, max(1, entry.source_failures, *(request.tries for request in having)))
            except MirrorError as err:
                self._fail(having, err)
        return [request for request in requests if not request.future.done()]

    def _pass(self, entry: _Entry, requests: list[_Request]) -> None:
        requests = [request for request in requests if not self._mounted(entry, request)]
        if not requests:
            return
        now, later = self._first_of_each_destination(requests)
        with self._lock:
            holder = next((h for h in entry.holders if all(h != request.target for request in now)), None)
        source = self.configs.overhear(holder.store if holder else entry.source, entry.descriptor)
        by_target = {request.target: request for request in now}

        def moved(downloaded: int, uploaded: int) -> None:
            entry.read += downloaded
            self._progress.bytes(downloaded, uploaded)

        try:
            delivery = fan_out(source, entry.descriptor, list(by_target), self._side, moved)
        except MirrorError as err:
            self._reader_failed(entry, holder, requests, err)
            return
        downloaded = 0 if holder else entry.descriptor.size
        for target in delivery.delivered:
            self._holds(entry, target)
            by_target[target].future.set_result(Delivered(entry.descriptor.size, downloaded))
            downloaded = 0
        for target, error in delivery.failed.items():
            self._again_or_fail(entry, by_target[target], error)
        with self._lock:
            entry.waiting.extend(later)

    def _first_of_each_destination(self, requests: list[_Request]) -> tuple[list[_Request], list[_Request]]:
        """Where mounting may work, one repository of a destination is enough; the others follow from it."""
        now: list[_Request] = []
        later: list[_Request] = []
        seen: set[str] = set()
        for request in requests:
            name = request.target.destination
            (later if name in seen and self._may_mount(request.target) else now).append(request)
            seen.add(name)
        return now, later

    def _may_mount(self, target: Target) -> bool:
        return target.destination not in self._no_mount and isinstance(target.store, Mounter)

    def _mounted(self, entry: _Entry, request: _Request) -> bool:
        target = request.target
        with self._lock:
            of_registry = (h for h in entry.holders if h.destination == target.destination and h != target)
            holder = next(of_registry, None)
        if holder is None or not self._may_mount(target) or not isinstance(target.store, Mounter):
            return False
        try:
            done = target.store.mount_blob(entry.descriptor, from_repository=holder.repository)
        except MirrorError:
            return False  # always optional: the copy that follows shows whether anything is really wrong
        if not done:
            self._no_mount.add(target.destination)
            return False
        self._holds(entry, target)
        with self._lock:
            self._expect_no_more(entry, max(entry.read, entry.expected - entry.descriptor.size))
        request.future.set_result(Delivered())
        return True

    def _expect_no_more(self, entry: _Entry, size: int) -> None:
        """Of this blob. What is mounted is not read, and what broke is read twice."""
        self._progress.expect(size - entry.expected)
        entry.expected = size

    def _holds(self, entry: _Entry, target: Target) -> None:
        with self._lock:
            entry.holders.append(target)

    def _reader_failed(self, entry: _Entry, holder: Target | None, requests: list[_Request], err: MirrorError) -> None:
        """A holder that cannot be read is forgotten; the source is tried a few times."""
        if holder is None:
            entry.source_failures += 1
            if entry.source_failures >= MAX_TRIES or not isinstance(err, _TRANSIENT):
                self._fail(requests, err)
                return
        for request in requests:
            request.error = None if holder else err  # somebody else has it, too
        with self._lock:
            entry.holders = [each for each in entry.holders if each != holder]
            entry.waiting.extend(requests)

    def _again_or_fail(self, entry: _Entry, request: _Request, err: MirrorError) -> None:
        request.tries += 1
        request.error = err
        if request.tries < MAX_TRIES and isinstance(err, _TRANSIENT):
            with self._lock:
                entry.waiting.append(request)
        else:
            request.future.set_exception(err)

    @staticmethod
    def _fail(requests: list[_Request], err: BaseException) -> None:
        for request in requests:
            if not request.future.done():
                request.future.set_exception(err)


def _at_no_cost(future: Future[Delivered]) -> Future[Delivered]:
    """Done when `future` is, for somebody else whose image has the same blob: its bytes are charged once."""
    mine: Future[Delivered] = Future()

    def follow(done: Future[Delivered]) -> None:
        error = done.exception()
        if error is not None:
            mine.set_exception(error)
        else:
            mine.set_result(Delivered())

    future.add_done_callback(follow)
    return mine
