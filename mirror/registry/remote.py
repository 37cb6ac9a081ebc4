"""A registry that speaks the distribution specification over HTTP."""

import json
import threading
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager

from mirror.errors import DeniedError, RepositoryNotFoundError, TagImmutableError, UnavailableError, UnsupportedError
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import Digest, parse_digest
from mirror.oci.manifest import Manifest, parse_manifest
from mirror.oci.reference import TAG_PATTERN
from mirror.oci.referrers import described, referrers_index
from mirror.registry import blobs, deletion, urls
from mirror.registry.lookups import side_by_side
from mirror.registry.protocols import HeldTag, Listing, PullQuota, Upload
from mirror.registry.quota import PullMeter
from mirror.transport.client import Response
from mirror.transport.session import Ask, Session

TAGS_PAGE = 1000
# More than any registry gives on one page; it answers with what it likes.

_ACCEPT = {"Accept": media_types.ACCEPT}
_NOT_FOUND = frozenset({404})
_NO_API = frozenset({404, 405})
# The specification has 404 for it; some say that the method is not allowed.


class RemoteRegistry:
    """A registry behind one `Session`. `lookups` runs what can be asked side by side."""

    def __init__(
        self, session: Session, lookups: Executor, *, host: str, meter: PullMeter | None = None, path: str = ""
    ) -> None:
        self.session = session
        self.lookups = lookups
        self.host = host
        """As it stands in references: ``docker.io``, ``localhost:5000``."""
        self.path = path
        """What stands before every repository's name: ECR Public's alias."""
        self.meter = meter or PullMeter()
        self.has_referrers_api = True
        """Until it says that it does not know it."""
        self.listing = threading.Lock()
        """Held while a list of referrers is changed, where that is left to clients."""

    def repository(self, name: str) -> "RemoteRepository":
        """One of its repositories, by the name without `path`; nothing is asked yet."""
        return RemoteRepository(self, name)

    def pull_name(self, name: str) -> str:
        """What a `FROM` line says: host, path and repository."""
        return "/".join(part for part in (self.host, self.path, name) if part)


