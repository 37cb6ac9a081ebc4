from typing import Any

import pytest

from mirror.config import reader
from mirror.config.model import DestinationName, MirrorConfig
from mirror.credentials.registries import Network
from mirror.errors import ConfigError, CredentialsError, UnavailableError
from mirror.run.options import RunOptions
from mirror.run.places import Places, open_places
from sandbox.registries.server import Registries
from tests.conftest import REGION

BOTH = "private: {prefix: team}\npublic: {}\nimages:\n  - {name: maven, tags: ['3'], to: [private, public]}\n"
PUBLIC_ONLY = "images:\n  - {name: maven, tags: ['3'], to: [public]}\n"


def config(text: str = BOTH) -> MirrorConfig:
    return reader.read_text(f"version: 1\n{text}", source="mirror.yaml")


@pytest.fixture
def options(registries: Registries) -> dict[str, Any]:
    return {
        "source": registries.hub_url,
        "source_is_hub": True,
        "private": registries.plain("one"),
        "public": registries.plain("two"),
    }


def opened(network: Network, options: dict[str, Any], text: str = BOTH, **environ: str) -> Places:
    return open_places(network, config(text), RunOptions(**options), environ, lambda _note: None)


def test_opening_asks_nobody_where_urls_are_given(
    registries: Registries, network: Network, options: dict[str, Any]
) -> None:
    places = opened(network, options)
    assert list(places.destinations) == [DestinationName.PRIVATE, DestinationName.PUBLIC]
    assert registries.log.entries == ()
    (image,) = places.config.images
    host = str(options["private"]).partition("://")[2]
    assert [str(target) for target in places.targets_of(image)] == ["private team/maven", "public maven"]
    assert places.pull_name("private", "team/maven") == f"{host}/team/maven"
    assert places.source_of(image).name == registries.hub_url.partition("://")[2] + "/library/maven"


def test_an_image_goes_only_where_it_is_to_go(network: Network, options: dict[str, Any]) -> None:
    places = opened(network, options, PUBLIC_ONLY)
    assert list(places.destinations) == [DestinationName.PUBLIC]
    (image,) = places.config.images
    assert [target.destination for target in places.targets_of(image)] == ["public"]


def test_naming_one_destination_means_that_one(network: Network, options: dict[str, Any]) -> None:
    assert list(opened(network, {**options, "public": None}).destinations) == [DestinationName.PRIVATE]


def test_naming_one_where_nothing_goes_is_refused(network: Network, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"--private: no image goes there; .* go to: public"):
        opened(network, {**options, "public": None}, PUBLIC_ONLY)


def test_no_images_need_no_destinations(network: Network, options: dict[str, Any]) -> None:
    assert opened(network, options, "").destinations == {}


def test_a_bad_url_names_its_option(network: Network, options: dict[str, Any]) -> None:
    for option in ("source", "private", "public"):
        with pytest.raises(ConfigError, match=f"--{option}: got 'ftp://x'"):
            opened(network, {**options, option: "ftp://x"})


def test_amazons_registries_are_asked_for_their_addresses(
    registries: Registries, network: Network, options: dict[str, Any], aws_environment: None
) -> None:
    registries.public.create_repository("maven")
    places = opened(network, {**options, "private": None, "public": None})
    assert places.pull_name("private", "team/maven") == registries.ecr_url.partition("://")[2] + "/team/maven"
    assert places.pull_name("public", "maven") == f"{registries.public_url}/maven"
    assert {entry.reference for entry in registries.log.entries} == {"GetAuthorizationToken", "DescribeRegistries"}


def test_one_that_cannot_be_opened_fails_alone(
    registries: Registries, network: Network, options: dict[str, Any], aws_environment: None
) -> None:
    registries.private[REGION].create_repository("team/maven")
    places = opened(network, {**options, "private": None, "public": None})
    assert list(places.destinations) == [DestinationName.PRIVATE]
    assert isinstance(places.failed[DestinationName.PUBLIC], UnavailableError)
    assert places.pull_name("public", "maven") == "maven"


def test_credentials_that_are_missing_end_it(
    registries: Registries, network: Network, options: dict[str, Any], aws_environment: None
) -> None:
    with pytest.raises(CredentialsError, match="go together"):
        opened(network, options, MIRROR_DOCKER_HUB_USERNAME="me")


def test_docker_hubs_credentials_go_to_docker_hub_only(network: Network, options: dict[str, Any]) -> None:
    """A registry that a person named in Docker Hub's place is not told the token."""
    environ = {"MIRROR_DOCKER_HUB_USERNAME": "me", "MIRROR_DOCKER_HUB_TOKEN": "token"}
    assert not opened(network, options, **environ).anonymous
    assert opened(network, options).anonymous
    elsewhere = opened(network, {**options, "source_is_hub": False}, MIRROR_DOCKER_HUB_USERNAME="me")
    assert not elsewhere.anonymous  # what Docker Hub counts by address does not matter there


def test_twins_are_asked_only_where_they_are_named(network: Network, options: dict[str, Any]) -> None:
    (image,) = config().images
    assert opened(network, options).twins_of(image) == ()
    places = opened(network, options, BOTH + "docker_hub: {twins: ['http://127.0.0.1:1/docker/library']}\n")
    (twin,) = places.twins_of(image)
    assert (twin.destination, twin.repository) == ("twin 127.0.0.1:1", "maven")


def test_tags_that_may_not_move(network: Network, options: dict[str, Any]) -> None:
    places = opened(network, options, BOTH.replace("{prefix: team}", "{prefix: team, mutability: immutable}"))
    (image,) = places.config.images
    targets = places.targets_of(image)
    assert {target.destination for target in places.immutable(image, "3", targets)} == {"private"}
    assert places.immutable(image, None, targets) == frozenset()
    assert opened(network, options).immutable(image, "3", targets) == frozenset()
