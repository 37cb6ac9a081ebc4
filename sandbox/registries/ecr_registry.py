"""The registry protocol as Amazon ECR and ECR Public speak it, with their deviations.

Each has a host of its own, because clients ask a host once how to authenticate. What deviates, and why we believe so,
stands beside each deviation; everything else is `Distribution`.
"""

import json
from base64 import b64decode
from typing import Final

from aiohttp import web

from mirror.oci import media_types
from sandbox.registries import blobs, manifests
from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.answers import Refusal
from sandbox.registries.distribution import Distribution
from sandbox.registries.ecr_service import ACCOUNT, ALIAS, ANONYMOUS, EcrRegion, EcrService
from sandbox.registries.faults import Faults
from sandbox.registries.routes import Route, route
from sandbox.registries.service import Service
from sandbox.registries.signed_urls import ContentHost
from sandbox.registries.store import Repository, Store
from sandbox.registries.uploads import Uploads

SERVICE = web.RequestKey("service", EcrService)
"""Whose registry is asked."""

_ACTIONS: Final = {
    ("manifest", "GET"): ("BatchGetImage",),
    ("manifest", "HEAD"): ("BatchGetImage",),
    ("manifest", "PUT"): ("PutImage",),
    ("manifest", "DELETE"): ("BatchDeleteImage",),
    ("blob", "GET"): ("GetDownloadUrlForLayer",),
    ("blob", "HEAD"): ("BatchCheckLayerAvailability",),
    ("upload", "POST"): ("InitiateLayerUpload",),
    ("upload", "GET"): ("UploadLayerPart",),
    ("upload", "PATCH"): ("UploadLayerPart",),
    ("upload", "PUT"): ("UploadLayerPart", "CompleteLayerUpload"),
    ("tags", "GET"): ("ListImages",),
    ("referrers", "GET"): ("BatchGetImage",),
}
"""What IAM is asked for each request. What is not here, ECR does not do."""

URL_SECONDS = 3600.0
"""How long a layer's URL is good for."""

_IMAGE_CONFIGS: Final = frozenset({media_types.OCI_CONFIG, media_types.DOCKER_CONFIG})


class EcrRegistry(Distribution):
    """The private registries of all regions, or the public registry (`public`).

    There is one host for all regions: the region is the one whose token it is, where on AWS the host name says so.
    """

    creates_on_push = False  # "The repository with name … does not exist": ECR has no repositories on push

    def __init__(self, log: AccessLog, faults: Faults, services: EcrRegion | EcrService, content: ContentHost) -> None:
        self._public = isinstance(services, EcrService)
        super().__init__("public" if self._public else "private", Store(), log, faults)
        self.content = content
        self._services = services
        self._uploads: dict[int, Uploads] = {}

    def failed(self, entry: Entry) -> None:
        """See `Service`."""
        for uploads in self._uploads.values():
            uploads.fail(entry.reference)

    def find_route(self, request: web.Request) -> Route | None:
        """See `Distribution`; the alias, without which nothing is public, is no part of a repository's name."""
        found = route(request.path)
        if found is None or not self._public or found.action == "base":
            return found
        alias, _, name = found.repository.partition("/")
        return Route(found.action, name, found.reference) if alias == ALIAS and name else None

    async def authorize(self, request: web.Request, found: Route, entry: Entry) -> None:
        """Basic with the token on the private registry, Bearer on the public one; then IAM, then the quota."""
        service, access_key = self._authenticate(request)
        entry.user = access_key
        request[SERVICE] = service
        if found.repository:
            _check_permissions(service, access_key, request.method, found)
        if access_key == ANONYMOUS and (found.action, request.method) == ("blob", "HEAD"):
            # containers-roadmap #2671; those who push with a token must be answered, or no common client could.
            raise self._challenge(request)
        if (found.action, request.method) == ("manifest", "PUT") and not service.may_put_image():
            raise Refusal(429, "TOOMANYREQUESTS", "Rate exceeded")
        action = {"POST": "InitiateLayerUpload", "PUT": "CompleteLayerUpload"}.get(request.method)
        if found.action == "upload" and action is not None and not service.may_upload(action):
            raise Refusal(429, "TOOMANYREQUESTS", "Rate exceeded")

    def repository(self, request: web.Request, found: Route) -> Repository:
        """See `Distribution`."""
        service: EcrService = request[SERVICE]
        repository = service.store.get(found.repository)
        if repository is None:
            message = (
                f"The repository with name '{found.repository}' does not exist in the registry with id '{ACCOUNT}'"
            )
            raise Refusal(404, "NAME_UNKNOWN", message)
        return repository

    async def dispatch(self, request: web.Request, found: Route, repository: Repository) -> web.StreamResponse:
        """See `Distribution`; each service has a store and upload sessions of its own."""
        service: EcrService = request[SERVICE]
        uploads = self._uploads.setdefault(id(service), Uploads(service.store, breaks_chunks=True, single_post=False))
        view = _View(self, service, uploads)
        return await view.dispatch(request, found, repository)

    def _authenticate(self, request: web.Request) -> tuple[EcrService, str]:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != ("bearer" if self._public else "basic"):
            raise self._challenge(request)
        found = self._services.by_password(_password(value))
        if found is None:
            raise Refusal(403, "DENIED", "Your authorization token has expired. Reauthenticate and try again.")
        return found

    def _challenge(self, request: web.Request) -> Refusal:
        if self._public:
            challenge = f'Bearer realm="http://{request.host}/token/",service="public.ecr.aws",scope="aws"'
        else:
            challenge = f'Basic realm="http://{request.host}/",service="ecr.amazonaws.com"'
        return Refusal(401, "UNAUTHORIZED", "Not Authorized", headers={"WWW-Authenticate": challenge})


