"""The JSON APIs `ecr` and `ecr-public` (AWS JSON 1.1) over an `EcrService`."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from sandbox.registries import ecr_images, ecr_settings
from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.ecr_pages import paged
from sandbox.registries.ecr_service import ACCOUNT, ALIAS, PUBLIC_REGION, EcrRegion, EcrService, ServiceError
from sandbox.registries.faults import Faults
from sandbox.registries.service import Service
from sandbox.registries.store import Repository

_CREDENTIAL = re.compile(r"Credential=([A-Za-z0-9]+)/\d{8}/([a-z0-9-]+)/")
_PUBLIC_TARGET: Final = "SpencerFrontendService"
_UNAUTHENTICATED = ("", PUBLIC_REGION)


class EcrApi(Service):
    """Both services' operations, told apart by the target header."""

    def __init__(self, log: AccessLog, faults: Faults, private: EcrRegion, public: EcrService) -> None:
        super().__init__("private", log, faults)
        self._private = private
        self._public = public
        self.private_host = ""
        """Host and port of the registries, as clients reach them; set when the servers listen."""
        self.public_host = ""

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
            entry.repository = _repository_name(service, parameters)
            result = self._call(service, entry.reference, access_key, parameters)
        except ServiceError as err:
            return _json({"__type": err.code, "message": err.message}, status=400)
        except KeyError as err:
            message = f"Invalid parameter at {err} failed to satisfy constraint: 'must not be null'"
            return _json({"__type": "InvalidParameterException", "message": message}, status=400)
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
        if operation in _OF_REPOSITORY and operation not in (_NOT_PUBLIC if service.public else _ONLY_PUBLIC):
            name = _repository_name(service, parameters)
            service.check(access_key, operation, service.arn(name))
            return _OF_REPOSITORY[operation](service, service.repository(name), parameters)
        raise ServiceError("UnknownOperationException", f"the sandbox does not know {operation}")

    def _token(self, service: EcrService, access_key: str) -> dict[str, Any]:
        token, expires = service.issue_token(access_key)
        data: dict[str, Any] = {"authorizationToken": token, "expiresAt": expires.timestamp()}
        if service.public:
            return {"authorizationData": data}
        return {"authorizationData": [{**data, "proxyEndpoint": f"http://{self.private_host}"}]}

    def _registries(self, service: EcrService) -> dict[str, Any]:
        alias = {"name": ALIAS, "status": "ACTIVE", "primaryRegistryAlias": True, "defaultRegistryAlias": True}
        registry = {
            "registryId": ACCOUNT,
            "registryArn": f"arn:aws:ecr-public::{ACCOUNT}:registry/{ACCOUNT}",
            # The alias comes with the first repository.
            "registryUri": f"{self.public_host}/{ALIAS}" if service.store.repositories else "",
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
        page, token = paged(found, parameters)
        answer: dict[str, Any] = {"repositories": [self._repository(service, repository) for repository in page]}
        return {**answer, "nextToken": token} if token else answer

    def create_repository(self, service: EcrService, parameters: dict[str, Any]) -> dict[str, Any]:
        """CreateRepository."""
        repository = service.create_repository(str(parameters["repositoryName"]))
        ecr_settings.set_mutability(repository, parameters)
        ecr_settings.set_tags(repository, parameters.get("tags", []))
        if service.public:
            ecr_settings.put_catalog(service, repository, parameters)
            return {
                "repository": self._repository(service, repository),
                **ecr_settings.get_catalog(service, repository, {}),
            }
        if "imageScanningConfiguration" in parameters:
            ecr_settings.put_scanning(service, repository, parameters)
        return {"repository": self._repository(service, repository)}

    def delete_repository(self, service: EcrService, parameters: dict[str, Any]) -> dict[str, Any]:
        """DeleteRepository, with ``force``."""
        repository = service.delete_repository(
            str(parameters["repositoryName"]), force=bool(parameters.get("force", False))
        )
        return {"repository": self._repository(service, repository)}

    def _repository(self, service: EcrService, repository: Repository) -> dict[str, Any]:
        place = f"{self.public_host}/{ALIAS}" if service.public else self.private_host
        common = {
            "repositoryArn": service.arn(repository.name),
            "registryId": ACCOUNT,
            "repositoryName": repository.name,
            "repositoryUri": f"{place}/{repository.name}",
            "createdAt": repository.created_at.timestamp(),
        }
        if service.public:
            return common
        return {
            **common,
            **ecr_settings.mutability_of(repository),
            "imageScanningConfiguration": {
                "scanOnPush": bool(repository.attributes.get(ecr_settings.SCAN_ON_PUSH, False))
            },
            "encryptionConfiguration": repository.attributes.get(ecr_settings.ENCRYPTION, {"encryptionType": "AES256"}),
        }


def _check_caller(service: EcrService, access_key: str, region: str) -> None:
    if not access_key:
        raise ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token")
    if service.public and region != PUBLIC_REGION:
        raise ServiceError("UnsupportedCommandException", f"ECR Public is in {PUBLIC_REGION}")


def _repository_name(service: EcrService, parameters: dict[str, Any]) -> str:
    """Operations on resource tags name the repository by its ARN, all others by its name."""
    name = parameters.get("repositoryName")
    return str(name if name is not None else parameters.get("resourceArn", "")).removeprefix(service.arn(""))


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
    "DescribeImages": ecr_images.describe_images,
    "DescribeImageTags": ecr_images.describe_image_tags,
    "ListImages": ecr_images.list_images,
    "BatchCheckLayerAvailability": ecr_images.batch_check,
    "BatchGetImage": ecr_images.batch_get,
    "BatchDeleteImage": ecr_images.batch_delete,
    "PutImage": ecr_images.put_image,
    "PutRepositoryCatalogData": ecr_settings.put_catalog,
    "GetRepositoryCatalogData": ecr_settings.get_catalog,
    "PutLifecyclePolicy": ecr_settings.put_lifecycle,
    "GetLifecyclePolicy": ecr_settings.get_lifecycle,
    "DeleteLifecyclePolicy": ecr_settings.delete_lifecycle,
    "PutImageTagMutability": ecr_settings.put_mutability,
    "PutImageScanningConfiguration": ecr_settings.put_scanning,
    "TagResource": ecr_settings.tag_resource,
    "UntagResource": ecr_settings.untag_resource,
    "ListTagsForResource": ecr_settings.list_tags,
}
_ONLY_PUBLIC: Final = frozenset({"DescribeImageTags", "PutRepositoryCatalogData", "GetRepositoryCatalogData"})
_NOT_PUBLIC: Final = frozenset(
    {
        "ListImages",
        "BatchGetImage",
        "PutLifecyclePolicy",
        "GetLifecyclePolicy",
        "DeleteLifecyclePolicy",
        "PutImageTagMutability",
        "PutImageScanningConfiguration",
    }
)
