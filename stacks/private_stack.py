"""The stack of the private repositories."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from mirror.config.model import DestinationName, MirrorConfig
from stacks import names
from stacks.private_repository import PrivateRepository


class PrivateStack(Stack):
    """A private repository for each image that goes to `private`, and for each of `repositories`."""

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, **kwargs: Any) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id, **kwargs)
        for name in private_names(config):
            PrivateRepository(self, names.repository_id(name), repository_name=name)
        if config.private is not None and config.images_to(DestinationName.PRIVATE):
            CfnOutput(
                self,
                "MirrorRegistry",
                value=names.private_registry(self, config.private.prefix),
                description="What stands before the names of mirrored private images",
            )
        if config.repositories:
            CfnOutput(
                self,
                "OwnRegistry",
                value=names.private_registry(self, ""),
                description="What stands before the names of your own repositories",
            )


def private_names(config: MirrorConfig) -> tuple[str, ...]:
    """Full names of all private repositories, each once.

    Both kinds share one id space: an image that becomes an own repository of the same full name, or the other way
    round, stays the same resource.
    """
    own = (repository.name for repository in config.repositories)
    return tuple(dict.fromkeys((*names.repository_names(config, DestinationName.PRIVATE), *own)))