class RemoteRepository:
    """`Source`, `Destination`, `Deleter`, `Mounter`, `PullLimited` and `Referrers` over HTTP."""

    def __init__(self, registry: RemoteRegistry, name: str) -> None:
        self.registry = registry
        self._session = registry.session
        self._short = name
        self._path = "/".join(part for part in (registry.path, name) if part)
        self._pull = f"repository:{self._path}:pull"
        self._push = f"repository:{self._path}:pull,push"
        # The scope of a question follows from the question; a token for both is fetched only for writing.

    @property
    def name(self) -> str:
        """See `Source`."""
        return self.registry.pull_name(self._short)

    def resolve(self, reference: str) -> Descriptor | None:
        """See `Source`."""
        response = self._manifest("HEAD", reference, self._scope(), accept=_NOT_FOUND)
        if response.status == 404:
            return None
        digest, size = response.header("Docker-Content-Digest"), response.header("Content-Length")
        media_type = (response.header("Content-Type") or "").partition(";")[0].strip()
        if digest is None or not (size or "").isdigit():
            # The header is optional in the specification. Only the content can tell then.
            return self.fetch_manifest(reference).descriptor
        return Descriptor(media_type=media_type, digest=self._parse(digest, response), size=int(size or 0))

    def fetch_manifest(self, reference: str) -> Manifest:
        """See `Source`."""
        self.registry.meter.count()
        response = self._manifest("GET", reference, self._scope())
        named = reference if ":" in reference else response.header("Docker-Content-Digest")
        return parse_manifest(
            response.body,
            media_type=response.header("Content-Type") or "",
            expected=self._parse(named, response) if named else None,
        )

    @contextmanager
    def open_blob(self, descriptor: Descriptor) -> Iterator[Iterator[memoryview]]:
        """See `Source`."""
        pieces = blobs.read_blob(self._session, self._path, descriptor, self._scope())
        try:
            yield pieces
        finally:
            pieces.close()  # type: ignore[attr-defined]  # a generator, seen as the iterator that callers need

    def tags(self) -> Iterator[str]:
        """See `Source`."""
        path: str | None = urls.tags(self._path, TAGS_PAGE)
        read: set[str] = set()
        while path is not None:
            if path in read:
                raise UnavailableError(f"tags of {self.name}: the pages lead back to one that was read", status=200)
            read.add(path)
            response = self._session.request(Ask("GET", path, f"tags of {self.name}", "tags", self._scope()))
            try:
                found = list(json.loads(response.body).get("tags") or ())
            except (ValueError, AttributeError, TypeError, RecursionError) as err:
                raise UnavailableError(f"tags of {self.name}: not a list", status=response.status) from err
            # What is no tag by the specification could not be asked for.
            yield from (tag for tag in found if isinstance(tag, str) and TAG_PATTERN.fullmatch(tag))
            following = urls.next_page(response.header("Link"))
            path = self._session.resolve(response, following) if following else None

    def digests_of(self, tags: Collection[str]) -> Mapping[str, Digest | None]:
        """See `Destination`: a HEAD each, side by side."""
        wanted = list(dict.fromkeys(tags))
        found = side_by_side(self.registry.lookups, self.resolve, wanted)
        return {tag: each.digest if each else None for tag, each in zip(wanted, found, strict=True)}

    def missing_blobs(self, descriptors: Collection[Descriptor]) -> frozenset[Digest]:
        """See `Destination`: a HEAD each, side by side."""
        wanted = list(dict.fromkeys(descriptor.digest for descriptor in descriptors))
        found = side_by_side(self.registry.lookups, self._has_blob, wanted)
        return frozenset(digest for digest, there in zip(wanted, found, strict=True) if not there)

    def has_manifest(self, digest: Digest) -> bool:
        """See `Destination`."""
        return self._manifest("HEAD", digest, self._scope(), accept=_NOT_FOUND).status != 404

    def open_upload(self, descriptor: Descriptor) -> Upload:
        """See `Destination`."""
        return blobs.open_upload(self._session, self._path, descriptor, self._push)

    def push_manifest(self, manifest: Manifest, *, tag: str | None = None) -> None:
        """See `Destination`."""
        reference = tag or manifest.digest
        headers = {"Content-Type": manifest.media_type}
        path = urls.manifest(self._path, reference)
        what = f"manifest {reference} to {self.name}"
        try:
            response = self._session.request(Ask("PUT", path, what, "put", self._push, headers, manifest.raw))
        except TagImmutableError:
            if tag is not None and self._points_at(tag, manifest.digest):
                return  # set already: by a try whose answer was lost, or by another run
            raise
        said = response.header("Docker-Content-Digest")
        if said is not None and said != manifest.digest:
            msg = f"{what}: stored as {said}, sent as {manifest.digest}"
            raise UnavailableError(msg, status=response.status, advice="The registry changed the manifest.")
        if manifest.subject is not None and response.header("OCI-Subject") is None:
            self._list_by_tag(manifest, manifest.subject.digest)

    def _points_at(self, tag: str, digest: Digest) -> bool:
        held = self.resolve(tag)
        return held is not None and held.digest == digest

    def held_tags(self) -> Mapping[str, HeldTag]:
        """See `Deleter`; the protocol does not tell when a tag was pushed."""
        found = self.digests_of(list(self.tags()))
        return {tag: HeldTag(digest) for tag, digest in found.items() if digest is not None}

    def delete_tags(self, tags: Mapping[str, Digest]) -> Mapping[str, str | None]:
        """See `Deleter`."""
        return deletion.delete(self, tags, self._remove)

    def _remove(self, reference: str) -> None:
        scope = f"repository:{self._path}:pull,delete"
        what = f"removing {self.name}{_joined(reference)}"
        self._session.request(Ask("DELETE", urls.manifest(self._path, reference), what, "delete", scope))

    def mount_blob(self, descriptor: Descriptor, *, from_repository: str) -> bool:
        """See `Mounter`."""
        source = "/".join(part for part in (self.registry.path, from_repository) if part)
        scope = f"{self._push} repository:{source}:pull"
        return blobs.mount(self._session, self._path, descriptor, source, scope)

    def quota(self) -> PullQuota | None:
        """See `PullLimited`."""
        return self.registry.meter.last

    def list_referrers(self, digest: Digest) -> Listing:
        """See `Referrers`. That a registry does not know the API is found out once."""
        found: list[Descriptor] = []
        path: str | None = urls.referrers(self._path, digest)
        what = f"referrers of {digest} in {self.name}"
        while path is not None and self.registry.has_referrers_api:
            response = self._session.request(Ask("GET", path, what, "tags", self._scope(), accept=_NO_API))
            if response.status in _NO_API:
                if isinstance(self._session.error(what, response), RepositoryNotFoundError):
                    return Listing()
                self.registry.has_referrers_api = False
                break
            found += parse_manifest(response.body, media_type=media_types.OCI_INDEX).children
            following = urls.next_page(response.header("Link"))
            path = self._session.resolve(response, following) if following else None
        if self.registry.has_referrers_api:
            return Listing(tuple(found))
        # Asked for by HEAD, which costs no pull.
        return Listing(index=self.resolve(_fallback_tag(digest)))

    def referrers(self, digest: Digest) -> tuple[Descriptor, ...]:
        """See `Referrers`."""
        listing = self.list_referrers(digest)
        return listing.referrers if listing.index is None else self.fetch_manifest(listing.index.digest).children

    def _list_by_tag(self, referrer: Manifest, subject: Digest) -> None:
        """A registry without the referrers API leaves the list to its clients (*Pushing Manifests with Subject*)."""
        with self.registry.listing:  # reading, adding and writing are one
            listed = self.referrers(subject)
            if self.registry.has_referrers_api or referrer.digest in {descriptor.digest for descriptor in listed}:
                return
            self.push_manifest(referrers_index([*listed, described(referrer)]), tag=_fallback_tag(subject))

    def _scope(self) -> str:
        return self._pull

    def _manifest(self, method: str, reference: str, scope: str, *, accept: frozenset[int] = frozenset()) -> Response:
        path = urls.manifest(self._path, reference)
        action = "head" if method == "HEAD" else "get"
        return self._session.request(
            Ask(method, path, f"{self.name}{_joined(reference)}", action, scope, _ACCEPT, accept=accept)
        )

    def _has_blob(self, digest: Digest) -> bool:
        ask = Ask("HEAD", urls.blob(self._path, digest), f"blob {digest}", "head", self._scope(), accept=_NOT_FOUND)
        try:
            return self._session.request(ask).status != 404
        except DeniedError:
            # ECR Public answers 401 to HEAD on blobs though everything else is allowed (containers-roadmap #2671):
            # "do not know", so the blob is sent; bad credentials show themselves there.
            return False

    def _parse(self, text: str, response: Response) -> Digest:
        try:
            return parse_digest(text)
        except ValueError as err:
            raise UnsupportedError(f"{self.name}: {err} (HTTP {response.status})") from err


def _fallback_tag(subject: Digest) -> str:
    """Under which a registry without the referrers API has the list (*Referrers Tag Schema*)."""
    return subject.replace(":", "-", 1)


def _joined(reference: str) -> str:
    return f"@{reference}" if ":" in reference else f":{reference}"
