from dataclasses import replace
from datetime import timedelta

import pytest

from mirror.config import reader
from mirror.config.model import MirrorConfig
from mirror.registry.protocols import PullQuota
from mirror.report.model import Action, RunReport
from mirror.shards.combine import combine, shard_of
from mirror.shards.files import Division, Part
from mirror.shards.partition import by_hash
from tests import reports
from tests.reports import START, image, place

NOW = START + timedelta(hours=1)


@pytest.fixture
def config() -> MirrorConfig:
    text = "version: 1\nimages: [cc:1, {name: aa, tags: ['1', '2']}, bb:1]\n"
    return reader.read_text(text, source="mirror.yaml")


def part(number: int, report: RunReport) -> Part:
    return Part("d", number, 2, report)


def one() -> RunReport:
    found = reports.report(image("aa:1", place("aa:1", Action.COPIED)), image("aa:2", place("aa:2", Action.UNCHANGED)))
    return replace(found, quota_before=PullQuota(200, 150, 21600), quota_after=PullQuota(200, 140, 21600), notes=("x",))


def two() -> RunReport:
    found = reports.report(image("cc:1", place("cc:1", Action.COPIED)), image("bb:1", place("bb:1", Action.UNCHANGED)))
    return replace(
        found,
        started=START + timedelta(seconds=5),
        finished=START + timedelta(seconds=90),
        quota_before=PullQuota(200, 145, 21600),
        quota_after=PullQuota(200, 131, 21600),
        anonymous=True,
        notes=("x", "y"),
    )


def planned() -> RunReport:
    names = ("cc:1", "aa:1", "aa:2", "bb:1")
    found = reports.report(*(image(name, place(name, Action.COPIED)) for name in names), dry_run=True)
    return replace(found, started=START - timedelta(seconds=20), quota_before=PullQuota(200, 152, 21600))


def division() -> Division:
    return Division("d", 2, {"aa": 1, "bb": 2, "cc": 2}, planned=planned())


def test_the_whole_is_as_if_one_machine_had_done_it(config: MirrorConfig) -> None:
    report = combine(config, division(), [part(2, two()), part(1, one())], shards=2, now=NOW)
    assert [each.reference for each in report.images] == ["cc:1", "aa:1", "aa:2", "bb:1"], "in the file's order"
    assert (report.pulls, report.bytes_downloaded) == (6, one().bytes_downloaded + two().bytes_downloaded)
    assert report.started == START - timedelta(seconds=20), "from when the plan was begun"
    assert report.finished == START + timedelta(seconds=90), "until the last shard was done"
    assert report.quota_before is not None
    assert report.quota_after is not None
    assert (report.quota_before.remaining, report.quota_after.remaining) == (152, 131)
    assert report.anonymous
    assert not report.dry_run
    assert report.notes == ("x", "y")


def test_a_shard_that_left_nothing_is_seen(config: MirrorConfig) -> None:
    report = combine(config, division(), [part(1, one())], shards=2, now=NOW)
    assert [(each.reference, each.action) for each in report.images] == [
        ("cc:1", Action.FAILED),
        ("aa:1", Action.COPIED),
        ("aa:2", Action.UNCHANGED),
        ("bb:1", Action.FAILED),
    ]
    (row,) = report.images[0].destinations
    assert row.reason == "shard 2 gave no report"
    assert "the next run goes on from there" in row.advice
    assert row.reference.endswith("/cc:1")
    assert report.images[0].pulls == 0, "nobody knows"


def test_without_a_division_the_images_of_a_lost_shard_are_named(config: MirrorConfig) -> None:
    mine = [name for name in ("cc", "aa", "bb") if by_hash(name, 2) == 2]
    report = combine(config, None, [Part("", 1, 2, one())], shards=2, now=NOW)
    lost = [each for each in report.images if each.action is Action.FAILED]
    assert [each.reference for each in lost] == mine
    assert {each.reason for each in lost} == {"shard 2 gave no report"}


def test_when_all_is_lost_so_is_what_the_report_would_count(config: MirrorConfig) -> None:
    report = combine(config, None, [], shards=2, now=NOW)
    assert len(report.images) == 3
    assert {each.action for each in report.images} == {Action.FAILED}
    assert report.started == report.finished == NOW
    assert report.quota_before is report.quota_after is None


def test_every_image_is_taken_once_whatever_the_division_says() -> None:
    odd = Division("d", 3, {"aa": 7, "bb": 2})
    names = [f"image{number}" for number in range(30)]
    assert shard_of("bb", odd, 3) == 2
    assert shard_of("aa", odd, 3) == by_hash("aa", 3), "there is no seventh shard"
    assert [shard_of(name, odd, 3) for name in names] == [by_hash(name, 3) for name in names]
    assert shard_of("bb", odd, 4) == by_hash("bb", 4), "a division over another number is none"
