"""Whole runs, judged by what the registries were asked and by what they hold afterwards."""

import socket

import pytest

from mirror.errors import ConfigError, CredentialsError
from mirror.oci import media_types
from mirror.oci.digest import digest_of
from mirror.oci.manifest import Manifest
from mirror.oci.platform import Platform
from mirror.report.model import Action
from sandbox.registries.docker_hub import Account
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.seeds import CORPUS_BLOBS, CORPUS_MANIFESTS, CORPUS_TAGS, seed_corpus
from tests.stage import Stage, actions, both, is_whole, rows

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7")


def corpus(stage: Stage) -> list[str]:
    return seed_corpus(stage.registries.hub, layer_size=512)


def builder(stage: Stage, name: str = "library/app") -> ImageBuilder:
    return ImageBuilder(stage.registries.hub, name)


def complete(stage: Stage, reference: str, *, upstream: str = "") -> bool:
    """Whether both destinations hold what Docker Hub has under that tag, and all of it."""
    name, _, tag = reference.partition(":")
    digest = stage.registries.hub.create(upstream or name).tags[tag]
    held = [store.create(name) for store in (stage.one, stage.two)]
    return all(each.tags.get(tag) == digest and is_whole(each, digest) for each in held)


def test_a_first_run_reads_everything_once(stage: Stage) -> None:
    references = corpus(stage)
    report = stage.run(both(references))
    assert set(actions(report).values()) == {"copied"}
    assert all(complete(stage, reference) for reference in references)
    log = stage.registries.log
    # 20 tags are resolved, and one question more meets the challenge; a token for each of the ten repositories.
    assert log.summary("hub") == {
        "HEAD manifest": CORPUS_TAGS + 1,
        "GET token": 10,
        "GET manifest": CORPUS_MANIFESTS,
        "GET blob": CORPUS_BLOBS,
    }
    assert log.summary("cdn") == {"GET blob": CORPUS_BLOBS}
    for name in ("one", "two"):
        # Tags, digests of the roots, and children; blobs by repository, of which the shared ones are mounted.
        assert log.summary(name) == {
            "HEAD manifest": 2 * CORPUS_TAGS + 60,
            "HEAD blob": 180,
            "POST upload": 180,
            "PUT upload": CORPUS_BLOBS,
            "PUT manifest": CORPUS_MANIFESTS,
        }
    assert report.pulls == stage.registries.hub_state.pulls == CORPUS_MANIFESTS
    assert report.bytes_downloaded == sum(entry.bytes_out for entry in log.matching(registry="cdn"))
    assert report.bytes_uploaded == 2 * report.bytes_downloaded


def test_it_tells_what_happens_as_it_happens(stage: Stage) -> None:
    references = corpus(stage)
    report = stage.run(both(references))
    told = stage.listener
    assert told.events == ["started", "planned", *["finished"] * CORPUS_TAGS, "ended"]
    assert told.begun == {
        "images": CORPUS_TAGS,
        "source": stage.registries.hub_url.partition("://")[2],
        "destinations": [f"{name} ({str(url).partition('://')[2]})" for name, url in stage.urls.items()],
        "anonymous": True,
        "dry_run": False,
    }
    assert {image.reference for image in told.plan} == set(references)
    assert {image.action for image in told.plan} == {Action.COPIED}
    assert sorted(image.reference for image in told.done) == sorted(references)
    assert told.report is report
    assert [image.reference for image in report.images] == references
    assert report.quota_before is not None
    assert (report.quota_before.limit, report.quota_before.remaining) == (100, 100)
    assert report.quota_after is not None
    assert report.quota_after.remaining == 100 - CORPUS_MANIFESTS


def test_a_run_with_nothing_new_only_asks(stage: Stage) -> None:
    references = corpus(stage)
    stage.run(both(references))
    report = stage.run(both(references))
    assert set(actions(report).values()) == {"unchanged"}
    log = stage.registries.log
    assert log.summary("hub") == {"HEAD manifest": CORPUS_TAGS + 1, "GET token": 10}
    assert log.summary("cdn") == {}
    assert log.summary("one") == log.summary("two") == {"HEAD manifest": CORPUS_TAGS}
    assert (report.pulls, report.bytes_downloaded, report.bytes_uploaded) == (0, 0, 0)
    assert stage.listener.events == ["started", "planned", "ended"]


