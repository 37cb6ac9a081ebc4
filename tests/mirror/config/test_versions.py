import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirror.config.versions import Range, Version


def version(text: str) -> Version:
    found = Version.parse(text)
    assert found is not None
    return found


PRE_RELEASES = ["1.0.0-alpha1", "1.0.0-alpha2", "1.0.0-beta", "1.0.0-rc2", "1.0.0-rc10"]
ORDERED = ["0.9", *PRE_RELEASES, "1.0", "1.0.1", "1.0.1_2", "1.2", "1.10", "2", "10.0.0.1"]


@pytest.mark.parametrize(("smaller", "greater"), list(itertools.pairwise(ORDERED)))
def test_versions_are_ordered_as_people_order_them(smaller: str, greater: str) -> None:
    assert version(smaller) < version(greater)
    assert not version(greater) < version(smaller)


@pytest.mark.parametrize(("one", "other"), [("1", "1.0.0"), ("v1.2", "1.2"), ("1.0.0-RC1", "1.0.0-rc1")])
def test_missing_numbers_are_zero_and_case_is_no_difference(one: str, other: str) -> None:
    assert version(one) == version(other)
    assert hash(version(one)) == hash(version(other))


@pytest.mark.parametrize("text", ["", "latest", "1.2.3.4.5", "1.2-jre", "1..2", "3-alpine", "x1", "20260101-abcdef"])
def test_other_tags_are_no_versions(text: str) -> None:
    assert Version.parse(text) is None


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (">=17 <22", ["17", "17.0.1", "21.9.9"], ["16.9", "22", "22.0.1"]),
        (">= 17, < 22", ["17"], ["22"]),
        ("^1.4", ["1.4", "1.9.9"], ["1.3", "2.0"]),
        ("^0.4.1", ["0.4.1", "0.4.9"], ["0.5.0", "0.4.0"]),
        ("~3.2", ["3.2", "3.2.9"], ["3.3", "3.1"]),
        ("~3", ["3.0", "3.9"], ["4"]),
        ("17", ["17", "17.0.16_8"], ["18", "1.7"]),
        ("17.x", ["17.2"], ["18"]),
        ("*", ["1", "99.1"], []),
        ("=8.0.1", ["8.0.1"], ["8.0.2"]),
        ("!=8.0.1", ["8.0.2"], ["8.0.1"]),
        ("1.x || >=3", ["1.9", "3", "4"], ["2.5"]),
        ("1.0.0-rc1", ["1.0.0-rc1"], ["1.0.0"]),
        (">1 <=2", ["1.0.1", "2"], ["1", "2.0.1"]),
    ],
)
def test_ranges(text: str, inside: list[str], outside: list[str]) -> None:
    wanted = Range.parse(text)
    assert [each for each in inside if version(each) not in wanted] == []
    assert [each for each in outside if version(each) in wanted] == []


@pytest.mark.parametrize("text", ["", " || 1", ">=", ">= x", "latest", "=>1", "1 - 2 - a"])
def test_a_malformed_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"range|comparator"):
        Range.parse(text)


@given(st.lists(st.integers(min_value=0, max_value=10**18 - 1), min_size=1, max_size=4))
def test_any_numbers_are_a_version(numbers: list[int]) -> None:
    assert version(".".join(map(str, numbers))).numbers == tuple(numbers)


@given(st.text(max_size=30))
def test_nonsense_is_refused_not_crashed_on(text: str) -> None:
    Version.parse(text)
    with contextlib.suppress(ValueError):
        Range.parse(text)
