import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirror.transport.challenge import Challenge, choose, parse_challenges


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ['Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull"'],
            [
                (
                    "bearer",
                    {
                        "realm": "https://auth.docker.io/token",
                        "service": "registry.docker.io",
                        "scope": "repository:a/b:pull",
                    },
                )
            ],
        ),
        (['Basic realm="x, y"'], [("basic", {"realm": "x, y"})]),
        (
            ['Basic realm="a", Bearer realm="b",service=c'],
            [("basic", {"realm": "a"}), ("bearer", {"realm": "b", "service": "c"})],
        ),
        (["Negotiate", 'Basic realm="\\"quoted\\""'], [("negotiate", {}), ("basic", {"realm": '"quoted"'})]),
        (["BEARER Realm=x"], [("bearer", {"realm": "x"})]),
        ([""], []),
    ],
)
def test_challenges_are_parsed(headers: list[str], expected: list[tuple[str, dict[str, str]]]) -> None:
    assert [(each.scheme, dict(each.parameters)) for each in parse_challenges(headers)] == expected


def test_bearer_is_answered_before_basic() -> None:
    bearer, basic = Challenge("bearer", {}), Challenge("basic", {})
    assert choose([basic, bearer]) == bearer
    assert choose([basic]) == basic
    assert choose([Challenge("negotiate", {})]) is None


@given(st.text(max_size=60))
def test_nonsense_is_no_error(text: str) -> None:
    parse_challenges([text])
