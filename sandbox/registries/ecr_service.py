"""Amazon ECR and ECR Public as services: repositories, images and tokens, whoever asks and however.

The JSON API, the registry protocol and CloudFormation all work on this.
"""

import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mirror.config.model import DestinationName
from mirror.config.names import name_problem
from mirror.oci.digest import Digest
from sandbox.registries.store import Repository, Store
from sandbox.registries.throttle import Throttle

ACCOUNT = "123456789012"
ALIAS = "a1b2c3d4"
PUBLIC_REGION = "us-east-1"
TOKEN_HOURS = 12

ANONYMOUS = ""
"""The access key of whoever has none, and may pull what is public."""

Authorize = Callable[[str, str, str], bool]
"""Whether (access key id, action, resource ARN) is allowed by the caller's policies."""


class ServiceError(Exception):
    """An error of the API, by the name of its shape."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def allow_all(_key: str, _action: str, _resource: str) -> bool:
    """For those who test something else than permissions."""
    return True


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An authorization token: who asked for it, and until when it is good."""

    access_key: str
    expires: datetime


@dataclass(eq=False)
class EcrService:
    """One account's registry in one region, or its public one (`public`)."""

    region: str
    public: bool = False
    authorize: Authorize = allow_all
    store: Store = field(default_factory=Store)
    tokens: dict[str, IssuedToken] = field(default_factory=dict)
    put_image: Throttle | None = None
    """The quota for PutImage; AWS has 10 a second, here there is none unless it is set."""
    uploads: Mapping[str, Throttle] = field(default_factory=dict)
    """Those for InitiateLayerUpload and CompleteLayerUpload; AWS has 100 a second each, 10 on ECR Public."""
    settings: dict[str, Any] = field(default_factory=dict)
    """What is the registry's and not a repository's, by the name of its CloudFormation type."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def prefix(self) -> str:
        """Of IAM actions."""
        return "ecr-public" if self.public else "ecr"

    def arn(self, name: str) -> str:
        """A repository's ARN; public ones have no region."""
        region = "" if self.public else self.region
        return f"arn:aws:{self.prefix}:{region}:{ACCOUNT}:repository/{name}"

    def tags_of(self, arn: str) -> dict[str, str]:
        """The resource tags of the repository with that ARN, as far as there is one."""
        repository = self.store.get(arn.removeprefix(self.arn("")))
        tags = repository.attributes.get("tags") if repository is not None else None
        return dict(tags) if isinstance(tags, dict) else {}

    def check(self, access_key: str, operation: str, resource: str = "*") -> None:
        """`AccessDeniedException` unless the caller may do that."""
        action = f"{self.prefix}:{operation}"
        if not self.authorize(access_key, action, resource):
            message = f"User: {access_key} is not authorized to perform: {action} on resource: {resource}"
            raise ServiceError("AccessDeniedException", message)

    def check_name(self, name: str) -> None:
        """`InvalidParameterException` for a name that no repository may have."""
        problem = name_problem(name, DestinationName.PUBLIC if self.public else DestinationName.PRIVATE)
        if problem is not None:
            message = f"Invalid parameter at 'repositoryName' failed to satisfy constraint: '{problem}'"
            raise ServiceError("InvalidParameterException", message)

    def may_put_image(self) -> bool:
        """Whether the quota has room for one more."""
        return self.put_image is None or self.put_image.take()

    def may_upload(self, action: str) -> bool:
        """Likewise for InitiateLayerUpload and CompleteLayerUpload."""
        throttle = self.uploads.get(action)
        return throttle is None or throttle.take()

    def issue_token(self, access_key: str) -> tuple[str, datetime]:
        """What GetAuthorizationToken gives: base64 of ``AWS:`` and a password. No access key: for anonymous pulls."""
        password = secrets.token_urlsafe(32)
        expires = self.now() + timedelta(hours=TOKEN_HOURS)
        self.tokens[password] = IssuedToken(access_key, expires)
        return b64encode(f"AWS:{password}".encode()).decode(), expires

    def access_key_of(self, password: str) -> str | None:
        """Whose token it is; `None` when nobody's, or no longer."""
        token = self.tokens.get(password)
        return token.access_key if token is not None and token.expires > self.now() else None

    def by_password(self, password: str) -> tuple["EcrService", str] | None:
        """Itself and whose token it is, as `EcrRegion` has it."""
        access_key = self.access_key_of(password)
        return None if access_key is None else (self, access_key)

    def create_repository(self, name: str, *, immutable: bool = False) -> Repository:
        """A new repository. `RepositoryAlreadyExistsException`, `InvalidParameterException`."""
        self.check_name(name)
        with self.store.lock:
            if name in self.store.repositories:
                raise ServiceError(
                    "RepositoryAlreadyExistsException",
                    f"The repository with name '{name}' already exists in the registry with id '{ACCOUNT}'",
                )
            repository = self.store.create(name)
            repository.immutable = immutable
            return repository

    def delete_repository(self, name: str, *, force: bool = False) -> Repository:
        """Remove it. `RepositoryNotEmptyException` unless forced."""
        with self.store.lock:
            repository = self.repository(name)
            if repository.manifests and not force:
                raise ServiceError(
                    "RepositoryNotEmptyException",
                    f"The repository with name '{name}' in registry with id '{ACCOUNT}' cannot be deleted because "
                    "it still contains images",
                )
            return self.store.repositories.pop(name)

    def repository(self, name: str) -> Repository:
        """The repository. `RepositoryNotFoundException`."""
        repository = self.store.get(name)
        if repository is None:
            raise ServiceError(
                "RepositoryNotFoundException",
                f"The repository with name '{name}' does not exist in the registry with id '{ACCOUNT}'",
            )
        return repository

    def delete_image(
        self, repository: Repository, *, tag: str | None, digest: Digest | None
    ) -> tuple[str | None, Digest]:
        """A tag alone, or a manifest with all its tags. `ImageNotFound`, `ImageReferencedByManifestList`."""
        with self.store.lock:
            stored = repository.find(tag or digest or "")
            if stored is None:
                raise ServiceError("ImageNotFound", "Requested image not found")
            found = stored.manifest.digest
            if tag is not None and len(repository.tags_of(found)) > 1:
                del repository.tags[tag]
                return tag, found
            lists = [
                each.manifest.digest
                for each in repository.manifests.values()
                if found in {child.digest for child in each.manifest.children}
            ]
            if lists:
                message = f"Requested image referenced by manifest list: [{', '.join(lists)}]"
                raise ServiceError("ImageReferencedByManifestList", message)
            for name in repository.tags_of(found):
                del repository.tags[name]
            repository.manifests.pop(found, None)
            return tag, found


class EcrRegion:
    """All private registries of the account, one a region, made when they are first asked for."""

    def __init__(self, authorize: Authorize = allow_all) -> None:
        self._authorize = authorize
        self._services: dict[str, EcrService] = {}

    def __getitem__(self, region: str) -> EcrService:
        service = self._services.get(region)
        if service is None:
            service = self._services.setdefault(region, EcrService(region, authorize=self._authorize))
        return service

    def by_password(self, password: str) -> tuple[EcrService, str] | None:
        """The registry whose token that is, and whose it is."""
        for service in self._services.values():
            found = service.by_password(password)
            if found is not None:
                return found
        return None

    @property
    def regions(self) -> dict[str, EcrService]:
        """Those that have been asked for."""
        return dict(self._services)
