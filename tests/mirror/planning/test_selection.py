from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirror.config.model import ExplicitDigest, ExplicitTag, ImageConfig, TagPattern, TagSelector
from mirror.oci.digest import digest_of
from mirror.planning.selection import Selected, describe, mismatch, needs_listing, select

DIGEST = digest_of(b"content")

TEMURIN = (
    "11-jre",
    "11.0.28_6-jre",
    "17-jdk",
    "17-jre",
    "17.0.16_8-jre",
    "17.0.9_9-jre",
    "21-jre",
    "21.0.8_9-jre",
    "21.0.8_9-jre-alpine",
    "22-ea-jre",
    "25-jre",
    "latest",
    "nightly",
)


def image(*selectors: TagSelector, exclude: tuple[str, ...] = ()) -> ImageConfig:
    return ImageConfig("app", "library/app", selectors, exclude)


def tags(listed: Sequence[str], *selectors: TagSelector, exclude: tuple[str, ...] = ()) -> list[str | None]:
    return [each.tag for each in select(image(*selectors, exclude=exclude), listed).selected]


def test_explicit_selectors_need_no_list() -> None:
    config = image(ExplicitTag("2"), ExplicitTag("1", DIGEST), ExplicitDigest(DIGEST))
    assert not needs_listing(config)
    selection = select(config)
    assert selection.selected == (Selected("2"), Selected("1", DIGEST), Selected(None, DIGEST))
    assert selection.chosen == {}
    assert selection.unmatched == ()


def test_patterns_need_one() -> None:
    assert needs_listing(image(ExplicitTag("1"), TagPattern(glob="*")))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (TagPattern(glob="17*jre"), ["17-jre", "17.0.16_8-jre", "17.0.9_9-jre"]),
        (TagPattern(glob="l?test"), ["latest"]),
        (TagPattern(glob="LATEST"), []),
        (TagPattern(glob="[ln]*"), ["latest", "nightly"]),
        (TagPattern(regex=r"\d+-jre"), ["11-jre", "17-jre", "21-jre", "25-jre"]),
        (TagPattern(regex="21"), []),  # the whole tag, not a part of it
        (TagPattern(semver="17", suffix="-jre"), ["17-jre", "17.0.16_8-jre", "17.0.9_9-jre"]),
        (TagPattern(semver=">=17 <25", suffix="-jre", latest=2), ["21.0.8_9-jre", "21-jre"]),
        (TagPattern(semver=">=17", suffix="-jre", prerelease=True, latest=2), ["25-jre", "22-ea-jre"]),
        (TagPattern(semver=">=1"), []),  # all of them have a suffix, or are no versions
        (TagPattern(latest=2, suffix="-jre"), ["25-jre", "21.0.8_9-jre"]),
        (TagPattern(latest=1, suffix="-jre-alpine"), ["21.0.8_9-jre-alpine"]),
        (TagPattern(glob="17*", latest=1), ["17.0.16_8-jre"]),
    ],
    ids=lambda value: describe(value) if isinstance(value, TagPattern) else "",
)
def test_patterns_choose_among_what_is_listed(pattern: TagPattern, expected: list[str]) -> None:
    assert sorted(map(str, tags(TEMURIN, pattern))) == sorted(expected)


def test_the_latest_are_the_greatest_versions_not_the_last_names() -> None:
    listed = ["1.9.0", "1.10.0", "1.10", "1.2.0", "v1.11.0-rc1", "edge"]
    assert tags(listed, TagPattern(latest=1)) == ["1.10.0"]  # the more exact of two that are equal
    assert tags(listed, TagPattern(latest=2, prerelease=True)) == ["1.10.0", "v1.11.0-rc1"]
    assert tags(listed, TagPattern(glob="*", latest=1)) == ["v1.11.0-rc1"]
    # Whatever is no version comes after all that are.
    assert tags(listed, TagPattern(glob="[e]*", latest=3)) == ["edge"]


def test_the_latest_by_date_are_asked_for_only_where_they_are_wanted() -> None:
    asked: list[tuple[Sequence[str], int]] = []

    def dates(wanted: Sequence[str], newest: int) -> dict[str, str]:
        asked.append((wanted, newest))
        return {"a": "2026-01-01", "b": "2026-03-01", "c": "2026-02-01"}

    pushed = TagPattern(glob="?", latest=2, order="pushed")
    selection = select(image(pushed), ["a", "b", "c", "d", "long"], push_dates=dates)
    assert [each.tag for each in selection.selected] == ["b", "c"]
    assert asked == [(["a", "b", "c", "d"], 2)]
    select(image(TagPattern(glob="?", latest=2)), ["a", "b"], push_dates=dates)
    assert len(asked) == 1


