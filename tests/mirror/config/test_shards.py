from collections.abc import Callable

import pytest

from mirror.config import canonical
from mirror.config.model import MirrorConfig
from mirror.errors import Problem


@pytest.mark.parametrize(("written", "shards"), [("", 1), ("shards: 1", 1), ("shards: 16", 16)])
def test_how_many_machines(read: Callable[[str], MirrorConfig], written: str, shards: int) -> None:
    assert read(written).shards == shards


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("shards: 0", "a whole number, 1 or more"),
        ("shards: 17", "at most 16, got 17: ECR takes images at an account's rate"),
        ("shards: '4'", "a whole number, 1 or more"),
        ("shards: 2\nreports: false", "shards meet in the bucket of 'reports', which is switched off"),
    ],
)
def test_what_cannot_be(refuse: Callable[[str], list[Problem]], written: str, message: str) -> None:
    (problem,) = refuse(written)
    assert (problem.path, problem.line) == ("shards", 1)
    assert message in problem.message


def test_batches_may_run_on_lambda(read: Callable[[str], MirrorConfig]) -> None:
    assert read("shards: 4\ncompute: {type: lambda}").shards == 4


def test_the_engine_is_told_by_the_buildspec(read: Callable[[str], MirrorConfig]) -> None:
    """So another number makes no other asset, and starts nothing that `run_on_deploy` would."""
    assert canonical.dumps(read("shards: 4")) == canonical.dumps(read(""))
