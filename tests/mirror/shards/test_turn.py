from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mirror.publish import Directory
from mirror.shards.turn import NAME, end_turn, take_turn

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def shelf(tmp_path: Path) -> Directory:
    return Directory(tmp_path)


def test_a_batch_that_is_at_work_has_no_other_beside_it(shelf: Directory) -> None:
    assert take_turn(shelf, "one", hold=HOUR, yields=True, now=NOW) == ""
    assert take_turn(shelf, "two", hold=HOUR, yields=True, now=NOW + timedelta(minutes=59)) == "one"
    assert take_turn(shelf, "one", hold=HOUR, yields=True, now=NOW + timedelta(minutes=59)) == "", (
        "its own first build, again"
    )


def test_one_that_is_done_or_never_came_to_its_end_is_in_nobodys_way(shelf: Directory) -> None:
    take_turn(shelf, "one", hold=HOUR, yields=True, now=NOW)
    end_turn(shelf, "one")
    assert take_turn(shelf, "two", hold=HOUR, yields=True, now=NOW) == ""
    assert take_turn(shelf, "three", hold=HOUR, yields=True, now=NOW + HOUR + timedelta(seconds=1)) == ""


def test_who_starts_one_by_hand_wants_it_to_run(shelf: Directory) -> None:
    take_turn(shelf, "stopped", hold=HOUR, yields=True, now=NOW)
    assert take_turn(shelf, "again", hold=HOUR, yields=False, now=NOW) == ""
    assert take_turn(shelf, "scheduled", hold=HOUR, yields=True, now=NOW) == "again"


def test_only_its_own_turn_is_ended(shelf: Directory) -> None:
    end_turn(shelf, "two")
    take_turn(shelf, "one", hold=HOUR, yields=True, now=NOW)
    end_turn(shelf, "two")
    assert take_turn(shelf, "three", hold=HOUR, yields=True, now=NOW) == "one"


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"version": 2, "batch": "one", "until": "2030-01-01T00:00:00+00:00"}',
     b'{"version": 1, "batch": "one", "until": "soon"}'],
)  # fmt: skip
def test_what_nobody_understands_holds_up_nothing(shelf: Directory, content: bytes) -> None:
    shelf.write(NAME, content, "application/json")
    assert take_turn(shelf, "two", hold=HOUR, yields=True, now=NOW) == ""
