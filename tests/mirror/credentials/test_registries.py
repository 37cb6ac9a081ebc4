import dataclasses

import pytest

from mirror.credentials.registries import (
    Network,
    RegistryUrl,
    open_plain,
    open_private,
    open_public,
    open_source,
)
from mirror.errors import ConfigError, CredentialsError, DeniedError, UnavailableError
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from mirror.registry.protocols import PullQuota
from mirror.transport.auth import Credentials
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.registries.store import Store

ME = Credentials("me", "token")


@pytest.mark.parametrize(
    ("text", "base", "path", "credentials", "host"),
    [
        ("https://registry.example", "https://registry.example", "", None, "registry.example"),
        ("registry.example", "https://registry.example", "", None, "registry.example"),
        ("registry.example:5000/team/", "https://registry.example:5000", "team", None, "registry.example:5000"),
        ("localhost:5000", "http://localhost:5000", "", None, "localhost:5000"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000", "", None, "127.0.0.1:5000"),
        ("[::1]:5000", "http://[::1]:5000", "", None, "[::1]:5000"),
        ("http://plain.example", "http://plain.example", "", None, "plain.example"),
        ("https://me:to%40ken@r.example/a/b", "https://r.example", "a/b", Credentials("me", "to@ken"), "r.example"),
        ("me:x@localhost:5000", "http://localhost:5000", "", Credentials("me", "x"), "localhost:5000"),
        ("https://me@r.example", "https://r.example", "", Credentials("me", ""), "r.example"),
        # What begins like loopback and is none.
        ("localhost.example", "https://localhost.example", "", None, "localhost.example"),
        ("127.0.0.1.example", "https://127.0.0.1.example", "", None, "127.0.0.1.example"),
    ],
)
def test_a_url_is_taken_apart(text: str, base: str, path: str, credentials: Credentials | None, host: str) -> None:
    found = RegistryUrl.parse(text, option="--private")
    assert found == RegistryUrl(base, path, credentials)
    assert found.host == host


@pytest.mark.parametrize("text", ["", "ftp://r.example", "https://", "https://r.example:port", "file:///etc"])
def test_what_is_no_registry_names_the_option(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        RegistryUrl.parse(text, option="--private")
    (problem,) = caught.value.problems
    assert problem.path == "--private"
    assert "the http or https URL of a registry" in problem.message


def test_docker_hub_is_the_source_unless_another_is_named(network: Network) -> None:
    hub = open_source(network, None, lambda: None)
    assert hub.host == "docker.io"
    assert hub.session.base_url == "https://registry-1.docker.io"
    assert hub.repository("library/maven").name == "docker.io/library/maven"
    other = open_source(network, "http://localhost:5000/copy", lambda: None)
    assert other.repository("library/maven").name == "localhost:5000/copy/library/maven"


def test_the_source_is_read_as_who_it_is_said(registries: Registries, network: Network) -> None:
    registries.hub_state.users |= {"me": "token", "you": "other"}
    ImageBuilder(registries.hub, "library/app").small(["1"])
    open_source(network, registries.hub_url, lambda: ME).repository("library/app").resolve("1")
    open_source(network, registries.hub_url, lambda: None).repository("library/app").resolve("1")
    # Those in the URL win.
    url = registries.hub_url.replace("://", "://you:other@")
    open_source(network, url, lambda: ME).repository("library/app").resolve("1")
    open_source(network, url, None).repository("library/app").resolve("1")
    found = [entry.user for entry in registries.log.matching(registry="hub", action="manifest", status=200)]
    assert found == ["me", "", "you", "you"]


def test_the_source_meters_pulls(registries: Registries, network: Network) -> None:
    ImageBuilder(registries.hub, "library/app").small(["1"])
    hub = open_source(network, registries.hub_url, lambda: None)
    repository = hub.repository("library/app")
    assert repository.quota() is None
    repository.fetch_manifest("1")
    assert repository.quota() == PullQuota(100, 99, 21600, "127.0.0.1")
    assert hub.meter.pulls == 1


def test_a_plain_registry_with_a_password(registries: Registries, network: Network) -> None:
    store = Store()
    url = registries.plain("mine", store, user="me", password="s3cret")
    blob = Descriptor("x", digest_of(b"blob"), 4)
    named = url.replace("://", "://me:s3cret@")
    upload = open_plain(network, named, option="--private").repository("app").open_upload(blob)
    upload.write(b"blob")
    upload.commit()
    assert blob.digest in store.create("app").blobs
    for wrong in (url, url.replace("://", "://me:wrong@")):
        with pytest.raises((DeniedError, CredentialsError)):
            open_plain(network, wrong, option="--private").repository("app").resolve("1")


def test_a_path_stands_before_every_name(registries: Registries, network: Network) -> None:
    store = Store()
    ImageBuilder(store, "team/app").small(["1"])
    registry = open_plain(network, registries.plain("mine", store) + "/team", option="--private")
    assert registry.repository("app").resolve("1") is not None
    assert registry.pull_name("app").endswith("/team/app")


def test_private_ecr_says_itself_where_it_is(registries: Registries, network: Network, aws_environment: None) -> None:
    registry = open_private(network)
    assert registry.session.base_url == registries.ecr_url
    assert not registry.public
    assert registries.log.summary("private") == {"POST api": 1}


def test_the_public_registrys_alias(registries: Registries, network: Network, aws_environment: None) -> None:
    with pytest.raises(UnavailableError, match="no public registry yet") as caught:
        open_public(network)
    assert caught.value.advice is not None
    assert "HubMirrorPublic" in caught.value.advice
    registries.public.create_repository("maven")
    registry = open_public(network)
    assert registry.pull_name("maven") == f"{registries.public_url}/maven"
    assert registry.public


class Registry:
    """What boto3's client is to `open_public`: an account whose registry has several names."""

    def __init__(self, *aliases: dict[str, object]) -> None:
        self.aliases = aliases

    def describe_registries(self) -> dict[str, object]:
        return {"registries": [{"registryUri": "public.ecr.aws/a1b2c3d4", "aliases": list(self.aliases)}]}


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [
        ((), "a1b2c3d4"),
        (({"name": "a1b2c3d4", "status": "ACTIVE", "primaryRegistryAlias": True},), "a1b2c3d4"),
        (
            (
                {"name": "a1b2c3d4", "status": "ACTIVE", "primaryRegistryAlias": False},
                {"name": "company", "status": "ACTIVE", "primaryRegistryAlias": True},
            ),
            "company",
        ),
        (({"name": "company", "status": "PENDING", "primaryRegistryAlias": True},), "a1b2c3d4"),
    ],
    ids=["none", "default", "own", "own, not granted yet"],
)
def test_the_alias_is_the_one_that_people_know(
    network: Network, aliases: tuple[dict[str, object], ...], expected: str
) -> None:
    api = Registry(*aliases)
    known = dataclasses.replace(network, aws_client=lambda *_args, **_options: api)
    assert open_public(known).pull_name("maven") == f"public.ecr.aws/{expected}/maven"
