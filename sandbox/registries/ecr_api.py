"""The JSON APIs `ecr` and `ecr-public` (AWS JSON 1.1) over an `EcrService`."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from mirror.errors import MirrorError
from mirror.oci.digest import Digest
from mirror.oci.manifest import parse_manifest
from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.ecr_service import ACCOUNT, ALIAS, PUBLIC_REGION, EcrRegion, EcrService, ServiceError
from sandbox.registries.faults import Faults
from sandbox.registries.service import Service
from sandbox.registries.store import Repository, StoredManifest

_CREDENTIAL = re.compile(r"Credential=([A-Za-z0-9]+)/\d{8}/([a-z0-9-]+)/")
_PUBLIC_TARGET: Final = "SpencerFrontendService"
_PAGE: Final = 100
_LARGEST_PAGE: Final = 1000
_BATCH: Final = 100

_UNAUTHENTICATED = ("", PUBLIC_REGION)


class EcrApi(Service):
    """Both services' operations, told apart by the target header."""

    def __init__(self, log: AccessLog, faults: Faults, private: EcrRegion, public: EcrService) -> None:
        super().__init__("private", log, faults)
        self._private = private
        self._public = public
        self.host = ""
        """Host and port of the registries, as clients reach them; set when the server listens."""

    def describe(self, request: web.Request) -> Entry:
        """See `Service`."""
        service, _, operation = request.headers.get("X-Amz-Target", "").partition(".")
        name = "public" if service == _PUBLIC_TARGET else "private"
        return Entry(name, request.method, "api", reference=operation)

    async def answer(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        """See `Service`; errors have their shape's name in ``__type``."""
        match = _CREDENTIAL.search(request.headers.get("Authorization", ""))
        access_key, region = match.groups() if match else _UNAUTHENTICATED
        entry.user = access_key
        service = self._public if entry.registry == "public" else self._private[region]
        try:
            _check_caller(service, access_key, region)
            parameters: dict[str, Any] = json.loads(await request.read() or b"{}")
            entry.repository = str(parameters.get("repositoryName") or "")
            result = self._call(service, entry.reference, access_key, parameters)
        except ServiceError as err:
            return _json({"__type": err.code, "message": err.message}, status=400)
        return _json(result)

    def _call(self, service: EcrService, operation: str, access_key: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation == "GetAuthorizationToken":
            service.check(access_key, operation)
            if service.public and not service.authorize(access_key, "sts:GetServiceBearerToken", "*"):
                raise ServiceError("AccessDeniedException", "not authorized to perform: sts:GetServiceBearerToken")
            return self._token(service, access_key)
        if operation == "DescribeRegistries" and service.public:
            service.check(access_key, operation)
            return self._registries(service)
        if operation in _OF_REGISTRY:
            names = parameters.get("repositoryNames") or [parameters.get("repositoryName", "*")]
            for name in names:
                service.check(access_key, operation, service.arn(str(name)))
            return _OF_REGISTRY[operation](self, service, parameters)
        if operation in _OF_REPOSITORY:
            name = str(parameters.get("repositoryName", ""))
            service.check(access_key, operation, service.arn(name))
            return _OF_REPOSITORY[operation](service, service.repository(name), parameters)
        raise ServiceError("UnknownOperationException", f"the sandbox does not know {operation}")

    def _token(self, service: EcrService, access_key: str) -> dict[str, Any]:
        token, expires = service.issue_token(access_key)
        data: dict[str, Any] = {"authorizationToken": token, "expiresAt": expires.timestamp()}
        if service.public:
            return {"authorizationData": data}
        return {"authorizationData": [{**data, "proxyEndpoint": f"http://{self.host}"}]}

    def _registries(self, service: EcrService) -> dict[str, Any]:
        alias = {"name": ALIAS, "status": "ACTIVE", "primaryRegistryAlias": True, "defaultRegistryAlias": True}
        registry = {
            "registryId": ACCOUNT,
            "registryArn": f"arn:aws:ecr-public::{ACCOUNT}:registry/{ACCOUNT}",
            # The alias comes with the first repository.
            "registryUri": f"{self.host}/{ALIAS}" if service.store.repositories else "",
            "verified": False,
            "aliases": [alias] if service.store.repositories else [],
        }
        return {"registries": [registry]}

    def describe_repositories(self, service: EcrService, parameters: dict[str, Any]) -> dict[str, Any]:
        """DescribeRepositories: those that are named, all of which must exist, or all."""
        names = parameters.get("repositoryNames")
        found = (
            [service.repository(str(name)) for name in names] if names else list(service.store.repositories.values())
        )
        page, token = _paged(found, parameters)
        answer: dict[str, Any] = {"repositories": [self._repository(service, repository) for repository in page]}
        return {**answer, "nextToken": token} if token else answer

    def create_repository(self, service: EcrService, parameters: dict[str, Any]) -> dict[str, Any]:
        """CreateRepository."""
        immutable = parameters.get("imageTagMutability") == "IMMUTABLE"
        repository = service.create_repository(str(parameters["repositoryName"]), immutable=immutable)
        return {"repository": self._repository(service, repository)}

    def delete_repository(self, service: EcrService, parameters: dict[str, Any]) -> dict[str, Any]:
        """DeleteRepository, with ``force``."""
        repository = service.delete_repository(
            str(parameters["repositoryName"]), force=bool(parameters.get("force", False))
        )
        return {"repository": self._repository(service, repository)}

    def _repository(self, service: EcrService, repository: Repository) -> dict[str, Any]:
        path = f"{ALIAS}/{repository.name}" if service.public else repository.name
        return {
            "repositoryArn": service.arn(repository.name),
            "registryId": ACCOUNT,
            "repositoryName": repository.name,
            "repositoryUri": f"{self.host}/{path}",
            "createdAt": repository.created_at.timestamp(),
            **({} if service.public else {"imageTagMutability": "IMMUTABLE" if repository.immutable else "MUTABLE"}),
        }


def _check_caller(service: EcrService, access_key: str, region: str) -> None:
    if not access_key:
        raise ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token")
    if service.public and region != PUBLIC_REGION:
        raise ServiceError("UnsupportedCommandException", f"ECR Public is in {PUBLIC_REGION}")


def _describe_images(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    with service.store.lock:
        if parameters.get("imageIds"):
            found = [_find(repository, image) for image in parameters["imageIds"]]
        else:
            status = (parameters.get("filter") or {}).get("tagStatus", "ANY")
            found = [
                stored
                for stored in repository.manifests.values()
                if status == "ANY" or bool(repository.tags_of(stored.manifest.digest)) == (status == "TAGGED")
            ]
        page, token = _paged(found, parameters)
        answer: dict[str, Any] = {"imageDetails": [_image_detail(repository, stored) for stored in page]}
    return {**answer, "nextToken": token} if token else answer


def _describe_image_tags(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    with service.store.lock:
        page, token = _paged(sorted(repository.tags.items()), parameters)
        details = [
            {
                "imageTag": tag,
                "createdAt": repository.manifests[digest].pushed_at.timestamp(),
                "imageDetail": {"imageDigest": digest, "imageSizeInBytes": _size(repository.manifests[digest])},
            }
            for tag, digest in page
        ]
    return {"imageTagDetails": details, "nextToken": token} if token else {"imageTagDetails": details}


def _list_images(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    with service.store.lock:
        found = [
            {"imageDigest": digest, **({"imageTag": tag} if tag else {})}
            for digest in repository.manifests
            for tag in repository.tags_of(digest) or [""]
        ]
    page, token = _paged(found, parameters)
    return {"imageIds": page, "nextToken": token} if token else {"imageIds": page}


def _batch_check(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    digests = parameters.get("layerDigests", [])
    if not 1 <= len(digests) <= _BATCH:
        raise ServiceError("InvalidParameterException", "layerDigests: between 1 and 100")
    layers = []
    for digest in digests:
        content = service.store.blob(repository, digest)
        availability = "UNAVAILABLE" if content is None else "AVAILABLE"
        layers.append({"layerDigest": digest, "layerAvailability": availability, "layerSize": len(content or b"")})
    return {"layers": layers, "failures": []}


def _batch_get(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    images, failures = [], []
    with service.store.lock:
        for image in parameters.get("imageIds", []):
            stored = repository.find(image.get("imageTag") or image.get("imageDigest", ""))
            if stored is None:
                failures.append({"imageId": image, "failureCode": "ImageNotFound", "failureReason": "not found"})
                continue
            images.append(
                {
                    "registryId": ACCOUNT,
                    "repositoryName": repository.name,
                    "imageId": {**image, "imageDigest": stored.manifest.digest},
                    "imageManifest": stored.manifest.raw.decode(),
                    "imageManifestMediaType": stored.manifest.media_type,
                }
            )
    return {"images": images, "failures": failures}


def _batch_delete(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    gone, failures = [], []
    for image in parameters.get("imageIds", []):
        digest = image.get("imageDigest")
        try:
            tag, found = service.delete_image(
                repository, tag=image.get("imageTag"), digest=Digest(digest) if digest else None
            )
        except ServiceError as err:
            failures.append({"imageId": image, "failureCode": "ImageNotFound", "failureReason": err.message})
        else:
            gone.append({"imageDigest": found, **({"imageTag": tag} if tag else {})})
    return {"imageIds": gone, "failures": failures}


def _put_image(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    raw = str(parameters["imageManifest"]).encode()
    try:
        manifest = parse_manifest(raw, media_type=str(parameters.get("imageManifestMediaType", "")))
    except MirrorError as err:
        raise ServiceError("InvalidParameterException", str(err)) from err
    tag = parameters.get("imageTag")
    with service.store.lock:
        if tag and repository.immutable and tag in repository.tags:
            raise ServiceError("ImageTagAlreadyExistsException", f"the tag {tag} is immutable")
        service.store.put_manifest(repository, manifest, tag)
    image_id = {"imageDigest": manifest.digest, **({"imageTag": tag} if tag else {})}
    return {"image": {"registryId": ACCOUNT, "repositoryName": repository.name, "imageId": image_id}}


def _put_catalog(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    if not service.public:
        raise ServiceError("UnknownOperationException", "PutRepositoryCatalogData")
    repository.attributes["catalogData"] = parameters.get("catalogData", {})
    return {"catalogData": repository.attributes["catalogData"]}


def _get_catalog(_: EcrService, repository: Repository, __: dict[str, Any]) -> dict[str, Any]:
    return {"catalogData": repository.attributes.get("catalogData", {})}


def _find(repository: Repository, image: dict[str, str]) -> StoredManifest:
    stored = repository.find(image.get("imageTag") or image.get("imageDigest", ""))
    if stored is None:
        raise ServiceError(
            "ImageNotFoundException",
            f"The image with imageId {image} does not exist within the repository with name '{repository.name}'",
        )
    return stored


def _image_detail(repository: Repository, stored: StoredManifest) -> dict[str, Any]:
    tags = repository.tags_of(stored.manifest.digest)
    return {
        "registryId": ACCOUNT,
        "repositoryName": repository.name,
        "imageDigest": stored.manifest.digest,
        "imageSizeInBytes": _size(stored),
        "imagePushedAt": stored.pushed_at.timestamp(),
        "imageManifestMediaType": stored.manifest.media_type,
        **({"imageTags": tags} if tags else {}),
    }


def _size(stored: StoredManifest) -> int:
    return sum(blob.size for blob in stored.manifest.blobs) if not stored.manifest.is_index else 0


def _paged(items: list[Any], parameters: dict[str, Any]) -> tuple[list[Any], str | None]:
    size = min(int(parameters.get("maxResults") or _PAGE), _LARGEST_PAGE)
    start = int(parameters.get("nextToken") or 0)
    end = start + size
    return items[start:end], str(end) if end < len(items) else None


def _json(document: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=json.dumps(document).encode(), headers={"Content-Type": "application/x-amz-json-1.1"}
    )


_OF_REGISTRY: Final[dict[str, Callable[[EcrApi, EcrService, dict[str, Any]], dict[str, Any]]]] = {
    "DescribeRepositories": EcrApi.describe_repositories,
    "CreateRepository": EcrApi.create_repository,
    "DeleteRepository": EcrApi.delete_repository,
}
_OF_REPOSITORY: Final[dict[str, Callable[[EcrService, Repository, dict[str, Any]], dict[str, Any]]]] = {
    "DescribeImages": _describe_images,
    "DescribeImageTags": _describe_image_tags,
    "ListImages": _list_images,
    "BatchCheckLayerAvailability": _batch_check,
    "BatchGetImage": _batch_get,
    "BatchDeleteImage": _batch_delete,
    "PutImage": _put_image,
    "PutRepositoryCatalogData": _put_catalog,
    "GetRepositoryCatalogData": _get_catalog,
}
