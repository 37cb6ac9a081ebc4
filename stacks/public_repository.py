"""A repository in ECR Public, for which the library has no construct above CloudFormation's own."""

from aws_cdk import RemovalPolicy, Resource, Tags
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from mirror.config.ecr import Removal, RepositorySettings
from mirror.config.model import CatalogData
from stacks import grants, names
from stacks.gallery import catalog_data


class PublicRepository(Resource):
    """A public repository with its gallery texts. By default it outlives its stack.

    CloudFormation cannot delete it full: `PublicRemoval` does.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the name that every construct gives it
        *,
        repository_name: str,
        catalog: CatalogData | None = None,
        settings: RepositorySettings | None = None,
    ) -> None:
        super().__init__(scope, id, physical_name=repository_name)
        self.repository_name = repository_name
        self.repository_arn = names.public_repository_arn(self, repository_name)
        """Computed, not read from the resource: a policy in any stack and region may name it."""
        resource = ecr.CfnPublicRepository(
            self,
            "Resource",
            repository_name=repository_name,
            repository_catalog_data=catalog_data(catalog or CatalogData()),
        )
        settings = settings or RepositorySettings()
        destroy = settings.removal is Removal.DESTROY
        resource.apply_removal_policy(RemovalPolicy.DESTROY if destroy else RemovalPolicy.RETAIN)
        for key, value in settings.resource_tags:
            Tags.of(self).add(key, value)

    def grant_push(self, grantee: iam.IGrantable) -> None:
        """Allow `grantee` to push here and to log in."""
        for statement in (*grants.public_push([self.repository_arn]), *grants.public_login()):
            grantee.grant_principal.add_to_principal_policy(statement)
