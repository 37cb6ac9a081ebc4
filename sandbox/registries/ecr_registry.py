"""The registry protocol as Amazon ECR and ECR Public speak it, with their deviations.

One host serves both: paths that begin with the public alias belong to ECR Public. What deviates, and why we believe so,
stands beside each deviation; everything else is `Distribution`.
"""

import json
from base64 import b64decode, b64encode
from typing import Final

from aiohttp import web

from mirror.oci import media_types
from sandbox.registries import manifests
from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.answers import Refusal
from sandbox.registries.distribution import Distribution
from sandbox.registries.ecr_service import ACCOUNT, ALIAS, EcrRegion, EcrService
from sandbox.registries.faults import Faults
from sandbox.registries.routes import Route, route
from sandbox.registries.service import Service
from sandbox.registries.store import Repository, Store
from sandbox.registries.uploads import Uploads

SERVICE = web.RequestKey("service", EcrService)
"""Whose registry is asked."""

_ACTIONS: Final = {
    ("manifest", "GET"): ("BatchGetImage",),
    ("manifest", "HEAD"): ("BatchGetImage",),
    ("manifest", "PUT"): ("PutImage",),
    ("blob", "GET"): ("GetDownloadUrlForLayer",),
    ("blob", "HEAD"): ("BatchCheckLayerAvailability",),
    ("upload", "POST"): ("InitiateLayerUpload",),
    ("upload", "PATCH"): ("UploadLayerPart",),
    ("upload", "PUT"): ("UploadLayerPart", "CompleteLayerUpload"),
    ("tags", "GET"): ("ListImages",),
    ("referrers", "GET"): ("BatchGetImage",),
}
"""What IAM is asked for each request."""

_IMAGE_CONFIGS: Final = frozenset({media_types.OCI_CONFIG, media_types.DOCKER_CONFIG})


class EcrRegistry(Distribution):
    """One service's registry; `service_of` finds the region's by the token, as the host name does on AWS."""

    creates_on_push = False  # "The repository with name … does not exist": ECR has no repositories on push

    def __init__(self, log: AccessLog, faults: Faults, private: EcrRegion, public: EcrService) -> None:
        super().__init__("private", Store(), log, faults)
        self._private = private
        self._public = public
        self._uploads: dict[int, Uploads] = {}

    def describe(self, request: web.Request) -> Entry:
        """See `Service`."""
        entry = super().describe(request)
        entry.registry = "public" if _is_public(request) else "private"
        return entry

    def find_route(self, request: web.Request) -> Route | None:
        """See `Distribution`; the alias is no part of a repository's name."""
        return route(request.path.replace(f"/v2/{ALIAS}/", "/v2/", 1) if _is_public(request) else request.path)

    async def authorize(self, request: web.Request, found: Route, entry: Entry) -> None:
        """Basic with the token on the private registry, Bearer on the public one; then IAM."""
        if found.action == "base" and "Authorization" not in request.headers:
            raise _challenge(request)
        service, access_key = self._authenticate(request)
        entry.user = access_key
        request[SERVICE] = service
        if found.repository:
            for action in _ACTIONS.get((found.action, request.method), ("Unknown",)):
                if not service.authorize(access_key, f"{service.prefix}:{action}", service.arn(found.repository)):
                    message = f"User: {access_key} is not authorized to perform: {service.prefix}:{action}"
                    raise Refusal(403, "DENIED", message)
        if service.public and found.action == "blob" and request.method == "HEAD":
            raise _challenge(request)  # whatever the token (containers-roadmap #2671)

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
        public = _is_public(request)
        if not scheme or (scheme.lower() == "bearer") is not public:
            raise _challenge(request)
        try:
            user, _, password = b64decode(value).decode().partition(":")
        except ValueError:
            user, password = "", ""
        if public:
            access_key = self._public.access_key_of(password)
            found = (self._public, access_key) if access_key is not None else None
        else:
            found = self._private.by_password(password)
        if user != "AWS" or found is None:
            raise Refusal(403, "DENIED", "Your authorization token has expired. Reauthenticate and try again.")
        return found


class _View(Distribution):
    """One service's repositories, behind the door that `EcrRegistry` is."""

    creates_on_push = False

    def __init__(self, door: EcrRegistry, service: EcrService, uploads: Uploads) -> None:
        super().__init__(door.name, service.store, door.log, door.faults, uploads)
        self._service = service

    def base(self, repository: str) -> str:
        return f"/v2/{ALIAS}/{repository}" if self._service.public else f"/v2/{repository}"

    async def write_manifest(self, request: web.Request, repository: Repository, reference: str) -> web.StreamResponse:
        """Images without layers and artefacts that are no images are refused (containers-roadmap #2306, #2783)."""
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
        """The same password again, as a bearer token."""
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        password = b64decode(value).decode().partition(":")[2] if scheme == "Basic" else ""
        access_key = self._public.access_key_of(password)
        if access_key is None:
            raise Refusal(401, "UNAUTHORIZED", "not a valid authorization token")
        entry.user = access_key
        return web.json_response({"token": b64encode(f"AWS:{password}".encode()).decode(), "expires_in": 3600})


def _is_public(request: web.Request) -> bool:
    return request.path.startswith(f"/v2/{ALIAS}/")


def _challenge(request: web.Request) -> Refusal:
    if _is_public(request):
        challenge = f'Bearer realm="http://{request.host}/token/",service="public.ecr.aws",scope="aws"'
    else:
        challenge = f'Basic realm="http://{request.host}/",service="ecr.amazonaws.com"'
    return Refusal(401, "UNAUTHORIZED", "Not Authorized", headers={"WWW-Authenticate": challenge})
