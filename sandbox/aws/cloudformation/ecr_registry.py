"""What is an ECR registry's and not a repository's: kept for whoever asks. Nothing is scanned, copied or cached."""

from typing import ClassVar, Self

from sandbox.aws.backing import backing
from sandbox.aws.cloudformation.resource import Resource, register
from sandbox.registries.ecr_service import EcrService


class _RegistrySetting(Resource):
    @property
    def service(self) -> EcrService:
        """The registry: the account's, in the stack's region."""
        return backing().private[self.region]

    @property
    def physical_resource_id(self) -> str:
        """There is one in an account and region, so it is called like the account."""
        return self.account

    def create(self) -> None:
        """Set it. The real one replaces what somebody else set, too."""
        self.service.settings[self.TYPE] = self.properties

    def update(self, old: Self) -> None:  # noqa: ARG002 - everything is set anew
        """Set it anew."""
        self.create()

    def remove(self) -> None:
        """Nothing is set any more."""
        self.service.settings.pop(self.TYPE, None)


@register
class RegistryPolicy(_RegistrySetting):
    """Who may replicate into it."""

    TYPE = "AWS::ECR::RegistryPolicy"


@register
class ReplicationConfiguration(_RegistrySetting):
    """Where it replicates to."""

    TYPE = "AWS::ECR::ReplicationConfiguration"


@register
class RegistryScanningConfiguration(_RegistrySetting):
    """What is scanned, and when."""

    TYPE = "AWS::ECR::RegistryScanningConfiguration"


class _Prefixed(Resource):
    PREFIX: ClassVar[str]

    @property
    def service(self) -> EcrService:
        """See `_RegistrySetting`."""
        return backing().private[self.region]

    @property
    def physical_resource_id(self) -> str:
        """The prefix."""
        return str(self.properties[self.PREFIX])

    @property
    def _all(self) -> dict[str, object]:
        found: dict[str, object] = self.service.settings.setdefault(self.TYPE, {})
        return found

    def create(self) -> None:
        """Fails for a prefix that has one."""
        if self.physical_resource_id in self._all:
            raise ValueError(f"{self.TYPE} for {self.physical_resource_id} already exists")
        self._all[self.physical_resource_id] = self.properties

    def update(self, old: Self) -> None:
        """Change what it says, or for which prefix."""
        self._all.pop(old.physical_resource_id, None)
        self._all[self.physical_resource_id] = self.properties

    def remove(self) -> None:
        """Delete it."""
        self._all.pop(self.physical_resource_id, None)


@register
class PullThroughCacheRule(_Prefixed):
    """Below which prefix which upstream is cached."""

    TYPE = "AWS::ECR::PullThroughCacheRule"
    PREFIX = "EcrRepositoryPrefix"


@register
class RepositoryCreationTemplate(_Prefixed):
    """What repositories get that ECR makes."""

    TYPE = "AWS::ECR::RepositoryCreationTemplate"
    PREFIX = "Prefix"
