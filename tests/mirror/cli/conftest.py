"""A configuration of three references, and how the process was stopped before."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.registries.store import Store

CONFIG = """\
version: 1
private: {}
public: false
defaults: {to: [private]}
images:
  - {name: app, tags: ['1', '2']}
  - other:1
"""


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mirror.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def store() -> Store:
    return Store()
