"""Opens registries: which URL, whose credentials, which rates. The one place that knows all of it."""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from mirror.credentials.ecr import EcrCredentials
from mirror.errors import ConfigError, Problem, UnavailableError
from mirror.oci.reference import DOCKER_HUB
from mirror.registry import aws
from mirror.registry.ecr import PRIVATE_RATES, PUBLIC_RATES, EcrRegistry
from mirror.registry.hub_tags import HUB_WEB_URL, HubTags
from mirror.registry.quota import PullMeter, quota_from
from mirror.registry.remote import RemoteRegistry
from mirror.registry.twin import TwinRegistry
from mirror.transport.auth import Authenticator, Credentials, CredentialsSource
from mirror.transport.challenge import Challenge
from mirror.transport.client import Client, Response
from mirror.transport.clock import Deadline
from mirror.transport.connection import ConnectionPool, Origin
from mirror.transport.rate import Rates
from mirror.transport.retry import RetryPolicy
from mirror.transport.session import Session

HUB_URL = "https://registry-1.docker.io"
"""Docker Hub's registry; ``docker.io`` is only the name that references use."""

HUB_TOKEN_SERVICE = {"realm": "https://auth.docker.io/token", "service": "registry.docker.io"}
"""What Docker Hub asks for, so that the first request need not be refused to learn it."""

_PATH = re.compile(r"[A-Za-z0-9._/-]*")
# What repositories' names are made of.

LOOKUPS = 32
# Questions in flight over all registries: at 20 ms round trip, some sixteen hundred a second.

QUICK_ATTEMPTS = 2
QUICK_PATIENCE_SECONDS = 5.0
QUICK_CONNECT_SECONDS = 3.0
QUICK_READ_SECONDS = 8.0
# For twins and whatever else a run can do without: one that hangs costs seconds, and one that asks for an hour nothing.


ECR_PUBLIC_HOST = "public.ecr.aws"
TWIN_RATES: Final[Mapping[str, float]] = {"get": 5}
# Manifests a second from ECR Public, which gives ten to whoever asks from AWS, and 429 beyond that; a twin that says so
# is not asked any more. A bucket begins with a second's worth.


