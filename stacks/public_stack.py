"""The stacks of the public repositories."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from mirror.config.ecr import Removal
from mirror.config.model import CatalogData, DestinationConfig, DestinationName, MirrorConfig
from stacks import division, names
from stacks.gallery import catalog_of
from stacks.public_removal import PublicRemoval
from stacks.public_repository import PublicRepository


class PublicStack(Stack):
    """ECR Public repositories of images that go to `public`: those of one part. It belongs into us-east-1."""

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, part: int = 0, **kwargs: Any) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id, **kwargs)
        destination = config.public or DestinationConfig()
        destroyed: list[PublicRepository] = []
        for member in division.divided(config, DestinationName.PUBLIC).get(part, ()):
            repository = PublicRepository(
                self,
                names.repository_id(member.name),
                repository_name=member.name,
                catalog=catalog_of(member.image, destination) if member.image is not None else CatalogData(),
                settings=member.settings,
            )
            if member.settings.removal is Removal.DESTROY:
                destroyed.append(repository)
        if destroyed:
            PublicRemoval(self, "Removal", repositories=destroyed)
        # The alias is Amazon's choice, made with the first repository, and no resource of CloudFormation tells it.
        CfnOutput(
            self,
            "RegistryCommand",
            value=f"aws ecr-public describe-registries --region {names.PUBLIC_REGION} "
            "--query 'registries[0].registryUri' --output text",
            description="Prints what stands before the names of public images",
        )
