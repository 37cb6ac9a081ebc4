"""The stacks of the private repositories."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from mirror.config.model import DestinationConfig, DestinationName, MirrorConfig
from stacks import division, nag, names, private_registry
from stacks.private_registry import PrivateRegistry
from stacks.private_repository import PrivateRepository
from stacks.registry_outputs import PrivateRegistryOutputs


class PrivateStack(Stack):
    """Private repositories, of images that go to `private` and of `repositories`: those of one part.

    The first part also has what is the registry's.
    """

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, part: int = 0, **kwargs: Any) -> None:  # noqa: A002 - the name that every construct gives it
        registry = (config.private or DestinationConfig()).registry
        members = division.divided(config, DestinationName.PRIVATE).get(part, ())
        has_registry = part == 0 and private_registry.is_wanted(registry)
        empty = not members and not has_registry
        # Empty is without the library's own resource too: the CDK CLI deletes a stack only then.
        super().__init__(scope, id, analytics_reporting=False if empty else None, **kwargs)
        if empty:
            nag.acknowledge(self, nag.NOT_DEPLOYED)
        for member in members:
            PrivateRepository(
                self,
                names.repository_id(member.name),
                repository_name=member.name,
                settings=member.settings,
                # Absent rather than false: ECR heeds the registry's settings only then.
                scan_on_push=True if registry.scan_on_push else None,
            )
        if has_registry:
            PrivateRegistry(self, "Registry", settings=registry)
        PrivateRegistryOutputs(self, "Outputs", config=config)


def private_parts(config: MirrorConfig) -> tuple[int, ...]:
    """Numbers of the stacks that are in the app; the first one also for the registry's settings alone."""
    parts = set(division.parts(config, DestinationName.PRIVATE))
    if config.private is not None and private_registry.is_wanted(config.private.registry):
        parts.add(0)
    return tuple(sorted(parts))