@dataclass(frozen=True, slots=True)
class Network:
    """What all registries of a run share. Close it by `with`."""

    client: Client
    retry: RetryPolicy
    quick: Client
    """For what a run can do without."""
    quick_retry: RetryPolicy
    lookups: ThreadPoolExecutor
    aws_client: Callable[..., Any] = aws.client

    @classmethod
    def open(cls, deadline: Deadline, *, on_wait: Callable[[str], None] | None = None) -> Self:
        """A fresh pool of connections and threads."""
        pool = ConnectionPool(connect_timeout=QUICK_CONNECT_SECONDS, read_timeout=QUICK_READ_SECONDS)
        return cls(
            Client(ConnectionPool(), deadline.clock),
            RetryPolicy(deadline, on_wait=on_wait),
            Client(pool, deadline.clock),
            RetryPolicy(
                deadline,
                attempts=QUICK_ATTEMPTS,
                waits_out_limits=False,
                patience_seconds=QUICK_PATIENCE_SECONDS,
            ),
            ThreadPoolExecutor(LOOKUPS, "lookup"),
        )

    @property
    def to_one_of_many(self) -> RetryPolicy:
        """For destinations: one that says "later" again and again must not hold up the others."""
        return replace(self.retry, waits_out_limits=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lookups.shutdown(cancel_futures=True)
        self.client.pool.close()
        self.quick.pool.close()


@dataclass(frozen=True, slots=True)
class RegistryUrl:
    """``https://user:password@host:port/path`` taken apart."""

    base: str
    path: str
    """Below which all repositories lie; empty for none."""
    credentials: Credentials | None

    @classmethod
    def parse(cls, text: str, *, option: str) -> Self:
        """Without a scheme: https, or http on loopback. `ConfigError` naming `option` for anything else."""
        with_scheme = text if "://" in text else f"{_scheme_for(text)}://{text}"
        try:
            base = str(Origin.of(with_scheme if _PATH.fullmatch(urlsplit(with_scheme).path) else ""))
        except ValueError as err:
            problem = Problem(0, 0, option, f"got {text!r}, allowed: the http or https URL of a registry")
            raise ConfigError("command line", (problem,)) from err
        parts = urlsplit(with_scheme)
        credentials = None
        if parts.username is not None:
            credentials = Credentials(unquote(parts.username), unquote(parts.password or ""))
        return cls(base, parts.path.strip("/"), credentials)

    @property
    def host(self) -> str:
        """As it stands in references."""
        return self.base.partition("://")[2]


def open_source(network: Network, url: str | None, hub_credentials: CredentialsSource | None) -> RemoteRegistry:
    """Docker Hub, or the registry at `url` in its place. Credentials in the URL win over `hub_credentials`.

    Without the latter it is any registry; with them it stands for Docker Hub, and asks for tokens as that does.
    """
    place = RegistryUrl.parse(url or HUB_URL, option="--source")
    hub_like = hub_credentials is not None
    source = _fixed(place.credentials) if place.credentials or hub_credentials is None else hub_credentials
    meter = PullMeter()

    def observe(response: Response) -> None:
        meter.heard(quota_from(response.headers))

    # Docker Hub's challenge is as well known as its address; were it to change, the first answer would say so.
    known = Challenge("bearer", HUB_TOKEN_SERVICE) if url is None else None
    auth = Authenticator(
        network.client, Origin.of(place.base), source, alone=hub_like or place.credentials is not None, challenge=known
    )
    session = Session(place.base, network.client, auth, network.retry, observe=observe)
    host = place.host if url else DOCKER_HUB
    return RemoteRegistry(session, network.lookups, host=host, meter=meter, path=place.path)


def open_hub_tags(network: Network, url: str | None, note: Callable[[str], None]) -> HubTags:
    """Docker Hub's web interface, or that of what stands for Docker Hub at `url`. Asked anonymously."""
    base = RegistryUrl.parse(url, option="--source").base if url else HUB_WEB_URL
    auth = Authenticator(network.client, Origin.of(base), _fixed(None))
    quick = Session(base, network.quick, auth, network.quick_retry)
    return HubTags(Session(base, network.client, auth, network.retry), quick, note)


def open_plain(network: Network, url: str, *, option: str) -> RemoteRegistry:
    """Any registry as a destination."""
    place = RegistryUrl.parse(url, option=option)
    auth = Authenticator(
        network.client, Origin.of(place.base), _fixed(place.credentials), alone=place.credentials is not None
    )
    session = Session(place.base, network.client, auth, network.to_one_of_many)
    return RemoteRegistry(session, network.lookups, host=place.host, path=place.path)


def open_twin(network: Network, url: str, note: Callable[[str], None]) -> TwinRegistry:
    """A registry to read content from by digest, anonymously, unless the URL holds credentials. Hardly retried."""
    place = RegistryUrl.parse(url, option="twins")
    auth = Authenticator(network.quick, Origin.of(place.base), _fixed(place.credentials))
    rates = Rates.of(network.client.clock, TWIN_RATES) if place.host == ECR_PUBLIC_HOST else None
    session = Session(place.base, network.quick, auth, network.quick_retry, rates=rates)
    return TwinRegistry(RemoteRegistry(session, network.lookups, host=place.host, path=place.path), note)


def open_private(network: Network) -> EcrRegistry:
    """The private registry of the account and region of the current AWS credentials."""
    api = network.aws_client("ecr")
    credentials = EcrCredentials(api, network.client.clock, public=False)
    credentials()
    place = RegistryUrl.parse(credentials.endpoint, option="ecr")
    auth = Authenticator(network.client, Origin.of(place.base), credentials, preemptive_basic=True)
    rates = Rates.of(network.client.clock, PRIVATE_RATES)
    session = Session(place.base, network.client, auth, network.to_one_of_many, rates=rates)
    return EcrRegistry(session, network.lookups, host=place.host, api=api, public=False)


def open_public(network: Network) -> EcrRegistry:
    """The account's public registry, whose alias only the service knows."""
    api = network.aws_client("ecr-public", region=aws.PUBLIC_REGION)
    uri = _registry_uri(api)
    place = RegistryUrl.parse(uri, option="ecr-public")
    credentials = EcrCredentials(api, network.client.clock, public=True)
    auth = Authenticator(network.client, Origin.of(place.base), credentials, direct_bearer=True, alone=True)
    rates = Rates.of(network.client.clock, PUBLIC_RATES)
    session = Session(place.base, network.client, auth, network.to_one_of_many, rates=rates)
    return EcrRegistry(session, network.lookups, host=place.host, api=api, public=True, path=place.path)


def _registry_uri(api: Any) -> str:
    """``public.ecr.aws/<alias>``: the primary alias where there is one, so that reports show the name people know."""
    with aws.translated("the public registry"):
        registries = api.describe_registries()["registries"]
    if not registries or not registries[0].get("registryUri"):
        raise UnavailableError(
            "this account has no public registry yet",
            status=200,
            advice="It comes with the first public repository: deploy the HubMirrorPublic stack.",
        )
    uri = str(registries[0]["registryUri"])
    for alias in registries[0].get("aliases", ()):
        if alias.get("primaryRegistryAlias") and alias.get("status") == "ACTIVE":
            return f"{uri.rpartition('/')[0]}/{alias['name']}"
    return uri


def _fixed(credentials: Credentials | None) -> CredentialsSource:
    return lambda: credentials


def _scheme_for(text: str) -> str:
    host = text.partition("/")[0].rpartition("@")[2].partition(":")[0]
    return "http" if host in {"localhost", "127.0.0.1", "[", "[::1]"} or host.startswith("[::1]") else "https"