class _View(Distribution):
    """One service's repositories, behind the door that `EcrRegistry` is."""

    creates_on_push = False

    def __init__(self, door: EcrRegistry, service: EcrService, uploads: Uploads) -> None:
        super().__init__(door.name, service.store, door.log, door.faults, uploads)
        self._service = service
        self._content = door.content

    def base(self, repository: str) -> str:
        """See `Distribution`."""
        return f"/v2/{ALIAS}/{repository}" if self._service.public else f"/v2/{repository}"

    def read_blob(self, request: web.Request, repository: Repository, digest: str) -> web.StreamResponse:
        """307 to where the layers are; HEAD is answered here."""
        content = self.store.blob(repository, digest)
        if request.method == "HEAD" or content is None:
            return blobs.read(request, content, digest)
        return self._content.redirect(self.store, repository, digest, seconds=URL_SECONDS)

    async def write_manifest(self, request: web.Request, repository: Repository, reference: str) -> web.StreamResponse:
        """No artefacts that are no images (containers-roadmap #2306, #2783), no images without layers (werf #2544)."""
        _check_taken(await request.read(), request.headers.get("Content-Type", ""))
        return await manifests.write(request, self.store, repository, reference, self.base(repository.name))


def _check_taken(raw: bytes, content_type: str) -> None:
    try:
        document = json.loads(raw)
    except ValueError:
        return
    if not isinstance(document, dict) or content_type in media_types.INDEXES:
        return
    config = document.get("config")
    kind = config.get("mediaType") if isinstance(config, dict) else None
    if kind not in _IMAGE_CONFIGS or "artifactType" in document:
        message = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
        raise Refusal(405, "UNSUPPORTED", message)
    if not document.get("layers"):
        raise Refusal(405, "UNSUPPORTED", "Image has to have at least 1 layer")


class EcrTokenService(Service):
    """``https://public.ecr.aws/token/``: Basic in, Bearer out."""

    def __init__(self, log: AccessLog, faults: Faults, public: EcrService) -> None:
        super().__init__("public", log, faults)
        self._public = public

    def describe(self, request: web.Request) -> Entry:
        """See `Service`."""
        return Entry(self.name, request.method, "token", reference=request.query.get("scope", ""))

    async def answer(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        """The same token again, as a bearer token; for those without credentials one that can only pull."""
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            token, _ = self._public.issue_token(ANONYMOUS)
            return web.json_response({"token": token, "expires_in": 3600})
        access_key = self._public.access_key_of(_password(value)) if scheme.lower() == "basic" else None
        if not access_key:
            raise Refusal(401, "UNAUTHORIZED", "not a valid authorization token")
        entry.user = access_key
        return web.json_response({"token": value, "expires_in": 3600})


def _check_permissions(service: EcrService, access_key: str, method: str, found: Route) -> None:
    if service.public and method in {"GET", "HEAD"}:
        return  # public images are everybody's, and IAM has no action for pulling them
    actions = _ACTIONS.get((found.action, method))
    if actions is None:
        raise Refusal(405, "UNSUPPORTED", f"{method} is not supported here")
    for action in actions:
        name = f"{service.prefix}:{action}"
        if access_key == ANONYMOUS or not service.authorize(access_key, name, service.arn(found.repository)):
            raise Refusal(403, "DENIED", f"User: {access_key or 'anonymous'} is not authorized to perform: {name}")


def _password(basic: str) -> str:
    """The password of Basic credentials for the user ``AWS``; empty for any others."""
    try:
        user, _, password = b64decode(basic, validate=True).decode().partition(":")
    except ValueError:
        return ""
    return password if user == "AWS" else ""
