"""The stacks of the public repositories."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from mirror.config.ecr import Removal
from mirror.config.model import CatalogData, DestinationConfig, DestinationName, MirrorConfig
from stacks import division, nag, names
from stacks.gallery import catalog_of
from stacks.public_removal import PublicRemoval
from stacks.public_repository import PublicRepository
from stacks.registry_outputs import PublicRegistryOutputs


class PublicStack(Stack):
    """ECR Public repositories of images that go to `public`: those of one part. It belongs into us-east-1."""

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, part: int = 0, **kwargs: Any) -> None:  # noqa: A002 - the name that every construct gives it
        destination = config.public or DestinationConfig()
        members = division.divided(config, DestinationName.PUBLIC).get(part, ())
        # Empty is without the library's own resource too: the CDK CLI deletes a stack only then.
        super().__init__(scope, id, analytics_reporting=None if members else False, **kwargs)
        if not members:
            nag.acknowledge(self, nag.NOT_DEPLOYED)
        destroyed: list[PublicRepository] = []
        for member in members:
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
        PublicRegistryOutputs(self, "Outputs", destination=destination)
