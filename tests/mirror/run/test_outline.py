"""What a plan shows, and what a run says before it begins."""

import pytest

from mirror.oci.platform import Platform
from mirror.report.lines import plan_lines
from mirror.report.model import Action
from sandbox.registries.faults import Fault
from sandbox.registries.images import Layer
from tests.stage import Stage, actions, both, rows

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7")
CORPUS = both([f"corpus/app{number}:{tag}" for number in range(10) for tag in (1, 2)])
CORPUS_PULLS = 80


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_run_says_what_it_is_going_to_spend(stage: Stage, dry_run: bool) -> None:
    stage.corpus()
    stage.run(CORPUS, dry_run=dry_run)
    assert plan_lines(stage.listener.plan, None, 0) == [f"plan for 20 references: 20 to copy; {CORPUS_PULLS} pulls"]


def test_a_plan_defers_what_the_run_will_defer(stage: Stage) -> None:
    stage.corpus()
    stage.registries.hub_state.anonymous.limit = 30
    config = CORPUS + "docker_hub: {keep_pulls: 5, twins: false}\n"
    plan = stage.run(config, dry_run=True)
    needed = "80 pulls would be needed, 25 may be spent now: what does not fit is deferred to later runs"
    assert needed in plan.notes
    assert plan.pulls == 24
    assert sorted(actions(plan).values()) == ["copied"] * 6 + ["deferred"] * 14
    report = stage.run(config)
    assert needed in stage.listener.notes
    assert actions(report) == actions(plan)
    assert report.pulls == stage.registries.hub_state.pulls == 24
    reasons = {row.reason for image in report.images for row in image.destinations if row.action == "deferred"}
    assert all("needs 4 pulls, 1 are left beside the 5 that are kept" in reason for reason in reasons)


def test_a_platform_that_is_not_there_shows_in_the_plan(stage: Stage) -> None:
    stage.builder().small(["1"], platforms=WIDE)
    config = both(["app:1"]).replace("tags: ['1']", "tags: ['1'], platforms: [linux/s390x]")
    (image,) = stage.run(config, dry_run=True).images
    (again,) = stage.run(config).images
    assert image.destinations == again.destinations
    assert "has no linux/s390x; it has linux/amd64, linux/arm64, linux/arm/v7" in image.destinations[0].reason


def test_what_is_attached_comes_on_top(stage: Stage) -> None:
    stage.builder().small(["1"], platforms=WIDE)
    config = both(["app:1"]).replace("tags: ['1']", "tags: ['1'], referrers: true")
    (image,) = stage.run(config, dry_run=True).images
    assert (image.pulls, image.certainty) == (4, "at least")
    assert image.notes == ("at least: what is attached to it comes on top",)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_target_that_cannot_be_asked_fails_in_a_plan_and_is_asked_again_by_a_run(stage: Stage, dry_run: bool) -> None:
    stage.builder().image(Platform("linux", "amd64"), [Layer("l", 9)], tag="1")
    stage.registries.faults.add(Fault(registry="one", method="HEAD", reference="sha256:*", status=500, times=6))
    report = stage.run(both(["app:1"]), dry_run=dry_run)
    assert rows(report, "app:1") == {
        "private": Action.FAILED if dry_run else Action.COPIED,
        "public": Action.COPIED,
    }
    assert report.pulls == 1


SHARED = (
    "7 of 100 pulls of {address} were used before, by this machine or others behind its address; an account has its own"
)


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_anonymous_quota_that_others_use_is_warned_about(stage: Stage, dry_run: bool) -> None:
    stage.builder().small(["1"], platforms=WIDE)
    stage.registries.hub_state.anonymous.used = 7
    report = stage.run(both(["app:1"]), dry_run=dry_run)
    said = report.notes if dry_run else stage.listener.notes
    assert SHARED.format(address="127.0.0.1") in said
    if not dry_run:  # nothing more to spend, nothing to warn about
        stage.run(both(["app:1"]))
        assert stage.listener.notes == []


def test_an_account_has_a_quota_of_its_own(stage: Stage) -> None:
    stage.builder().small(["1"], platforms=WIDE)
    stage.registries.hub_state.users["me"] = "token"
    stage.registries.hub_state.account("me").used = 7
    stage.environ = {"MIRROR_DOCKER_HUB_USERNAME": "me", "MIRROR_DOCKER_HUB_TOKEN": "token"}
    stage.run(both(["app:1"]))
    assert stage.listener.notes == []
