from pathlib import Path

import pytest

from mirror.errors import MirrorError
from mirror.publish import Directory
from mirror.shards.files import Division, Part, batch_name
from tests import reports


@pytest.fixture
def shelf(tmp_path: Path) -> Directory:
    return Directory(tmp_path)


def test_what_was_written_is_read(shelf: Directory) -> None:
    division = Division("hub-mirror:1", 2, {"maven": 1, "bitnami/redis": 2}, (10, 20), (3, 4), reports.report())
    assert Division.read(shelf, "b") is None
    division.write(shelf, "b")
    found = Division.read(shelf, "b")
    assert found is not None
    assert (found.id, found.shards, found.shard_of) == (division.id, 2, division.shard_of)
    assert (found.weights, found.pulls) == ((10, 20), (3, 4))
    assert found.planned is not None
    assert Part.read(shelf, "b", 2) is None
    Part("hub-mirror:1", 2, 2, reports.small()).write(shelf, "b")
    part = Part.read(shelf, "b", 2)
    assert part is not None
    assert part.report.images == reports.small().images
    assert Part.read(shelf, "b", 1) is None
    assert Part.read(shelf, "c", 2) is None


def test_a_division_may_know_less(shelf: Directory) -> None:
    Division("x", 2, {}).write(shelf, "b")
    assert Division.read(shelf, "b") == Division("x", 2, {})


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b"{}", b'{"version": 2}', b'{"version": 1}', b'{"version": 1, "id": "x", "shards": "two"}'],
)
def test_what_is_none_of_ours_is_said_to_be(shelf: Directory, content: bytes) -> None:
    shelf.write("shards/b/division.json", content, "application/json")
    shelf.write("shards/b/part-1.json", content, "application/json")
    with pytest.raises(MirrorError, match=r"shards/b/division\.json is"):
        Division.read(shelf, "b")
    with pytest.raises(MirrorError, match=r"shards/b/part-1\.json is"):
        Part.read(shelf, "b", 1)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "local"),
        ({"MIRROR_BATCH": "run 7/a"}, "run-7-a"),
        ({"MIRROR_BATCH": "../../"}, "local"),
        (
            {"CODEBUILD_INITIATOR": "HubMirror-BatchRole1A2B-x/AWSCodeBuild-146ccba7-69a4-42b1-935b-e5ea50fc7535"},
            "HubMirror-BatchRole1A2B-x-AWSCodeBuild-146ccba7-69a4-42b1-935b-e5ea50fc7535",
        ),
        ({"CODEBUILD_INITIATOR": "a/b", "MIRROR_BATCH": "mine"}, "mine"),
    ],
)
def test_builds_of_one_batch_have_a_name_in_common(environ: dict[str, str], name: str) -> None:
    assert batch_name(environ) == name
