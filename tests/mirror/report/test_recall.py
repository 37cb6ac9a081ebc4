import json
from dataclasses import replace
from datetime import timedelta

import pytest

from mirror.oci.digest import Digest
from mirror.report import earlier, json_report
from mirror.report.earlier import Earlier
from mirror.report.history import RUNS, history
from mirror.report.model import Action, ImageResult, RunReport
from mirror.report.recall import recall
from tests import reports

NAME = "maven:3.6.3-jdk-11"
LATER = reports.START + timedelta(hours=6)


def run(
    action: Action,
    *,
    hours: int = 0,
    source: str = NAME,
    there: str | None = NAME,
    found: str | None = None,
    mib: int | None = 60,
) -> RunReport:
    """One reference's run; the times are those that the engine knows: none."""
    place = replace(
        reports.place(NAME, action),
        digest=reports.digest(there) if there else None,
        mirrored_at=None,
        bytes_uploaded=0,
        found=reports.digest(found) if found else None,
    )
    image = replace(reports.image(NAME, place, mib=mib), source_digest=reports.digest(source), moved_at=None)
    made = reports.report(image)
    start = reports.START + timedelta(hours=hours)
    return replace(made, started=start, finished=start + timedelta(minutes=1), past=())


def after(*runs: RunReport, partial: bool = False) -> RunReport:
    """The last of them, each having been told of the one before as it was written."""
    memory: Earlier | None = None
    told = runs[0]
    for each in runs:
        told = recall(each, memory, partial=partial and each is not runs[0])
        document = earlier.load(json_report.render(told))
        assert document is not None
        memory = earlier.read(document)
    return told


def only(report: RunReport) -> ImageResult:
    (image,) = report.images
    return image


def test_an_unchanged_run_knows_what_the_copying_one_learnt() -> None:
    image = only(after(run(Action.COPIED), run(Action.UNCHANGED, hours=6, mib=None)))
    assert (image.size, image.platforms) == (60 * reports.MIB, ("linux/amd64", "linux/arm64"))
    assert sum(blob.size for blob in image.blobs) == image.size
    assert image.destinations[0].mirrored_at == reports.START + timedelta(minutes=1)
    assert image.destinations[0].drift == ""
    assert image.moved_at is None, "nobody saw it move"


def test_what_was_learnt_is_handed_on() -> None:
    quiet = [run(Action.UNCHANGED, hours=hours, mib=None) for hours in (6, 12, 18)]
    report = after(run(Action.COPIED), *quiet)
    assert only(report).size == 60 * reports.MIB
    assert [past.started for past in report.past] == [reports.START + timedelta(hours=h) for h in (0, 6, 12, 18)]
    assert [past.changed for past in report.past] == [1, 0, 0, 0]


def test_a_tag_that_moved_upstream_has_a_time_and_no_old_size() -> None:
    image = only(after(run(Action.COPIED), run(Action.COPIED, hours=6, source="new", there="new", mib=None)))
    assert image.moved_at == LATER
    assert image.size is None
    assert image.destinations[0].drift == "", "the mirror itself changed it"
    assert image.destinations[0].mirrored_at == LATER + timedelta(minutes=1)


def test_a_tag_set_on_what_another_tag_was_copied_for_knows_it_too() -> None:
    """``latest`` moves to the version that is there since yesterday: nothing is read."""
    alias = replace(only(run(Action.RETAGGED, hours=6, mib=None)), reference="maven:latest")
    told = after(run(Action.COPIED), replace(run(Action.UNCHANGED, hours=6), images=(alias,)))
    assert (only(told).size, only(told).platforms) == (60 * reports.MIB, ("linux/amd64", "linux/arm64"))
    filtered = replace(
        alias, destinations=tuple(replace(each, digest=reports.digest("filtered")) for each in alias.destinations)
    )
    told = after(run(Action.COPIED), replace(run(Action.UNCHANGED, hours=6), images=(filtered,)))
    assert only(told).size is None, "another platform filter is another size"


def test_another_platform_filter_is_another_size() -> None:
    assert only(after(run(Action.COPIED), run(Action.UNCHANGED, hours=6, there="filtered", mib=None))).size is None


@pytest.mark.parametrize("action", [Action.COPIED, Action.RETAGGED])
@pytest.mark.parametrize(
    ("found", "what"), [(None, "deleted"), ("theirs", f"changed to {reports.digest('theirs')[:19]}")]
)
def test_what_somebody_else_changed_is_told(action: Action, found: str | None, what: str) -> None:
    (place,) = only(after(run(Action.UNCHANGED), run(action, hours=6, found=found))).destinations
    assert place.drift == f"{what} in the registry after 2026-11-24 03:01 UTC, not by the mirror"
    assert place.mirrored_at == LATER + timedelta(minutes=1)


