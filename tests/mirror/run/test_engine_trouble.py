"""Whole runs in which something is missing, dead, spent or late: what it costs the rest."""

import socket

import pytest

from mirror.copier.image import ImageOutcome
from mirror.errors import CredentialsError
from mirror.oci import media_types
from mirror.oci.digest import digest_of
from mirror.oci.manifest import Manifest
from mirror.oci.platform import Platform
from mirror.report.model import Action
from mirror.run.engine import copy_one
from mirror.run.groups import Group
from sandbox.registries.docker_hub import Account
from sandbox.registries.faults import Fault
from sandbox.registries.seeds import CORPUS_MANIFESTS, CORPUS_TAGS
from tests.memory import World
from tests.stage import Stage, actions, both, is_whole, rows


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_a_dead_destination_fails_alone(stage: Stage) -> None:
    references = stage.corpus()[:4]
    stage.urls["public"] = f"http://127.0.0.1:{closed_port()}"
    report = stage.run(both(references))
    for reference in references:
        assert rows(report, reference) == {"private": Action.COPIED, "public": Action.FAILED}
        name, _, tag = reference.partition(":")
        assert is_whole(stage.one.create(name), stage.registries.hub.create(name).tags[tag])
    assert set(actions(report).values()) == {"failed"}
    reasons = {row.reason for image in report.images for row in image.destinations if row.destination == "public"}
    assert all("refused" in reason for reason in reasons)
    assert report.pulls == 16


def test_a_destination_that_dies_on_the_way_fails_alone(stage: Stage) -> None:
    references = stage.corpus()[:4]
    stage.registries.faults.add(Fault(registry="two", method="PUT", drop=True, after=5, times=10**9))
    report = stage.run(both(references))
    stage.registries.faults.clear()
    assert {rows(report, each)["private"] for each in references} == {Action.COPIED}
    assert {rows(report, each)["public"] for each in references} == {Action.FAILED}
    assert report.pulls == 16
    report = stage.run(both(references))
    assert all(stage.complete(reference) for reference in references)
    assert report.pulls == 0  # the other destination has it all


def test_a_destination_that_never_answers_does_not_hold_up_the_others(stage: Stage) -> None:
    references = stage.corpus()
    stage.registries.faults.add(Fault(registry="two", drop=True, times=10**9))
    report = stage.run(both(references))
    stage.registries.faults.clear()
    for reference in references:
        assert rows(report, reference) == {"private": Action.COPIED, "public": Action.FAILED}
    reasons = {row.reason for image in report.images for row in image.destinations if row.destination == "public"}
    assert any("has not answered for more than 2 minutes" in reason for reason in reasons)
    # Twenty tags that are each asked for six times would be more, and a minute each where nobody hangs up.
    assert stage.registries.log.count(registry="two") < 6 * CORPUS_TAGS


def test_a_destination_that_only_says_later_does_not_hold_up_the_others(stage: Stage) -> None:
    """Nor until the deadline: what is left for it is deferred."""
    references = stage.corpus()
    stage.registries.faults.add(Fault(registry="two", status=429, headers={"Retry-After": "20"}, times=10**9))
    report = stage.run(both(references), deadline_seconds=3300)
    stage.registries.faults.clear()
    for reference in references:
        assert rows(report, reference) == {"private": Action.COPIED, "public": Action.DEFERRED}
    assert report.seconds < 1200
    report = stage.run(both(references), deadline_seconds=3300)
    assert all(stage.complete(reference) for reference in references)
    assert report.pulls == 0


def test_a_destination_that_says_later_in_the_middle_fails_nobody(stage: Stage) -> None:
    references = stage.corpus()[:6]
    stage.registries.faults.add(Fault(registry="two", status=429, after=40, times=10**9))
    report = stage.run(both(references), deadline_seconds=3300)
    stage.registries.faults.clear()
    assert {rows(report, reference)["private"] for reference in references} == {Action.COPIED}
    assert Action.DEFERRED in {rows(report, reference)["public"] for reference in references}
    assert not report.with_action(Action.FAILED)