def test_what_is_excluded_is_out_whatever_chose_it() -> None:
    listed = ["1", "1-rc1", "2"]
    assert tags(listed, TagPattern(glob="*"), exclude=("*-rc*",)) == ["1", "2"]
    assert tags(listed, ExplicitTag("1-rc1"), ExplicitTag("2"), exclude=("*-rc*",)) == ["2"]
    # And does not count among the latest.
    assert tags(["1", "2", "3-x"], TagPattern(latest=2, suffix=""), exclude=("3*", "2")) == ["1"]


def test_nothing_is_chosen_twice_and_what_is_named_comes_first() -> None:
    found = tags(["1", "2", "3"], TagPattern(glob="*"), ExplicitTag("3"), TagPattern(glob="[12]"), ExplicitTag("new"))
    assert found == ["3", "new", "1", "2"]


def test_patterns_that_choose_nothing_are_told() -> None:
    nothing, something = TagPattern(glob="x*", required=True), TagPattern(glob="1*")
    selection = select(image(nothing, something), ["1"])
    assert selection.unmatched == (nothing,)


def test_several_patterns_may_choose_the_same() -> None:
    one, two = TagPattern(glob="1*"), TagPattern(semver="1")
    assert select(image(one, two), ["1.0", "1-x", "2"]).chosen == {"1.0": (one, two), "1-x": (one,)}


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        (TagPattern(semver=">=17 <22", suffix="-jre", latest=3), "{semver: >=17 <22, suffix: -jre, latest: 3}"),
        (TagPattern(glob="*", latest=1, order="pushed"), "{glob: *, latest: 1, order: pushed}"),
        (TagPattern(prefix="v", prerelease=True, latest=1), "{prefix: v, prerelease: true, latest: 1}"),
        (TagPattern(regex="1.*", required=True), "{regex: 1.*}"),
    ],
)
def test_a_pattern_is_described_as_the_file_writes_it(pattern: TagPattern, written: str) -> None:
    assert describe(pattern) == written


@pytest.mark.parametrize(
    ("pattern", "tag", "why"),
    [
        (TagPattern(glob="7.*"), "8.0", "does not match"),
        (TagPattern(glob="7.*"), "7.0", None),
        (TagPattern(regex="7"), "7.0", "does not match all of it"),
        (TagPattern(semver=">=17 <22", suffix="-jre"), "21", "wants the suffix -jre"),
        (TagPattern(semver=">=17 <22", prefix="v"), "21", "wants the prefix v"),
        (TagPattern(semver=">=17 <22", suffix="-jre"), "latest-jre", "wants a version, which latest is not"),
        (TagPattern(semver=">=17", prefix="a-", suffix="-jre"), "a-jre", "wants a version, and there is none"),
        (TagPattern(semver=">=17 <22", suffix="-jre"), "25-jre", "leaves 25 out"),
        (TagPattern(semver=">=17 <22"), "25-rc1", "leaves 25-rc1 out"),
        (TagPattern(semver=">=17"), "25-rc1", "takes no pre-releases (prerelease: true does)"),
        (TagPattern(semver=">=17", prerelease=True), "25-rc1", None),
        (TagPattern(latest=1), "25-rc1", "takes no pre-releases (prerelease: true does)"),
        (TagPattern(latest=1), "25", None),
    ],
)
def test_why_a_pattern_does_not_match(pattern: TagPattern, tag: str, why: str | None) -> None:
    assert mismatch(pattern, tag) == why


TAGS = st.lists(st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}(-rc1|-jre)?", fullmatch=True), unique=True, max_size=12)


@given(listed=TAGS, latest=st.integers(1, 4))
def test_the_order_of_the_list_does_not_decide(listed: list[str], latest: int) -> None:
    pattern = TagPattern(latest=latest, prerelease=True)
    forward, backward = tags(listed, pattern), tags(listed[::-1], pattern)
    assert set(forward) == set(backward)
    assert len(forward) <= latest
