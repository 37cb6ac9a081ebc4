"""The stack of the public repositories."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from mirror.config.model import DestinationName, MirrorConfig
from stacks import names
from stacks.public_repository import PublicRepository


class PublicStack(Stack):
    """An ECR Public repository for each image that goes to `public`. It belongs into us-east-1."""

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, **kwargs: Any) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id, **kwargs)
        destination = config.public
        if destination is not None:
            for image in config.images_to(DestinationName.PUBLIC):
                name = destination.repository(image.name)
                PublicRepository(self, names.repository_id(name), repository_name=name, catalog=image.catalog)
        # The alias is Amazon's choice, made with the first repository, and no resource of CloudFormation tells it.
        CfnOutput(
            self,
            "RegistryCommand",
            value=f"aws ecr-public describe-registries --region {names.PUBLIC_REGION} "
            "--query 'registries[0].registryUri' --output text",
            description="Prints what stands before the names of public images",
        )