def test_a_destination_with_a_wrong_password_fails_alone(stage: Stage) -> None:
    references = stage.corpus()[:4]
    url = stage.registries.plain("guarded", stage.two, user="me", password="right")
    stage.urls["public"] = url.replace("://", "://me:wrong@")
    report = stage.run(both(references))
    for reference in references:
        assert rows(report, reference) == {"private": Action.COPIED, "public": Action.FAILED}
    reasons = {row.reason for image in report.images for row in image.destinations if row.destination == "public"}
    assert all("HTTP 401" in reason and "wrong" not in reason for reason in reasons)


def test_a_tag_that_never_was_names_those_that_are(stage: Stage) -> None:
    stage.builder().small(["3.6.3-jdk-11", "3.6.3-jdk-8", "latest"])
    report = stage.run(both(["app:3.6.3-jdk-1", "app:latest"]))
    assert actions(report) == {"app:3.6.3-jdk-1": "failed", "app:latest": "copied"}
    row = report.images[0].destinations[0]
    assert row.reason == "does not exist upstream"
    assert row.advice == "Similar tags: 3.6.3-jdk-11, 3.6.3-jdk-8."


def test_what_upstream_removed_is_kept(stage: Stage) -> None:
    app = stage.builder()
    index = app.small(["1"])
    stage.run(both(["app:1"]))
    del app.repository.tags["1"]
    report = stage.run(both(["app:1"]))
    assert rows(report, "app:1") == {"private": Action.GONE, "public": Action.GONE}
    assert report.images[0].destinations[0].digest == index.digest
    assert stage.one.create("app").tags == {"1": index.digest}
    assert is_whole(stage.one.create("app"), index.digest)
    assert stage.registries.log.count(registry="one", method="PUT") == 0


def test_a_pinned_tag_that_moved_is_refused(stage: Stage) -> None:
    app = stage.builder()
    pinned = app.small(["1"], name="good")
    config = both(["app:1"]).replace("'1'", f"'1@{pinned.digest}'")
    assert actions(stage.run(config)) == {"app:1": "copied"}
    app.small(["1"], name="other")
    report = stage.run(config)
    assert actions(report) == {"app:1": "failed"}
    row = report.images[0].destinations[0]
    assert pinned.digest in row.reason
    assert row.advice.startswith("The tag moved upstream.")
    assert stage.one.create("app").tags == {"1": pinned.digest}
    assert report.pulls == 0


def test_an_image_that_does_not_exist_fails_alone(stage: Stage) -> None:
    stage.builder().small(["1"])
    report = stage.run(both(["app:1", "nope:1"]))
    assert actions(report) == {"app:1": "copied", "nope:1": "failed"}


def test_content_that_cannot_be_mirrored_fails_alone(stage: Stage) -> None:
    app = stage.builder()
    deep = app.small(["1"])
    for _ in range(4):
        deep = app.index([(Platform("linux", "amd64"), deep)], tags=["deep"])
    report = stage.run(both(["app:deep", "app:1"]))
    assert actions(report) == {"app:deep": "failed", "app:1": "copied"}
    assert "nested more than 4 levels deep" in report.images[0].destinations[0].reason


def test_a_tag_in_a_retired_format_says_so(stage: Stage) -> None:
    """Asked for today's formats, a registry has nothing to give, though it lists the tag."""
    app = stage.builder()
    raw = b'{"schemaVersion":1,"name":"app","signatures":[]}'
    retired = Manifest(raw, digest_of(raw), media_types.DOCKER_SCHEMA1_SIGNED, {})
    stage.registries.hub.put_manifest(app.repository, retired, "old")
    row = stage.run(both(["app:old"])).images[0].destinations[0]
    assert row.action is Action.FAILED
    assert row.reason == "app:old is listed upstream, but in no format that can be mirrored"
    assert "newer tag" in row.advice


def test_a_spent_quota_defers_what_is_left(stage: Stage) -> None:
    references = stage.corpus()
    stage.registries.hub_state.anonymous = Account(limit=11)
    report = stage.run(both(references))
    copied = [image.reference for image in report.with_action(Action.COPIED)]
    assert len(copied) == 2
    assert {image.action for image in report.images} == {Action.COPIED, Action.DEFERRED}
    assert all(stage.complete(reference) for reference in copied)
    deferred = report.with_action(Action.DEFERRED)[0].destinations[0]
    assert "pull" in deferred.reason
    stage.registries.hub_state.anonymous = Account(limit=100)
    report = stage.run(both(references))
    assert actions(report) == {reference: "unchanged" if reference in copied else "copied" for reference in references}
    assert all(stage.complete(reference) for reference in references)
    assert stage.registries.hub_state.pulls <= CORPUS_MANIFESTS + 3


