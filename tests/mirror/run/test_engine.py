"""Whole runs, judged by what the registries were asked and by what they hold afterwards."""

import pytest

from mirror.errors import ConfigError
from mirror.oci.manifest import ATTESTATION_SUBJECT
from mirror.oci.platform import Platform
from mirror.report.events import Opening
from mirror.report.model import Action
from sandbox.registries.faults import Fault
from sandbox.registries.images import Layer
from sandbox.registries.seeds import CORPUS_BLOBS, CORPUS_MANIFESTS, CORPUS_TAGS
from tests.stage import Stage, actions, both, is_whole, rows

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7")


def test_a_first_run_reads_everything_once(stage: Stage) -> None:
    references = stage.corpus()
    report = stage.run(both(references))
    assert set(actions(report).values()) == {"copied"}
    assert all(stage.complete(reference) for reference in references)
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
    references = stage.corpus()
    report = stage.run(both(references))
    told = stage.listener
    assert told.events == ["started", "planned", *["finished"] * CORPUS_TAGS, "ended"]
    assert told.begun == Opening(
        images=10,
        source=stage.registries.hub_url.partition("://")[2],
        destinations={name: str(url).partition("://")[2] for name, url in stage.urls.items()},
        anonymous=True,
    )
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
    references = stage.corpus()
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
    stage.builder().small(tags, platforms=WIDE)
    report = stage.run(both([f"app:{tag}" for tag in tags]))
    assert actions(report) == {"app:1": "copied", **{f"app:{tag}": "re-tagged" for tag in tags[1:]}}
    assert all(stage.complete(f"app:{tag}", upstream="library/app") for tag in tags)
    assert stage.registries.log.summary("hub") == {
        "HEAD manifest": len(tags) + 1,
        "GET token": 1,
        "GET manifest": 4,  # the index and its three platforms
        "GET blob": 9,
    }
    assert stage.registries.log.count(registry="one", method="PUT", action="manifest") == 3 + len(tags)
    assert report.pulls == 4


def test_a_tag_that_moved_to_known_content_is_only_set(stage: Stage) -> None:
    app = stage.builder()
    app.small(["1.1"], name="old")
    new = app.small(["1.2"], name="new")
    stage.registries.hub.put_manifest(app.repository, app.small([], name="old"), "latest")
    config = both(["app:1.1", "app:1.2", "app:latest"])
    stage.run(config)
    stage.registries.hub.put_manifest(app.repository, new, "latest")
    report = stage.run(config)
    assert actions(report) == {"app:1.1": "unchanged", "app:1.2": "unchanged", "app:latest": "re-tagged"}
    assert stage.complete("app:latest", upstream="library/app")
    assert stage.registries.log.summary("hub") == {"HEAD manifest": 4, "GET token": 1}
    # The manifest that is pushed under the tag is read where it is.
    written = {"HEAD manifest": 3, "PUT manifest": 1}
    found = [stage.registries.log.summary(name) for name in ("one", "two")]
    assert sorted(found, key=len) == [written, {**written, "GET manifest": 1}]


def test_a_tag_that_moved_to_new_content_keeps_what_it_shares(stage: Stage) -> None:
    app = stage.builder()
    app.multi_platform(WIDE, base="debian", name="old", tags=["1"], base_size=100, top_size=10)
    stage.run(both(["app:1"]))
    app.multi_platform(WIDE, base="debian", name="new", tags=["1"], base_size=100, top_size=10)
    report = stage.run(both(["app:1"]))
    assert actions(report) == {"app:1": "copied"}
    assert stage.complete("app:1", upstream="library/app")
    # Three configs and three top layers: the bases are there.
    assert stage.registries.log.summary("hub") == {
        "HEAD manifest": 2,
        "GET token": 1,
        "GET manifest": 4,
        "GET blob": 6,
    }


def test_a_tag_that_may_not_move_is_kept(stage: Stage) -> None:
    app = stage.builder()
    old = app.small(["1"], name="old")
    config = both(["app:1"]).replace("private: {}", "private: {mutability: immutable}")
    stage.run(config)
    stage.one.create("app").immutable = True
    new = app.small(["1"], name="new")
    report = stage.run(config)
    assert rows(report, "app:1") == {"private": Action.KEPT, "public": Action.COPIED}
    assert (stage.one.create("app").tags, stage.two.create("app").tags) == ({"1": old.digest}, {"1": new.digest})
    assert stage.registries.log.summary("one") == {"HEAD manifest": 1}
    # Without the configuration's word the registry's refusal is a failure, with advice.
    report = stage.run(both(["app:1"]))
    assert rows(report, "app:1") == {"private": Action.FAILED, "public": Action.UNCHANGED}
    assert "mutability" in report.images[0].destinations[0].advice


def test_a_second_destination_is_filled_from_the_first(stage: Stage) -> None:
    stage.builder().small(["1"], platforms=WIDE)
    stage.run(both(["app:1"]), public=None)
    assert stage.two.create("app").tags == {}
    report = stage.run(both(["app:1"]))
    assert rows(report, "app:1") == {"private": Action.UNCHANGED, "public": Action.COPIED}
    assert stage.complete("app:1", upstream="library/app")
    assert stage.registries.log.summary("hub") == {"HEAD manifest": 2, "GET token": 1}
    assert report.pulls == report.bytes_downloaded == 0


