"""A registry by the book: the distribution specification over a `Store`. Others deviate from it by overriding."""

from aiohttp import web

from sandbox.registries import blobs, manifests
from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.answers import Refusal, empty
from sandbox.registries.faults import Faults
from sandbox.registries.routes import Route, route
from sandbox.registries.service import Service
from sandbox.registries.store import Repository, Store
from sandbox.registries.uploads import Uploads

_VERSION = {"Docker-Distribution-API-Version": "registry/2.0"}
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Distribution(Service):
    """A registry without access control, in which repositories come into being by a push."""

    creates_on_push = True
    largest_page = 1000
    has_referrers_api = True

    def __init__(self, name: str, store: Store, log: AccessLog, faults: Faults, uploads: Uploads | None = None) -> None:
        super().__init__(name, log, faults)
        self.store = store
        self.uploads = uploads or Uploads(store)

    def describe(self, request: web.Request) -> Entry:
        """See `Service`."""
        found = self.find_route(request) or Route("unknown", reference=request.path)
        return Entry(self.name, request.method, found.action, found.repository, found.reference)

    def failed(self, entry: Entry) -> None:
        """See `Service`."""
        if entry.action == "upload":
            self.uploads.fail(entry.reference)

    def find_route(self, request: web.Request) -> Route | None:
        """What is asked; the repository's name is the store's."""
        return route(request.path)

    def base(self, repository: str) -> str:
        """The path below which a repository's endpoints lie."""
        return f"/v2/{repository}"

    async def answer(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        """See `Service`."""
        found = self.find_route(request)
        if found is None:
            raise Refusal(404, "UNSUPPORTED", "no such endpoint")
        await self.authorize(request, found, entry)
        if found.action == "base":
            return web.json_response({}, headers=_VERSION)
        repository = self.repository(request, found)
        return await self.dispatch(request, found, repository)

    async def authorize(self, request: web.Request, found: Route, entry: Entry) -> None:
        """Raise `Refusal` unless this may be done by whoever asks."""

    def repository(self, request: web.Request, found: Route) -> Repository:
        """The repository that is asked for."""
        if self.creates_on_push and request.method in _WRITES and found.action in {"upload", "manifest"}:
            return self.store.create(found.repository)
        repository = self.store.get(found.repository)
        if repository is None:
            raise Refusal(404, "NAME_UNKNOWN", f"repository name not known to registry: {found.repository}")
        return repository

    async def dispatch(self, request: web.Request, found: Route, repository: Repository) -> web.StreamResponse:
        """Answer what is allowed."""
        base = self.base(found.repository)
        match found.action, request.method:
            case "manifest", "GET" | "HEAD":
                return self.read_manifest(request, repository, found.reference)
            case "manifest", "PUT":
                return await self.write_manifest(request, repository, found.reference)
            case "manifest", "DELETE":
                return manifests.delete(self.store, repository, found.reference)
            case "blob", "GET" | "HEAD":
                return self.read_blob(request, repository, found.reference)
            case "blob", "DELETE":
                return self._delete_blob(repository, found.reference)
            case "upload", _:
                return await self._upload(request, found.reference, repository, base)
            case "tags", "GET":
                return manifests.tags(request, repository, self.largest_page)
            case "referrers", "GET" if self.has_referrers_api:
                return manifests.referrers(request, repository, found.reference)
            case "referrers", _:
                raise Refusal(404, "UNSUPPORTED", "no such endpoint")
            case _:
                raise Refusal(405, "UNSUPPORTED", f"{request.method} is not supported here")

    def read_manifest(self, request: web.Request, repository: Repository, reference: str) -> web.StreamResponse:
        """GET and HEAD of a manifest."""
        return manifests.read(request, repository, reference)

    async def write_manifest(self, request: web.Request, repository: Repository, reference: str) -> web.StreamResponse:
        """PUT of a manifest."""
        return await manifests.write(request, self.store, repository, reference, self.base(repository.name))

    def read_blob(self, request: web.Request, repository: Repository, digest: str) -> web.StreamResponse:
        """GET and HEAD of a blob."""
        return blobs.read(request, self.store.blob(repository, digest), digest)

    def _delete_blob(self, repository: Repository, digest: str) -> web.Response:
        if self.store.blob(repository, digest) is None:
            raise Refusal(404, "BLOB_UNKNOWN", f"blob unknown: {digest}")
        with self.store.lock:
            repository.blobs = {blob for blob in repository.blobs if blob != digest}
        return empty(202)

    async def _upload(self, request: web.Request, number: str, repository: Repository, base: str) -> web.StreamResponse:
        match request.method, bool(number):
            case "POST", False:
                return await self.uploads.start(request, repository, base)
            case "PATCH", True:
                return await self.uploads.patch(request, repository, number, base)
            case "PUT", True:
                return await self.uploads.put(request, repository, number, base)
            case "GET", True:
                return self.uploads.status(repository, number, base)
            case "DELETE", True:
                return self.uploads.cancel(repository, number)
            case _:
                raise Refusal(405, "UNSUPPORTED", f"{request.method} is not supported here")
