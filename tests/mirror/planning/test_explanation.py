"""What `plan --explain` says of every tag, to the word."""

from hypothesis import given
from hypothesis import strategies as st

from mirror.config.model import ExplicitDigest, ExplicitTag, ImageConfig, TagPattern, TagSelector
from mirror.oci.digest import digest_of
from mirror.planning.explanation import explain
from mirror.planning.selection import select

DIGEST = digest_of(b"content")
LISTED = (
    "17-jre",
    "17.0.9_9-jre",
    "17.0.16_8-jre",
    "21-jdk",
    "21-jre",
    "21.0.8_9-jre",
    "22-ea-jre",
    "22-jre",
    "8-jre",
    "latest",
    "nightly",
)


def told(listed: tuple[str, ...] | None, *selectors: TagSelector, exclude: tuple[str, ...] = ()) -> list[str]:
    image = ImageConfig("app", "library/app", selectors, exclude)
    verdicts = explain(image, listed, select(image, listed or ()))
    return [f"{'in ' if each.selected else 'out'} {each.name}: {each.reason}" for each in verdicts]


def test_a_range_of_versions() -> None:
    pattern = TagPattern(semver=">=17 <=22", suffix="-jre", latest=3)
    written = "{semver: >=17 <=22, suffix: -jre, latest: 3}"
    assert told(LISTED, pattern) == [
        f"out 17-jre: not among the latest 3 of {written}",
        f"out 17.0.9_9-jre: not among the latest 3 of {written}",
        f"out 17.0.16_8-jre: not among the latest 3 of {written}",
        f"out 21-jdk: {written} wants the suffix -jre",
        f"in  21-jre: chosen by {written}",
        f"in  21.0.8_9-jre: chosen by {written}",
        f"out 22-ea-jre: {written} takes no pre-releases (prerelease: true does)",
        f"in  22-jre: chosen by {written}",
        f"out 8-jre: {written} leaves 8 out",
        f"out latest: {written} wants the suffix -jre",
        f"out nightly: {written} wants the suffix -jre",
    ]


def test_several_selectors_and_what_they_exclude() -> None:
    selectors = (
        ExplicitTag("latest"),
        ExplicitTag("21-jdk", DIGEST),
        ExplicitTag("99"),
        ExplicitTag("nightly"),
        ExplicitDigest(DIGEST),
        TagPattern(glob="17*"),
        TagPattern(regex="17.*|22.*"),
    )
    assert told(LISTED, *selectors, exclude=("*-ea-*", "*_9-*", "night*")) == [
        "in  latest: named in tags",
        f"in  21-jdk: named in tags, pinned to {DIGEST}",
        "in  99: named in tags, though not listed upstream",
        "out nightly: named in tags, but excluded by night*",
        f"in  {DIGEST}: named by its digest",
        "in  17-jre: chosen by {glob: 17*} and {regex: 17.*|22.*}",
        "out 17.0.9_9-jre: excluded by *_9-*, though it matches {glob: 17*} and {regex: 17.*|22.*}",
        "in  17.0.16_8-jre: chosen by {glob: 17*} and {regex: 17.*|22.*}",
        "out 21-jre: {glob: 17*} does not match; {regex: 17.*|22.*} does not match all of it",
        "out 21.0.8_9-jre: {glob: 17*} does not match; {regex: 17.*|22.*} does not match all of it",
        "out 22-ea-jre: excluded by *-ea-*, though it matches {regex: 17.*|22.*}",
        "in  22-jre: chosen by {regex: 17.*|22.*}",
        "out 8-jre: {glob: 17*} does not match; {regex: 17.*|22.*} does not match all of it",
    ]


def test_the_latest_by_date() -> None:
    image = ImageConfig("app", "library/app", (TagPattern(glob="*", latest=1, order="pushed"),))
    selection = select(image, ["a", "b"], push_dates=lambda _, _n: {"a": "2026-02-01", "b": "2026-01-01"})
    written = "{glob: *, latest: 1, order: pushed}"
    assert [each.reason for each in explain(image, ["a", "b"], selection)] == [
        f"chosen by {written}",
        f"not among the latest 1 by push date of {written}",
    ]


def test_what_is_written_out_needs_no_list() -> None:
    assert told(None, ExplicitTag("1"), ExplicitTag("2"), ExplicitDigest(DIGEST), exclude=("2",)) == [
        "in  1: named in tags",
        "out 2: named in tags, but excluded by 2",
        f"in  {DIGEST}: named by its digest",
    ]


def test_without_a_pattern_only_what_is_named_is_in() -> None:
    assert told(("1", "2"), ExplicitTag("1")) == ["in  1: named in tags", "out 2: not named in tags"]


TAGS = st.lists(st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}(-rc1|-jre)?", fullmatch=True), unique=True, max_size=12)


@given(listed=TAGS)
def test_verdicts_and_selection_agree(listed: list[str]) -> None:
    selectors = (TagPattern(glob="1*"), TagPattern(latest=1), ExplicitTag("7"))
    image = ImageConfig("app", "library/app", selectors, exclude=("*.3*",))
    selection = select(image, listed)
    verdicts = list(explain(image, listed, selection))
    assert {each.name for each in verdicts if each.selected} == {each.tag for each in selection.selected}
    assert [each.name for each in verdicts] == ["7", *(tag for tag in listed if tag != "7")]
