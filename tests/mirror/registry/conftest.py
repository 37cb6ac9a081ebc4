import pytest

from mirror.credentials.registries import Network, open_private, open_public, open_source
from mirror.registry.ecr import EcrRegistry
from mirror.registry.remote import RemoteRegistry
from mirror.transport.auth import Credentials
from sandbox.registries.server import Registries


@pytest.fixture
def hub(registries: Registries, network: Network) -> RemoteRegistry:
    """The sandbox's Docker Hub, as a user."""
    registries.hub_state.users["me"] = "token"
    return open_source(network, registries.hub_url, lambda: Credentials("me", "token"))


@pytest.fixture
def private(aws_environment: None, network: Network) -> EcrRegistry:
    return open_private(network)


@pytest.fixture
def public(aws_environment: None, registries: Registries, network: Network) -> EcrRegistry:
    registries.public.create_repository("maven")
    return open_public(network)