def test_many_names_of_one_image_cost_one(stage: Stage) -> None:
    tags = ["1", "1.2", "1.2.3", "latest", "stable", "one"]
    builder(stage).small(tags, platforms=WIDE)
    report = stage.run(both([f"app:{tag}" for tag in tags]))
    assert actions(report) == {"app:1": "copied", **{f"app:{tag}": "re-tagged" for tag in tags[1:]}}
    assert all(complete(stage, f"app:{tag}", upstream="library/app") for tag in tags)
    assert stage.registries.log.summary("hub") == {
        "HEAD manifest": len(tags) + 1,
        "GET token": 1,
        "GET manifest": 4,  # the index and its three platforms
        "GET blob": 9,
    }
    assert stage.registries.log.count(registry="one", method="PUT", action="manifest") == 3 + len(tags)
    assert report.pulls == 4


def test_a_tag_that_moved_to_known_content_is_only_set(stage: Stage) -> None:
    app = builder(stage)
    app.small(["1.1"], name="old")
    new = app.small(["1.2"], name="new")
    stage.registries.hub.put_manifest(app.repository, app.small([], name="old"), "latest")
    config = both(["app:1.1", "app:1.2", "app:latest"])
    stage.run(config)
    stage.registries.hub.put_manifest(app.repository, new, "latest")
    report = stage.run(config)
    assert actions(report) == {"app:1.1": "unchanged", "app:1.2": "unchanged", "app:latest": "re-tagged"}
    assert complete(stage, "app:latest", upstream="library/app")
    assert stage.registries.log.summary("hub") == {"HEAD manifest": 4, "GET token": 1}
    # The manifest that is pushed under the tag is read where it is.
    written = {"HEAD manifest": 3, "PUT manifest": 1}
    found = [stage.registries.log.summary(name) for name in ("one", "two")]
    assert sorted(found, key=len) == [written, {**written, "GET manifest": 1}]


def test_a_tag_that_moved_to_new_content_keeps_what_it_shares(stage: Stage) -> None:
    app = builder(stage)
    app.multi_platform(WIDE, base="debian", name="old", tags=["1"], base_size=100, top_size=10)
    stage.run(both(["app:1"]))
    app.multi_platform(WIDE, base="debian", name="new", tags=["1"], base_size=100, top_size=10)
    report = stage.run(both(["app:1"]))
    assert actions(report) == {"app:1": "copied"}
    assert complete(stage, "app:1", upstream="library/app")
    # Three configs and three top layers: the bases are there.
    assert stage.registries.log.summary("hub") == {
        "HEAD manifest": 2,
        "GET token": 1,
        "GET manifest": 4,
        "GET blob": 6,
    }


def test_a_second_destination_is_filled_from_the_first(stage: Stage) -> None:
    builder(stage).small(["1"], platforms=WIDE)
    stage.run(both(["app:1"]), public=None)
    assert stage.two.create("app").tags == {}
    report = stage.run(both(["app:1"]))
    assert rows(report, "app:1") == {"private": Action.UNCHANGED, "public": Action.COPIED}
    assert complete(stage, "app:1", upstream="library/app")
    assert stage.registries.log.summary("hub") == {"HEAD manifest": 2, "GET token": 1}
    assert report.pulls == report.bytes_downloaded == 0


def test_some_platforms_only(stage: Stage) -> None:
    index = builder(stage).multi_platform(
        WIDE, base="b", name="n", tags=["1"], base_size=100, top_size=10, attested=True
    )
    config = both(["app:1"]).replace("tags: ['1']", "tags: ['1'], platforms: [linux/amd64, linux/arm64]")
    report = stage.run(config)
    assert actions(report) == {"app:1": "copied"}
    assert report.images[0].platforms == ("linux/amd64", "linux/arm64")
    assert report.pulls == 5  # the index, two platforms, two attestations
    digest = stage.one.create("app").tags["1"]
    assert digest == stage.two.create("app").tags["1"] != index.digest
    assert is_whole(stage.one.create("app"), digest)
    report = stage.run(config)
    assert actions(report) == {"app:1": "unchanged"}
    # What the index was made of is written in it, so it is read where it is: no pull.
    assert stage.registries.log.summary("hub") == {"HEAD manifest": 2, "GET token": 1}
    assert stage.registries.log.summary("one") == {"HEAD manifest": 1, "GET manifest": 1}