def test_what_the_mirror_itself_makes_anew_is_no_drift() -> None:
    """Another platform filter makes another index of a source that did not move."""
    (place,) = only(after(run(Action.COPIED), run(Action.COPIED, hours=6, there="filtered", found=NAME))).destinations
    assert place.drift == ""


@pytest.mark.parametrize("there", ["theirs", None])
def test_a_dry_run_tells_it_too_and_writes_nothing(there: str | None) -> None:
    report = after(run(Action.UNCHANGED), replace(run(Action.COPIED, hours=6, there=there, found=there), dry_run=True))
    (place,) = only(report).destinations
    assert place.drift != ""
    assert place.mirrored_at is None
    assert len(report.past) == 1


def test_work_that_an_earlier_run_left_is_no_drift() -> None:
    assert only(after(run(Action.FAILED, there=None), run(Action.COPIED, hours=6))).destinations[0].drift == ""


def test_a_partial_run_leaves_the_others_as_they_were() -> None:
    first = reports.small()
    second = replace(run(Action.COPIED, hours=6), past=())
    report = after(first, second, partial=True)
    assert [image.reference for image in report.others] == ["eclipse-temurin:21-jre", "bitnami/redis:7.4"]
    assert {image.seen_at for image in report.others} == {first.finished}
    assert len(report.images) == 1
    # And once more: what was carried on keeps the time at which it was seen.
    third = after(first, second, run(Action.UNCHANGED, hours=12), partial=True)
    assert {image.seen_at for image in third.others} == {first.finished}


def test_a_full_run_forgets_what_is_no_longer_asked_for() -> None:
    assert after(reports.small(), run(Action.UNCHANGED, hours=6)).others == ()


def test_without_an_earlier_report_nothing_is_made_up() -> None:
    image = only(recall(run(Action.UNCHANGED, mib=None), None))
    assert (image.size, image.moved_at, image.destinations[0].mirrored_at) == (None, None, None)


def test_history_is_short_and_in_order() -> None:
    report = run(Action.UNCHANGED, hours=100_000)
    found = history(tuple(reversed(reports.past(40))), report)
    assert len(found) == RUNS
    assert list(found) == sorted(found, key=lambda past: past.started)
    assert found[-1].started == report.started


def test_everything_that_the_page_needs_survives_the_file() -> None:
    document = earlier.load(json_report.render(reports.failing()))
    assert document is not None
    found = earlier.read(document)
    assert found is not None
    for image in reports.failing().images:
        if "\ud800" in "".join(each.reason for each in image.destinations):
            continue
        again = found.images[image.reference]
        assert replace(again, seen_at=None, bytes_downloaded=image.bytes_downloaded, pulls=image.pulls) == replace(
            image,
            seconds=0.0,
            destinations=tuple(replace(each, bytes_uploaded=0) for each in image.destinations),
        )
    assert found.past == reports.past()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": 2}', "[" * 100_000, "\x00"])
def test_what_is_no_report_is_passed_over(text: str) -> None:
    assert earlier.load(text) is None


@pytest.mark.parametrize("junk", [None, 1, -1, 1e400, "x", [], {}, [[]], [{}], [None], True, {"a": [1]}])
def test_a_broken_report_is_read_as_far_as_it_goes(junk: object) -> None:
    whole = json.loads(json_report.render(reports.small()))
    for name in ("images", "others", "blobs", "history", "notes"):
        found = earlier.read({**whole, name: junk})
        assert found is not None
        assert len(found.images) == (0 if name == "images" else 3)
    for name in whole["images"][0]:
        broken = {**whole, "images": [{**whole["images"][0], name: junk}, *whole["images"][1:]]}
        found = earlier.read(broken)
        assert found is not None
        assert "bitnami/redis:7.4" in found.images
        recall(run(Action.UNCHANGED), found)
    for name in whole["images"][0]["destinations"][0]:
        image = {**whole["images"][0], "destinations": [{**whole["images"][0]["destinations"][0], name: junk}]}
        assert earlier.read({**whole, "images": [image]}) is not None
    for name in whole["history"][0]:
        assert earlier.read({**whole, "history": [{**whole["history"][0], name: junk}]}) is not None
    assert earlier.read({**whole, "finished": junk}) is None


def test_digests_of_an_earlier_report_are_digests() -> None:
    whole = json.loads(json_report.render(reports.small()))
    whole["blobs"][0]["digest"] = "sha256:beef"
    whole["images"][0]["sourceDigest"] = "latest"
    found = earlier.read(whole)
    assert found is not None
    image = found.images[NAME]
    assert image.source_digest is None
    assert [blob.digest for blob in image.blobs] == [Digest(whole["blobs"][1]["digest"])]
