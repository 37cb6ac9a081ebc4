"""The stacks of the private repositories."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from mirror.config.model import DestinationName, MirrorConfig
from stacks import division, names, private_registry
from stacks.private_registry import PrivateRegistry
from stacks.private_repository import PrivateRepository


class PrivateStack(Stack):
    """Private repositories, of images that go to `private` and of `repositories`: those of one part.

    The first part also has what is the registry's.
    """

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, part: int = 0, **kwargs: Any) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id, **kwargs)
        if config.private is None:
            return
        registry = config.private.registry
        for member in division.divided(config, DestinationName.PRIVATE).get(part, ()):
            PrivateRepository(
                self,
                names.repository_id(member.name),
                repository_name=member.name,
                settings=member.settings,
                # Absent rather than false: ECR heeds the registry's settings only then.
                scan_on_push=True if registry.scan_on_push else None,
            )
        if part == 0 and private_registry.is_wanted(registry):
            PrivateRegistry(self, "Registry", settings=registry)
        self._tell(config, config.private.prefix)

    def _tell(self, config: MirrorConfig, prefix: str) -> None:
        if config.images_to(DestinationName.PRIVATE):
            CfnOutput(
                self,
                "MirrorRegistry",
                value=names.private_registry(self, prefix),
                description="What stands before the names of mirrored private images",
            )
        if config.repositories:
            CfnOutput(
                self,
                "OwnRegistry",
                value=names.private_registry(self, ""),
                description="What stands before the names of your own repositories",
            )


def private_parts(config: MirrorConfig) -> tuple[int, ...]:
    """Numbers of the stacks that have something to define; the first one also for the registry's settings alone."""
    parts = set(division.divided(config, DestinationName.PRIVATE))
    if config.private is not None and private_registry.is_wanted(config.private.registry):
        parts.add(0)
    return tuple(sorted(parts))
