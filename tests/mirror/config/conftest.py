"""What the tests of the configuration share: a text in, a configuration or its problems out."""

from collections.abc import Callable

import pytest

from mirror.config import reader
from mirror.config.model import MirrorConfig
from mirror.errors import ConfigError, Problem

Read = Callable[[str], MirrorConfig]
Refuse = Callable[[str], list[Problem]]


@pytest.fixture
def read() -> Read:
    """Reads a document that lacks only its version; the version takes no line of its own."""

    def read_body(body: str) -> MirrorConfig:
        return reader.read_text(body + "\nversion: 1\n", source="mirror.yaml")

    return read_body


@pytest.fixture
def refuse() -> Refuse:
    """The problems of a document that lacks only its version."""

    def problems_of(body: str) -> list[Problem]:
        with pytest.raises(ConfigError) as caught:
            reader.read_text(body + "\nversion: 1\n", source="mirror.yaml")
        assert caught.value.source == "mirror.yaml"
        return list(caught.value.problems)

    return problems_of
