from collections.abc import Callable

import pytest

from mirror.config import canonical, reader
from mirror.config.model import MirrorConfig
from mirror.errors import ConfigError


def test_without_them_nothing_is_kept_and_the_usual_twin_is_asked(read: Callable[[str], MirrorConfig]) -> None:
    hub = read("docker_hub: {}").docker_hub
    assert (hub.keep_pulls, hub.twins) == (0, None)


@pytest.mark.parametrize(
    ("written", "twins"),
    [
        ("false", ()),
        ("true", None),
        ("['https://mirror.gcr.io/', 'http://localhost:5000/docker/library']",
         ("https://mirror.gcr.io", "http://localhost:5000/docker/library")),
    ],
)  # fmt: skip
def test_twins(read: Callable[[str], MirrorConfig], written: str, twins: tuple[str, ...] | None) -> None:
    config = read(f"docker_hub: {{keep_pulls: 20, twins: {written}}}")
    assert (config.docker_hub.keep_pulls, config.docker_hub.twins) == (20, twins)
    again = canonical.loads(canonical.dumps(config), source="mirror.json")
    assert (again.docker_hub.keep_pulls, again.docker_hub.twins) == (20, twins)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("keep_pulls: -1", "keep_pulls"),
        ("keep_pulls: many", "keep_pulls"),
        ("twins: public.ecr.aws", "twins"),
        ("twins: ['public.ecr.aws/docker/library']", "not the URL of a registry"),
        ("twins: ['https://me:secret@example.com']", "not the URL of a registry"),
        ("twins: [5]", "twins"),
    ],
)
def test_what_is_refused(written: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        reader.read_text(f"version: 1\ndocker_hub: {{{written}}}\n", source="mirror.yaml")
