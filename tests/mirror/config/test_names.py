import pytest

from mirror.config.model import DestinationName
from mirror.config.names import name_problem

PRIVATE, PUBLIC = DestinationName.PRIVATE, DestinationName.PUBLIC


@pytest.mark.parametrize("destination", [PRIVATE, PUBLIC])
@pytest.mark.parametrize("name", ["ab", "maven", "bitnami/redis", "a/b/c", "a.b-c_d/e1", "docker-hub/1password"])
def test_names_that_both_accept(name: str, destination: DestinationName) -> None:
    assert name_problem(name, destination) is None


@pytest.mark.parametrize("destination", [PRIVATE, PUBLIC])
@pytest.mark.parametrize(
    "name", ["Maven", "a__b", "a--b", "a..b", "-ab", "ab-", "/ab", "ab/", "a//b", "a b", "a:b", "ä-b", "ab\n"]
)
def test_names_that_neither_accepts(name: str, destination: DestinationName) -> None:
    problem = name_problem(name, destination)

    assert problem is not None
    assert repr(name) in problem


@pytest.mark.parametrize(
    ("name", "destination", "accepted"),
    [
        ("a", PRIVATE, False),
        ("a", PUBLIC, False),
        ("", PUBLIC, False),
        ("a" * 205, PUBLIC, True),
        ("a" * 206, PUBLIC, False),
        ("a" * 256, PRIVATE, True),
        ("a" * 257, PRIVATE, False),
        ("1password/connect", PUBLIC, True),
        ("1password/connect", PRIVATE, False),
    ],
)
def test_where_they_differ(name: str, destination: DestinationName, accepted: bool) -> None:
    assert (name_problem(name, destination) is None) is accepted
