import re
from collections.abc import Callable

import pytest

from mirror.config.model import ExplicitDigest, ExplicitTag, MirrorConfig, TagPattern, TagSelector
from mirror.errors import Problem
from mirror.oci.digest import parse_digest

HEX = "0123456789abcdef" * 4
DIGEST = parse_digest(f"sha256:{HEX}")


def with_tags(written: str) -> str:
    return f"images: [{{name: maven, tags: {written}}}]"


@pytest.mark.parametrize(
    ("written", "selector"),
    [
        ("3.6.3-jdk-11", ExplicitTag("3.6.3-jdk-11")),
        ("'3.10'", ExplicitTag("3.10")),
        ("_x", ExplicitTag("_x")),
        ("t" * 128, ExplicitTag("t" * 128)),
        ("sha256", ExplicitTag("sha256")),
        (f"'21-jre@sha256:{HEX}'", ExplicitTag("21-jre", DIGEST)),
        (f"'sha256:{HEX}'", ExplicitDigest(DIGEST)),
        (f"'sha512:{HEX}{HEX}'", ExplicitDigest(parse_digest(f"sha512:{HEX}{HEX}"))),
        ("{glob: '7.*'}", TagPattern(glob="7.*")),
        ("{regex: '^8[.][0-9]+$'}", TagPattern(regex="^8[.][0-9]+$")),
        ("{semver: '>=17 <22', suffix: -jre}", TagPattern(semver=">=17 <22", suffix="-jre")),
        ("{semver: '  >=17   <22 '}", TagPattern(semver=">=17 <22")),
        ("{semver: '*', prefix: v, prerelease: true}", TagPattern(semver="*", prefix="v", prerelease=True)),
        ("{latest: 2}", TagPattern(latest=2)),
        ("{latest: 2, prefix: v, suffix: -jre}", TagPattern(latest=2, prefix="v", suffix="-jre")),
        ("{glob: '*', latest: 1, order: pushed}", TagPattern(glob="*", latest=1, order="pushed")),
        ("{glob: '*-jre', required: true}", TagPattern(glob="*-jre", required=True)),
    ],
)
def test_what_may_be_written(read: Callable[[str], MirrorConfig], written: str, selector: TagSelector) -> None:
    assert read(with_tags(f"[{written}]")).images[0].selectors == (selector,)


@pytest.mark.parametrize(
    "written", ["17", ">=17", "<22.0", ">17.1.2 <=18", "=1.2", "^1.2.3", "~1.2", "17.x", ">= 1.0-rc.1", "17 || 21"]
)
def test_ranges(read: Callable[[str], MirrorConfig], written: str) -> None:
    (selector,) = read(with_tags(f"[{{semver: '{written}'}}]")).images[0].selectors

    assert selector == TagPattern(semver=written)