def test_another_choice_of_platforms_makes_another_index(stage: Stage) -> None:
    builder(stage).small(["1"], platforms=WIDE)
    narrow = both(["app:1"]).replace("tags: ['1']", "tags: ['1'], platforms: [linux/amd64]")
    stage.run(narrow)
    report = stage.run(both(["app:1"]))
    assert actions(report) == {"app:1": "copied"}
    assert complete(stage, "app:1", upstream="library/app")
    # The index itself and the two platforms that were left out.
    assert report.pulls == 3


def test_a_digest_without_a_tag(stage: Stage) -> None:
    index = builder(stage).small([], platforms=WIDE)
    config = both(["app:1"]).replace("'1'", f"'{index.digest}'")
    report = stage.run(config)
    assert actions(report) == {f"app@{index.digest}": "copied"}
    assert is_whole(stage.one.create("app"), index.digest)
    assert stage.one.create("app").tags == {}
    report = stage.run(config)
    assert actions(report) == {f"app@{index.digest}": "unchanged"}
    assert report.pulls == 0


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_a_dead_destination_fails_alone(stage: Stage) -> None:
    references = corpus(stage)[:4]
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
    references = corpus(stage)[:4]
    stage.registries.faults.add(Fault(registry="two", method="PUT", drop=True, after=5, times=10**9))
    report = stage.run(both(references))
    stage.registries.faults.clear()
    assert {rows(report, each)["private"] for each in references} == {Action.COPIED}
    assert {rows(report, each)["public"] for each in references} == {Action.FAILED}
    assert report.pulls == 16
    report = stage.run(both(references))
    assert all(complete(stage, reference) for reference in references)
    assert report.pulls == 0  # the other destination has it all


def test_a_tag_that_never_was_names_those_that_are(stage: Stage) -> None:
    builder(stage).small(["3.6.3-jdk-11", "3.6.3-jdk-8", "latest"])
    report = stage.run(both(["app:3.6.3-jdk-1", "app:latest"]))
    assert actions(report) == {"app:3.6.3-jdk-1": "failed", "app:latest": "copied"}
    row = report.images[0].destinations[0]
    assert row.reason == "does not exist upstream"
    assert row.advice == "Similar tags: 3.6.3-jdk-11, 3.6.3-jdk-8."


def test_what_upstream_removed_is_kept(stage: Stage) -> None:
    app = builder(stage)
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
    app = builder(stage)
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
    builder(stage).small(["1"])
    report = stage.run(both(["app:1", "nope:1"]))
    assert actions(report) == {"app:1": "copied", "nope:1": "failed"}


def test_content_that_cannot_be_mirrored_fails_alone(stage: Stage) -> None:
    app = builder(stage)
    deep = app.small(["1"])
    for _ in range(4):
        deep = app.index([(Platform("linux", "amd64"), deep)], tags=["deep"])
    report = stage.run(both(["app:deep", "app:1"]))
    assert actions(report) == {"app:deep": "failed", "app:1": "copied"}
    assert "nested more than 4 levels deep" in report.images[0].destinations[0].reason


def test_a_tag_in_a_retired_format_says_so(stage: Stage) -> None:
    """Asked for today's formats, a registry has nothing to give, though it lists the tag."""
    app = builder(stage)
    raw = b'{"schemaVersion":1,"name":"app","signatures":[]}'
    retired = Manifest(raw, digest_of(raw), media_types.DOCKER_SCHEMA1_SIGNED, {})
    stage.registries.hub.put_manifest(app.repository, retired, "old")
    row = stage.run(both(["app:old"])).images[0].destinations[0]
    assert row.action is Action.FAILED
    assert row.reason == "app:old is listed upstream, but in no format that can be mirrored"
    assert "newer tag" in row.advice


def test_a_spent_quota_defers_what_is_left(stage: Stage) -> None:
    references = corpus(stage)
    stage.registries.hub_state.anonymous = Account(limit=11)
    report = stage.run(both(references))
    copied = [image.reference for image in report.with_action(Action.COPIED)]
    assert len(copied) == 2
    assert {image.action for image in report.images} == {Action.COPIED, Action.DEFERRED}
    assert all(complete(stage, reference) for reference in copied)
    deferred = report.with_action(Action.DEFERRED)[0].destinations[0]
    assert "pull" in deferred.reason
    stage.registries.hub_state.anonymous = Account(limit=100)
    report = stage.run(both(references))
    assert actions(report) == {reference: "unchanged" if reference in copied else "copied" for reference in references}
    assert all(complete(stage, reference) for reference in references)
    assert stage.registries.hub_state.pulls <= CORPUS_MANIFESTS + 3