def test_some_platforms_only(stage: Stage) -> None:
    index = stage.builder().multi_platform(
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
    # Both have the same one, which is read once.
    assert stage.registries.log.summary("two") == {"HEAD manifest": 1}


@pytest.mark.parametrize("platform", ["linux/amd64", "linux/arm/v7", "windows/amd64"])
def test_an_image_without_an_index_passes_a_platform_filter(stage: Stage, platform: str) -> None:
    image = stage.builder().image(Platform.parse(platform), [Layer("l", 9)], tag="1")
    config = both(["app:1"]).replace("tags: ['1']", "tags: ['1'], platforms: [linux/amd64, linux/arm]")
    report = stage.run(config)
    assert actions(report) == {"app:1": "copied"}
    assert stage.one.create("app").tags == stage.two.create("app").tags == {"1": image.digest}
    asked_for = platform != "windows/amd64"
    assert report.images[0].notes == (
        () if asked_for else (f"has no index, and is {platform} only: mirrored although platforms asks for others",)
    )
    report = stage.run(config)
    assert actions(report) == {"app:1": "unchanged"}
    assert stage.registries.log.summary("hub") == {"HEAD manifest": 2, "GET token": 1}
    assert stage.registries.log.summary("one") == {"HEAD manifest": 1}


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("linux/arm64", "linux/arm64/v8"),
        ("linux/arm64/v8", "linux/arm64/v8"),
    ],
)
def test_variants_are_understood(stage: Stage, wanted: str, kept: str) -> None:
    every = ("linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64/v8")
    stage.builder().multi_platform(every, base="b", name="n", tags=["1"], base_size=9, top_size=9, attested=True)
    config = both(["app:1"]).replace("tags: ['1']", f"tags: ['1'], platforms: [{wanted}]")
    report = stage.run(config)
    assert report.images[0].platforms == (kept,)
    assert report.pulls == 3  # the index, the platform, and what attests it
    held = stage.one.create("app")
    index = held.manifests[held.tags["1"]].manifest
    image, attestation = index.children
    assert attestation.annotations[ATTESTATION_SUBJECT] == image.digest
    assert len(held.manifests) == 3
    assert actions(stage.run(config)) == {"app:1": "unchanged"}


def test_another_choice_of_platforms_makes_another_index(stage: Stage) -> None:
    stage.builder().small(["1"], platforms=WIDE)
    narrow = both(["app:1"]).replace("tags: ['1']", "tags: ['1'], platforms: [linux/amd64]")
    stage.run(narrow)
    report = stage.run(both(["app:1"]))
    assert actions(report) == {"app:1": "copied"}
    assert stage.complete("app:1", upstream="library/app")
    # The index itself and the two platforms that were left out.
    assert report.pulls == 3


def test_a_digest_without_a_tag(stage: Stage) -> None:
    index = stage.builder().small([], platforms=WIDE)
    config = both(["app:1"]).replace("'1'", f"'{index.digest}'")
    report = stage.run(config)
    assert actions(report) == {f"app@{index.digest}": "copied"}
    assert is_whole(stage.one.create("app"), index.digest)
    assert stage.one.create("app").tags == {}
    report = stage.run(config)
    assert actions(report) == {f"app@{index.digest}": "unchanged"}
    assert report.pulls == 0


def test_a_dry_run_changes_nothing_and_costs_nothing(stage: Stage) -> None:
    app = stage.builder()
    app.small(["1", "1.0"], platforms=WIDE)
    stage.run(both(["app:1"]), public=None)
    report = stage.run(both(["app:1", "app:1.0"]), dry_run=True)
    assert report.dry_run
    assert rows(report, "app:1") == {"private": Action.UNCHANGED, "public": Action.COPIED}
    assert rows(report, "app:1.0") == {"private": Action.RETAGGED, "public": Action.RETAGGED}
    assert stage.registries.log.summary("hub") == {"HEAD manifest": 3, "GET token": 1}
    assert {entry.method for entry in stage.registries.log.matching(registry="two")} == {"HEAD"}
    assert stage.two.create("app").tags == {}
    assert stage.listener.events == ["started", "planned", "ended"]


def test_only_what_was_asked_for(stage: Stage) -> None:
    stage.builder().small(["1", "2", "3"])
    report = stage.run(both(["app:1", "app:2"]), references=("app:2", "app:3"))
    assert actions(report) == {"app:2": "copied", "app:3": "re-tagged"}
    with pytest.raises(ConfigError, match="no repository is declared for other"):
        stage.run(both(["app:1"]), references=("other:1",))


def test_tags_are_chosen_from_those_that_exist(stage: Stage) -> None:
    app = stage.builder()
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


def test_it_says_of_every_tag_why_it_is_in_or_out(stage: Stage) -> None:
    app = stage.builder()
    for version in ("1.0", "1.1-rc1", "2.0"):
        app.small([version], name=version)
    index = stage.builder("library/other").small(["1"], name="other")
    config = both(["app:9", f"other:{index.digest}"]).replace("'9'", "'9', {semver: '1'}")
    stage.run(config.replace(f"'{index.digest}'", f"'{index.digest}', '1'"), dry_run=True, explain=True)
    assert stage.listener.notes == [
        "in  app:9: named in tags, though not listed upstream",
        "in  app:1.0: chosen by {semver: 1}",
        "out app:1.1-rc1: {semver: 1} takes no pre-releases (prerelease: true does)",
        "out app:2.0: {semver: 1} leaves 2.0 out",
        f"in  other@{index.digest}: named by its digest",
        "in  other:1: named in tags",
    ]


def test_what_is_written_out_needs_no_list_of_tags(stage: Stage) -> None:
    stage.builder().small(["1", "2"])
    stage.registries.faults.add(Fault(registry="hub", action="tags", status=403))
    report = stage.run(both(["app:1"]).replace("'1'", "'1', {glob: '2*'}"))
    assert actions(report) == {"app": "failed", "app:1": "copied"}
    assert "tags of" in report.images[0].reason
