"""What stands before the names of images: what `ARG PUBLIC_REGISTRY` takes, told by the stacks of the repositories."""

from aws_cdk import CfnOutput
from constructs import Construct

from mirror.config.model import DestinationConfig, DestinationName, MirrorConfig
from stacks import names

PUBLIC_HOST = "public.ecr.aws"


class PrivateRegistryOutputs(Construct):
    """The private registry, with the prefix of mirrored images and without."""

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        prefix = config.private.prefix if config.private is not None else ""
        if config.images_to(DestinationName.PRIVATE):
            self._tell("MirrorRegistry", prefix, "What stands before the names of mirrored private images")
        if config.repositories:
            self._tell("OwnRegistry", "", "What stands before the names of your own repositories")

    def _tell(self, output: str, prefix: str, description: str) -> None:
        value = names.private_registry(self, prefix)
        CfnOutput(self, output, value=value, description=description).override_logical_id(output)


class PublicRegistryOutputs(Construct):
    """The public registry; or the command that asks for it, where the file does not say the alias.

    That is Amazon's choice, made with the first repository, and no resource of CloudFormation tells it.
    """

    def __init__(self, scope: Construct, id: str, *, destination: DestinationConfig) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        if destination.alias:
            output, value = "PublicRegistry", public_registry(f"{PUBLIC_HOST}/{destination.alias}", destination)
            description = "What stands before the names of public images: ARG PUBLIC_REGISTRY"
        else:
            output, value = "RegistryCommand", _command(destination.prefix)
            description = "Prints what stands before the names of public images: ARG PUBLIC_REGISTRY"
        CfnOutput(self, output, value=value, description=description).override_logical_id(output)


def public_registry(registry: str, destination: DestinationConfig) -> str:
    """``public.ecr.aws/a1b2c3d4`` with the prefix, if there is one."""
    return f"{registry}/{destination.prefix}" if destination.prefix else registry


def _command(prefix: str) -> str:
    uri = "registries[0].registryUri"
    query = f"join('/', [{uri}, '{prefix}'])" if prefix else uri
    return f'aws ecr-public describe-registries --region {names.PUBLIC_REGION} --query "{query}" --output text'