def test_a_quota_that_somebody_else_spends_defers_what_is_left(stage: Stage) -> None:
    """The address is shared: the registry refuses though the run counted on pulls."""
    references = corpus(stage)
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
    assert all(complete(stage, reference) for reference in references)
    assert not report.with_action(Action.DEFERRED, Action.FAILED)
    assert stage.registries.hub_state.pulls <= CORPUS_MANIFESTS + 8


def test_after_the_deadline_nothing_is_begun(stage: Stage) -> None:
    references = corpus(stage)
    stage.hook = lambda event: stage.clock.sleep(3600) if event == "planned" else None
    report = stage.run(both(references), deadline_seconds=1800)
    assert {image.action for image in report.images} == {Action.DEFERRED}
    assert "deadline" in report.images[0].destinations[0].reason
    assert report.pulls == 0
    assert stage.registries.log.count(method="PUT") == 0


def test_what_the_deadline_cut_short_the_next_run_ends(stage: Stage) -> None:
    references = corpus(stage)
    stage.hook = lambda event: stage.clock.sleep(3600) if event == "finished" else None
    report = stage.run(both(references), deadline_seconds=1800, jobs=1)
    copied = report.with_action(Action.COPIED)
    assert copied
    assert len(copied) + len(report.with_action(Action.DEFERRED)) == CORPUS_TAGS
    assert all(complete(stage, image.reference) for image in copied)
    stage.hook = lambda _event: None
    report = stage.run(both(references), deadline_seconds=1800)
    assert not report.with_action(Action.DEFERRED, Action.FAILED)
    assert all(complete(stage, reference) for reference in references)


def test_wrong_docker_hub_credentials_end_the_run(stage: Stage) -> None:
    builder(stage).small(["1"])
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


def test_a_dry_run_changes_nothing_and_costs_nothing(stage: Stage) -> None:
    app = builder(stage)
    app.small(["1", "1.0"], platforms=WIDE)
    stage.run(both(["app:1"]), public=None)
    report = stage.run(both(["app:1", "app:1.0"]), dry_run=True)
    assert report.dry_run
    assert rows(report, "app:1") == {"private": Action.UNCHANGED, "public": Action.COPIED}
    assert rows(report, "app:1.0") == {"private": Action.RETAGGED, "public": Action.COPIED}
    assert stage.registries.log.summary("hub") == {"HEAD manifest": 3, "GET token": 1}
    assert {entry.method for entry in stage.registries.log.matching(registry="two")} == {"HEAD"}
    assert stage.two.create("app").tags == {}
    assert stage.listener.events == ["started", "planned", "ended"]


def test_only_what_was_asked_for(stage: Stage) -> None:
    builder(stage).small(["1", "2", "3"])
    report = stage.run(both(["app:1", "app:2"]), references=("app:2", "app:3"))
    assert actions(report) == {"app:2": "copied", "app:3": "re-tagged"}
    with pytest.raises(ConfigError, match="no repository is declared for other"):
        stage.run(both(["app:1"]), references=("other:1",))


def test_tags_are_chosen_from_those_that_exist(stage: Stage) -> None:
    app = builder(stage)
    for version in ("1.0", "1.1", "2.0", "2.1-rc1", "latest"):
        app.small([version], name=version)
    config = both(["app:latest"]).replace("'latest'", "{semver: '>=1', latest: 2}, {glob: 'x*'}")
    report = stage.run(config)
    assert actions(report) == {"app:1.1": "copied", "app:2.0": "copied"}
    assert report.notes == ("app: {glob: x*} matches none of 5 tags",)
    required = config.replace("{glob: 'x*'}", "{glob: 'x*', required: true}")
    report = stage.run(required)
    assert [(image.action, image.reason) for image in report.images if image.reference == "app"] == [
        (Action.FAILED, "app: {glob: x*} matches none of 5 tags")
    ]
    assert {image.action for image in report.images if image.reference != "app"} == {Action.UNCHANGED}