def test_a_quota_that_somebody_else_spends_defers_what_is_left(stage: Stage) -> None:
    """The address is shared: the registry refuses though the run counted on pulls."""
    references = stage.corpus()
    limits = {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "0;w=21600"}
    stage.registries.faults.add(
        Fault(
            registry="hub",
            method="GET",
            action="manifest",
            after=8,
            times=10**9,
            status=429,
            headers={"Content-Type": "application/json", **limits},
            body=b'{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}',
        )
    )
    report = stage.run(both(references))
    stage.registries.faults.clear()
    assert {image.action for image in report.images} <= {Action.COPIED, Action.DEFERRED}
    assert len(report.with_action(Action.DEFERRED)) >= CORPUS_TAGS - 2
    report = stage.run(both(references))
    assert all(stage.complete(reference) for reference in references)
    assert not report.with_action(Action.DEFERRED, Action.FAILED)
    assert stage.registries.hub_state.pulls <= CORPUS_MANIFESTS + 8


def test_after_the_deadline_nothing_is_begun(stage: Stage) -> None:
    references = stage.corpus()
    stage.hook = lambda event: stage.clock.sleep(3600) if event == "planned" else None
    report = stage.run(both(references), deadline_seconds=1800)
    assert {image.action for image in report.images} == {Action.DEFERRED}
    assert "deadline" in report.images[0].destinations[0].reason
    assert report.pulls == 0
    assert stage.registries.log.count(method="PUT") == 0


def test_what_the_deadline_cut_short_the_next_run_ends(stage: Stage) -> None:
    references = stage.corpus()
    stage.hook = lambda event: stage.clock.sleep(3600) if event == "finished" else None
    report = stage.run(both(references), deadline_seconds=1800, jobs=1)
    copied = report.with_action(Action.COPIED)
    assert copied
    assert len(copied) + len(report.with_action(Action.DEFERRED)) == CORPUS_TAGS
    assert all(stage.complete(image.reference) for image in copied)
    stage.hook = lambda _event: None
    report = stage.run(both(references), deadline_seconds=1800)
    assert not report.with_action(Action.DEFERRED, Action.FAILED)
    assert all(stage.complete(reference) for reference in references)


def test_wrong_docker_hub_credentials_end_the_run(stage: Stage) -> None:
    stage.builder().small(["1"])
    stage.registries.hub_state.users["me"] = "right"
    stage.environ |= {"MIRROR_DOCKER_HUB_USERNAME": "me", "MIRROR_DOCKER_HUB_TOKEN": "wrong"}
    with pytest.raises(CredentialsError, match="refuses the user name and token"):
        stage.run(both(["app:1"]))
    # Never anonymously instead: that would spend another quota than the one that was meant.
    assert stage.registries.log.count(registry="hub", action="manifest", status=200) == 0
    stage.environ["MIRROR_DOCKER_HUB_TOKEN"] = "right"
    report = stage.run(both(["app:1"]))
    assert not report.anonymous
    assert {entry.user for entry in stage.registries.log.matching(registry="hub", method="GET", action="manifest")} == {
        "me"
    }


class Mistaken(Group):
    """What a mistake of ours would do."""

    def copy(self, *_: object, **_foreseen: object) -> ImageOutcome:
        raise ZeroDivisionError("division by zero")


def test_a_mistake_of_ours_befalls_one_image(world: World) -> None:
    outcome, _ = copy_one(Mistaken(), world.copier, (), "now", None)
    assert outcome.error is not None
    assert str(outcome.error).startswith(
        "unexpected ZeroDivisionError: division by zero (test_engine_trouble.py, line "
    )
    assert (
        outcome.error.advice == "This is a mistake in hub-mirror, please report it. The other images are not affected."
    )
