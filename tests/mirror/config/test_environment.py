from collections.abc import Callable

import pytest

from mirror.config.environment import named
from mirror.config.model import MirrorConfig
from mirror.errors import Problem


def test_the_name_is_the_files(read: Callable[[str], MirrorConfig]) -> None:
    assert read("").name == ""
    assert read("name: dev-2").name == "dev-2"


@pytest.mark.parametrize("name", ["Dev", "2dev", "dev-", "a--b", "d_v", "'dev prod'", "abcdefghijklmnopqrstu"])
def test_what_is_no_name(refuse: Callable[[str], list[Problem]], name: str) -> None:
    (problem,) = refuse(f"name: {name}")
    assert (problem.path, problem.line) == ("name", 1)
    assert "not a name" in problem.message


def test_a_secret_with_its_usual_name_is_the_environments_own(read: Callable[[str], MirrorConfig]) -> None:
    written = "docker_hub: {create_secret: true}"
    assert read(written).docker_hub.credentials_secret == "ecr-pullthroughcache/docker-hub"
    dev = read(f"name: dev\n{written}")
    assert dev.docker_hub.credentials_secret == "ecr-pullthroughcache/dev-docker-hub"
    assert named(read(written), "dev") == dev
    assert named(named(dev, "prod"), "dev") == dev
    assert named(dev, "prod").docker_hub.credentials_secret == "ecr-pullthroughcache/prod-docker-hub"


def test_a_secret_that_has_a_name_keeps_it(read: Callable[[str], MirrorConfig]) -> None:
    for written in ("{credentials_secret: shared/hub}", "{credentials_secret: shared/hub, create_secret: true}"):
        assert read(f"name: dev\ndocker_hub: {written}").docker_hub.credentials_secret == "shared/hub"
