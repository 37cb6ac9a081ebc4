"""`AWS::ECR::Repository` and `AWS::ECR::PublicRepository`, in the sandbox's own registries."""

from abc import abstractmethod
from typing import Any, Self

from sandbox.aws.backing import backing
from sandbox.aws.cloudformation.resource import Resource, register
from sandbox.registries import ecr_settings
from sandbox.registries.ecr_service import EcrService, ServiceError
from sandbox.registries.store import Repository


class _Repository(Resource):
    NAME_PROPERTY = "RepositoryName"

    @property
    @abstractmethod
    def service(self) -> EcrService:
        """The registry that it lies in."""

    def attributes(self) -> dict[str, str]:
        return {"Arn": self.service.arn(self.name)}

    def create(self) -> None:
        self.set(self.service.create_repository(self.name))

    def adopt(self) -> None:
        """Fails on a repository that is not there."""
        self.service.repository(self.name)

    def update(self, old: Self) -> None:
        self.set(self.service.repository(old.name))

    def remove(self) -> None:
        """Fails on a repository with images unless it is to be emptied. One that is gone is no failure."""
        try:
            self.service.delete_repository(self.name, force=bool(self.properties.get("EmptyOnDelete", False)))
        except ServiceError as err:
            if err.code != "RepositoryNotFoundException":
                raise

    def set(self, repository: Repository) -> None:
        """Take over the properties. What a template no longer says is as if it never had."""
        repository.attributes["properties"] = self.properties
        repository.attributes[ecr_settings.TAGS] = {
            tag["Key"]: tag["Value"] for tag in self.properties.get("Tags") or ()
        }


@register
class PrivateRepository(_Repository):
    """A private repository in the stack's region."""

    TYPE = "AWS::ECR::Repository"
    REPLACED_BY = ("EncryptionConfiguration",)

    @property
    def service(self) -> EcrService:
        """See `_Repository`."""
        return backing().private[self.region]

    def attributes(self) -> dict[str, str]:
        """Arn and RepositoryUri."""
        return {
            **super().attributes(),
            "RepositoryUri": f"{self.account}.dkr.ecr.{self.region}.amazonaws.com/{self.name}",
        }

    def set(self, repository: Repository) -> None:
        """Mutability is the property that a push meets; the others are kept for whoever asks the API."""
        super().set(repository)
        properties = self.properties
        filters = [
            {"filter": each["ImageTagMutabilityExclusionFilterValue"]}
            for each in properties.get("ImageTagMutabilityExclusionFilters") or ()
        ]
        ecr_settings.set_mutability(
            repository,
            {
                "imageTagMutability": properties.get("ImageTagMutability"),
                "imageTagMutabilityExclusionFilters": filters,
            },
        )
        lifecycle = (properties.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
        repository.attributes.pop(ecr_settings.LIFECYCLE, None)
        if lifecycle:
            ecr_settings.put_lifecycle(self.service, repository, {"lifecyclePolicyText": lifecycle})
        scanning = properties.get("ImageScanningConfiguration") or {}
        repository.attributes[ecr_settings.SCAN_ON_PUSH] = str(scanning.get("ScanOnPush", False)).lower() == "true"
        repository.attributes[ecr_settings.POLICY] = properties.get("RepositoryPolicyText")
        encryption = properties.get("EncryptionConfiguration")
        if encryption:
            repository.attributes[ecr_settings.ENCRYPTION] = {
                key[0].lower() + key[1:]: value for key, value in encryption.items()
            }


@register
class PublicRepository(_Repository):
    """A public repository: in us-east-1 or not at all."""

    TYPE = "AWS::ECR::PublicRepository"

    @property
    def service(self) -> EcrService:
        """See `_Repository`."""
        return backing().public

    def create(self) -> None:
        """`UnrecognizedResourceType` elsewhere."""
        if self.region != self.service.region:
            raise ValueError(f"Unrecognized resource types: [{self.TYPE}] (in {self.region})")
        super().create()

    def set(self, repository: Repository) -> None:
        """The catalogue keys are those of the template, in the API they begin in lower case."""
        super().set(repository)
        catalog: dict[str, Any] = self.properties.get("RepositoryCatalogData") or {}
        names = {"RepositoryDescription": "description"}
        repository.attributes["catalogData"] = {
            names.get(key, key[0].lower() + key[1:]): value for key, value in catalog.items()
        }
