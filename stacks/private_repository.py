"""A repository in private ECR."""

from aws_cdk import RemovalPolicy, Tags
from aws_cdk import aws_ecr as ecr
from constructs import Construct

from mirror.config.ecr import Encryption, EncryptionKind, Mutability, Removal, RepositorySettings
from stacks import checkov, nag
from stacks.lifecycle import policy_text
from stacks.pull_access import pull_statements


class PrivateRepository(ecr.Repository):
    """A private repository. By default it is scanned on push and outlives its stack.

    Tags can be moved by default, because upstream's do: a mirror of ``21-jre`` follows each release.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the name that every construct gives it
        *,
        repository_name: str,
        settings: RepositorySettings | None = None,
        scan_on_push: bool | None = True,
    ) -> None:
        settings = settings or RepositorySettings()
        destroy = settings.removal is Removal.DESTROY
        super().__init__(
            scope,
            id,
            repository_name=repository_name,
            image_scan_on_push=scan_on_push,
            image_tag_mutability=tag_mutability(settings.mutability),
            image_tag_mutability_exclusion_filters=[
                ecr.ImageTagMutabilityExclusionFilter.wildcard(pattern) for pattern in settings.mutability.exceptions
            ]
            or None,
            encryption=ecr.RepositoryEncryption.AES_256,
            removal_policy=RemovalPolicy.DESTROY if destroy else RemovalPolicy.RETAIN,
            empty_on_delete=True if destroy else None,
        )
        resource = self.node.default_child
        assert isinstance(resource, ecr.CfnRepository)  # noqa: S101 - what the library's construct is made of
        if settings.lifecycle:
            resource.lifecycle_policy = ecr.CfnRepository.LifecyclePolicyProperty(
                lifecycle_policy_text=policy_text(settings.lifecycle)
            )
        resource.encryption_configuration = _encryption(settings.encryption)
        for statement in pull_statements(settings.pull_access):
            self.add_to_resource_policy(statement)
        if settings.pull_access.organization or settings.pull_access.organizational_units:
            nag.acknowledge(self, nag.ORGANIZATION_IS_NO_PRINCIPAL)
        checkov.accept(resource, *_accepted(settings, scan_on_push=scan_on_push))
        for key, value in settings.resource_tags:
            Tags.of(self).add(key, value)


def tag_mutability(mutability: Mutability) -> ecr.TagMutability:
    """ECR's four words for it."""
    if mutability.exceptions:
        return (
            ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION
            if mutability.immutable
            else ecr.TagMutability.MUTABLE_WITH_EXCLUSION
        )
    return ecr.TagMutability.IMMUTABLE if mutability.immutable else ecr.TagMutability.MUTABLE


def _encryption(encryption: Encryption) -> ecr.CfnRepository.EncryptionConfigurationProperty | None:
    # Given to the resource itself: the library's construct takes a key of the template or an ARN, and no alias.
    if encryption.kind is EncryptionKind.AES256:
        return None  # which is what absence means
    return ecr.CfnRepository.EncryptionConfigurationProperty(
        encryption_type=encryption.kind.value.upper(), kms_key=encryption.key or None
    )


def _accepted(settings: RepositorySettings, *, scan_on_push: bool | None) -> list[checkov.Finding]:
    """What checkov would say to these settings."""
    access = settings.pull_access
    found = (
        (settings.mutability != Mutability(immutable=True), checkov.PUSHED_TO_BY_MIRROR),
        (settings.encryption.kind is EncryptionKind.AES256, checkov.ENCRYPTED_BY_ECR),
        (not scan_on_push, checkov.SCANNED_BY_REGISTRY),
        (bool(access.organization or access.organizational_units), checkov.ORGANIZATION_IS_NO_PRINCIPAL),
    )
    return [finding for holds, finding in found if holds]
