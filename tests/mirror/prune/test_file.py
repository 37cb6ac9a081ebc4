import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mirror.errors import ConfigError
from mirror.oci.digest import digest_of
from mirror.prune.file import Entry, Plan, dumps, loads, moment, read, write

ENTRY = Entry(
    destination="private",
    registry="123456789012.dkr.ecr.eu-central-1.amazonaws.com",
    repository="hub/maven",
    tag="3.5",
    digest=digest_of(b"3.5"),
    pushed="2026-01-02T03:04:05+00:00",
    reason="no selector matches",
)
PLAN = Plan("2026-11-24T03:00:00+00:00", 30.0, (ENTRY, replace(ENTRY, tag="3.4", pushed=None)))

ENTRY_KEYS = "destination, registry, repository, tag, digest, pushed, reason"


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(dumps(PLAN))
    return loaded


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loads(text, source="plan.json")
    assert caught.value.source == "plan.json"
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


def test_it_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write(PLAN, path)
    assert read(path) == PLAN


def test_it_can_be_read_by_a_person() -> None:
    assert document()["entries"][0] == {
        "destination": "private",
        "registry": "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
        "repository": "hub/maven",
        "tag": "3.5",
        "digest": ENTRY.digest,
        "pushed": "2026-01-02T03:04:05+00:00",
        "reason": "no selector matches",
    }
    assert ENTRY.reference == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/hub/maven:3.5"
    assert moment(0) == "1970-01-01T00:00:00+00:00"


def test_all_problems_are_told_at_once() -> None:
    broken = document()
    broken["min_age_days"] = -1
    broken["created"] = "yesterday"
    broken["force"] = True
    broken["entries"][0] |= {"tag": "*", "digest": "sha256:1", "repository": "../x", "all": True}
    del broken["entries"][1]["destination"]
    broken["entries"][1]["pushed"] = "2026-01-02"
    broken["entries"].append("maven:3.3")
    assert problems(json.dumps(broken)) == [
        "created: got 'yesterday', allowed: a date and time with its zone, 2026-11-24T03:00:00+00:00",
        f"entries[0].all: unknown key, allowed: {ENTRY_KEYS}",
        "entries[0].digest: got 'sha256:1', allowed: sha256: and 64 lower-case hex digits",
        "entries[0].repository: got '../x', allowed: a repository's name",
        "entries[0].tag: got '*', allowed: a tag",
        "entries[1].destination: missing",
        "entries[1].pushed: got '2026-01-02', allowed: a date and time with its zone, 2026-11-24T03:00:00+00:00",
        f"entries[2]: got 'maven:3.3', allowed: an object with {ENTRY_KEYS}",
        "force: unknown key, allowed: version, created, min_age_days, entries",
        "min_age_days: got -1, allowed: a number of days, 0 or more",
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"version": 2}, "version: got 2, allowed: 1"),
        ({"version": True}, "version: got True, allowed: 1"),
        ({"min_age_days": True}, "min_age_days: got True, allowed: a number of days, 0 or more"),
        ({"min_age_days": "30"}, "min_age_days: got '30', allowed: a number of days, 0 or more"),
        ({"entries": {}}, "entries: got {}, allowed: a list"),
    ],
)
def test_what_is_not_of_its_type_is_refused(change: dict[str, Any], problem: str) -> None:
    assert problems(json.dumps({**document(), **change})) == [problem]


def test_the_same_tag_twice_is_refused() -> None:
    twice = document()
    twice["entries"][1]["tag"] = "3.5"
    assert problems(json.dumps(twice)) == [f"entries: private {ENTRY.reference} is there twice"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", ": got [], allowed: what `mirror prune --plan FILE` wrote"),
        ("{", ": not JSON: Expecting property name enclosed in double quotes"),
        ('{"version": 1, "version": 1}', ": not usable JSON: the key 'version' is there twice"),
        ("[" * 100_000, ": not usable JSON: "),
    ],
)
def test_what_is_no_plan_is_refused(text: str, problem: str) -> None:
    (said,) = problems(text)
    assert said.startswith(problem)


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "none.json")
    with pytest.raises(ConfigError, match="cannot be written"):
        write(PLAN, tmp_path / "none" / "plan.json")
    (tmp_path / "latin.json").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read(tmp_path / "latin.json")