@pytest.mark.parametrize(
    ("written", "problems"),
    [
        # What YAML takes from the text unless it is quoted.
        ("[3.10]", ['tags[0]: tags are texts, got the number 3.10: quote it, "3.10"']),
        ("[21]", ['tags[0]: tags are texts, got the number 21: quote it, "21"']),
        ("[on]", ['tags[0]: tags are texts, got on, which means true in YAML: quote it, "on"']),
        ("[2026-11-24]", ['tags[0]: tags are texts, got the date 2026-11-24: quote it, "2026-11-24"']),
        ("[~]", ["tags[0]: expected a tag"]),
        ("[[a]]", ["tags[0]: expected a tag"]),
        # The list itself.
        ("[]", ["tags: the list is empty: name at least one tag or selector"]),
        ("3.9-jdk", ["tags: expected a list of tags, got '3.9-jdk'"]),
        ("{glob: '*'}", ["tags: expected a list of tags, got a mapping"]),
        ("[a, b, a]", ["tags[2]: the tag 'a' is in this list twice (line 1)"]),
        (f"[a, 'a@sha256:{HEX}']", ["tags[1]: the tag 'a' is in this list twice (line 1)"]),
        # Tags.
        ("[-x]", ["tags[0]: not a tag: '-x'"]),
        (f"[{'t' * 129}]", ["tags[0]: not a tag:"]),
        ("['7.*']", ["tags[0]: not a tag: '7.*' ("]),
        ("['maven:3.9']", ["tags[0]: not a tag: 'maven:3.9' ("]),
        ("['a@sha256:12']", ["tags[0]: not a digest: 'sha256:12'"]),
        ("['a@']", ["tags[0]: not a digest: ''"]),
        (f"['@sha256:{HEX}']", ["tags[0]: not a tag: ''"]),
        ("['sha256:12']", ["tags[0]: not a digest: 'sha256:12'"]),
        # Selectors.
        ("[{}]", ["tags[0]: the selector chooses nothing"]),
        ("[{required: true}]", ["tags[0]: the selector chooses nothing"]),
        (
            "[{globs: '*', latest: 1}]",
            ["tags[0].globs: unknown key 'globs' (did you mean 'glob'?); allowed: glob, regex,"],
        ),
        ("[{glob: '*', regex: x}]", ["tags[0]: a selector has one of glob, regex, semver; this has glob and regex"]),
        ("[{glob: 'a b'}]", ["tags[0].glob: 'a b' matches no tag"]),
        ("[{glob: '{a,b}'}]", ["tags[0].glob: '{a,b}' matches no tag"]),
        ("[{glob: 7}]", ["tags[0].glob: expected a glob"]),
        ("[{regex: ''}]", ["tags[0].regex: expected a regular expression, got ''"]),
        ("[{regex: '('}]", ["tags[0].regex: not a regular expression: missing ), unterminated subpattern"]),
        ("[{regex: 'a{99999999999999999999}'}]", ["tags[0].regex: not a regular expression"]),
        ("[{semver: newest}]", ["tags[0].semver: not a range of versions: 'newest' is no comparator"]),
        ("[{semver: '>=17 ||'}]", ["tags[0].semver: not a range of versions"]),
        ("[{semver: '>>1'}]", ["tags[0].semver: not a range of versions"]),
        ("[{semver: 17}]", ["tags[0].semver: expected a range of versions"]),
        ("[{semver: '*', suffix: '-jre*'}]", ["tags[0].suffix: '-jre*' cannot be part of a tag"]),
        ("[{glob: '*', suffix: -jre}]", ["tags[0].suffix: 'suffix' belongs to 'semver'"]),
        ("[{regex: x, latest: 1, prerelease: true}]", ["tags[0].prerelease: 'prerelease' belongs to 'semver'"]),
        ("[{latest: 0}]", ["tags[0].latest: expected a whole number, 1 or more, got the number 0"]),
        ("[{latest: true}]", ["tags[0].latest: expected a whole number, 1 or more, got true"]),
        ("[{glob: '*', order: pushed}]", ["tags[0].order: 'order' belongs to 'latest'"]),
        ("[{latest: 1, order: age}]", ["tags[0].order: expected version or pushed, got 'age'"]),
        ("[{glob: '*', required: 1}]", ["tags[0].required: expected true or false, got the number 1"]),
        # All at once.
        ("[3.10, -x, {latest: 0}]", ["tags[0]: tags are", "tags[1]: not a tag", "tags[2].latest: expected"]),
    ],
)
def test_what_may_not(refuse: Callable[[str], list[Problem]], written: str, problems: list[str]) -> None:
    found = [f"{problem.path}: {problem.message}" for problem in refuse(with_tags(written))]

    assert len(found) == len(problems), found
    for got, wanted in zip(found, problems, strict=True):
        assert got.startswith(f"images[0].{wanted}")


@pytest.mark.parametrize(
    ("written", "hint"),
    [("'7.*'", "{glob: '7.*'}"), ("'maven:3.9'", "the name of the image is not repeated")],
)
def test_hints(refuse: Callable[[str], list[Problem]], written: str, hint: str) -> None:
    (problem,) = refuse(with_tags(f"[{written}]"))

    assert re.search(re.escape(hint), problem.message)
