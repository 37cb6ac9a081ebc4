"""A repository in ECR Public, for which the library has no construct above CloudFormation's own."""

from typing import Any

from aws_cdk import RemovalPolicy, Resource
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from mirror.config.model import CatalogData
from stacks import grants, names


class PublicRepository(Resource):
    """A public repository with its gallery texts. It outlives its stack: CloudFormation cannot delete it full."""

    def __init__(self, scope: Construct, id: str, *, repository_name: str, catalog: CatalogData | None = None) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id, physical_name=repository_name)
        self.repository_name = repository_name
        self.repository_arn = names.public_repository_arn(self, repository_name)
        """Computed, not read from the resource: a policy in any stack and region may name it."""
        resource = ecr.CfnPublicRepository(
            self,
            "Resource",
            repository_name=repository_name,
            repository_catalog_data=_catalog_data(catalog or CatalogData()),
        )
        resource.apply_removal_policy(RemovalPolicy.RETAIN)

    def grant_push(self, grantee: iam.IGrantable) -> None:
        """Allow `grantee` to push here and to log in."""
        for statement in (*grants.public_push([self.repository_arn]), *grants.public_login()):
            grantee.grant_principal.add_to_principal_policy(statement)


def _catalog_data(catalog: CatalogData) -> dict[str, Any] | None:
    # The property is untyped, so the library translates nothing: the keys are CloudFormation's.
    data: dict[str, Any] = {
        "RepositoryDescription": catalog.description,
        "AboutText": catalog.about,
        "UsageText": catalog.usage,
        "Architectures": list(catalog.architectures),
        "OperatingSystems": list(catalog.operating_systems),
    }
    return {key: value for key, value in data.items() if value} or None
