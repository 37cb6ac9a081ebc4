"""What a plan says is what the run then spends and does, to the pull, and finding it out costs none."""

from collections.abc import Callable
from typing import Any

import pytest

from mirror.oci.platform import Platform
from mirror.report.lines import plan_lines, summary
from mirror.report.model import Certainty
from mirror.run.forecast import UNREAD
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder, Layer
from sandbox.registries.store import Store
from tests.stage import Stage, actions, both

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7")
TWO = "tags: ['1'], platforms: [linux/amd64, linux/arm64]"


def wide(stage: Stage, *tags: str, name: str = "app", attested: bool = False, repository: str = "library/app") -> None:
    stage.builder(repository).multi_platform(
        WIDE, base="b", name=name, tags=tags, base_size=100, top_size=10, attested=attested
    )


def new(stage: Stage) -> tuple[str, int]:
    wide(stage, "1")
    return both(["app:1"]), 4


def new_with_attestations(stage: Stage) -> tuple[str, int]:
    wide(stage, "1", attested=True)
    return both(["app:1"]), 7


def some_platforms(stage: Stage) -> tuple[str, int]:
    wide(stage, "1")
    return both(["app:1"]).replace("tags: ['1']", TWO), 3


def some_platforms_and_their_attestations(stage: Stage) -> tuple[str, int]:
    wide(stage, "1", attested=True)
    return both(["app:1"]).replace("tags: ['1']", TWO), 5


def platforms_that_are_all_there_is(stage: Stage) -> tuple[str, int]:
    wide(stage, "1", attested=True)
    platforms = "tags: ['1'], platforms: [linux/amd64, linux/arm64, linux/arm]"
    return both(["app:1"]).replace("tags: ['1']", platforms), 7


def fewer_platforms_than_are_mirrored(stage: Stage) -> tuple[str, int]:
    wide(stage, "1", attested=True)
    stage.run(both(["app:1"]))
    return both(["app:1"]).replace("tags: ['1']", TWO), 0


def more_platforms_than_are_mirrored(stage: Stage) -> tuple[str, int]:
    wide(stage, "1")
    stage.run(both(["app:1"]).replace("tags: ['1']", TWO))
    return both(["app:1"]), 2


def another_choice_of_platforms(stage: Stage) -> tuple[str, int]:
    wide(stage, "1")
    stage.run(both(["app:1"]).replace("tags: ['1']", TWO))
    return both(["app:1"]).replace("tags: ['1']", "tags: ['1'], platforms: [linux/arm64, linux/arm/v7]"), 2


def some_platforms_for_one_more_destination(stage: Stage) -> tuple[str, int]:
    wide(stage, "1")
    config = both(["app:1"]).replace("tags: ['1']", TWO)
    stage.run(config, public=None)
    return config, 0


def one_name_more_of_some_platforms(stage: Stage) -> tuple[str, int]:
    wide(stage, "1", "latest")
    stage.run(both(["app:1"]).replace("tags: ['1']", TWO))
    return both(["app:1", "app:latest"]).replace("tags: ['1', 'latest']", TWO.replace("['1']", "['1', latest]")), 0


def many_names(stage: Stage) -> tuple[str, int]:
    wide(stage, "1", "1.2", "latest")
    return both(["app:1", "app:1.2", "app:latest"]), 4


def one_name_more(stage: Stage) -> tuple[str, int]:
    wide(stage, "1", "latest")
    stage.run(both(["app:1"]))
    return both(["app:1", "app:latest"]), 0


def a_tag_that_moved(stage: Stage) -> tuple[str, int]:
    wide(stage, "1")
    stage.run(both(["app:1"]))
    wide(stage, "1", name="moved")
    return both(["app:1"]), 4


def a_tag_that_moved_to_what_is_there(stage: Stage) -> tuple[str, int]:
    wide(stage, "1")
    wide(stage, "2", name="two")
    stage.run(both(["app:1", "app:2"]))
    wide(stage, "1", name="two")
    return both(["app:1", "app:2"]), 0


def children_that_are_there(stage: Stage) -> tuple[str, int]:
    app = stage.builder()
    one, two, three = (
        (Platform.parse(text), app.image(Platform.parse(text), [Layer(text, 9)], name=text)) for text in WIDE
    )
    app.index([one, two], tags=["1"])
    stage.run(both(["app:1"]))
    app.index([one, two, three], tags=["2"])
    return both(["app:1", "app:2"]), 2  # the index, and the platform that came with it


def a_child_that_two_indexes_share(stage: Stage) -> tuple[str, int]:
    app = stage.builder()
    one, two, three = (
        (Platform.parse(text), app.image(Platform.parse(text), [Layer(text, 9)], name=text)) for text in WIDE
    )
    app.index([one, two], tags=["1"])
    app.index([two, three], tags=["2"])
    return both(["app:1", "app:2"]), 5


def one_more_destination(stage: Stage) -> tuple[str, int]:
    wide(stage, "1")
    stage.run(both(["app:1"]), public=None)
    return both(["app:1"]), 0


def an_image_without_an_index(stage: Stage) -> tuple[str, int]:
    stage.builder().image(Platform("linux", "amd64"), [Layer("l", 9)], tag="1")
    return both(["app:1"]), 1


def a_platform_that_does_not_exist(stage: Stage) -> tuple[str, int]:
    wide(stage, "1")
    return both(["app:1"]).replace("tags: ['1']", "tags: ['1'], platforms: [linux/s390x]"), 1


def many_tags(stage: Stage) -> tuple[str, int]:
    tags = [f"1.{number}" for number in range(12)]
    for tag in tags:
        wide(stage, tag, name=tag)
    return both([f"app:{tag}" for tag in tags]), 48


def several_images(stage: Stage) -> tuple[str, int]:
    stage.corpus()
    return both([f"corpus/app{number}:{tag}" for number in range(10) for tag in (1, 2)]), 80


SCENARIOS: list[Callable[[Stage], tuple[str, int]]] = [
    new,
    new_with_attestations,
    some_platforms,
    some_platforms_and_their_attestations,
    platforms_that_are_all_there_is,
    fewer_platforms_than_are_mirrored,
    more_platforms_than_are_mirrored,
    another_choice_of_platforms,
    some_platforms_for_one_more_destination,
    one_name_more_of_some_platforms,
    many_names,
    one_name_more,
    a_tag_that_moved,
    a_tag_that_moved_to_what_is_there,
    children_that_are_there,
    a_child_that_two_indexes_share,
    one_more_destination,
    an_image_without_an_index,
    a_platform_that_does_not_exist,
    many_tags,
    several_images,
]


def check(stage: Stage, config: str, pulls: int, **options: Any) -> None:
    """Plan it, then do it: both say the number, and Docker Hub counts it."""
    state = stage.registries.hub_state
    before = state.pulls
    plan = stage.run(config, dry_run=True, **options)
    assert set(stage.registries.log.summary("hub")) <= {"HEAD manifest", "GET token"}
    assert state.pulls == before
    assert plan.pulls == pulls
    assert {image.certainty for image in plan.images} <= {Certainty.EXACT, Certainty.LISTED}
    report = stage.run(config, **options)
    assert actions(report) == actions(plan)
    assert sum(image.pulls for image in stage.listener.plan) == pulls  # said before it begins
    assert report.pulls == state.pulls - before == pulls
    if not pulls:  # somebody else has it all, its layers too
        assert stage.registries.log.summary("cdn") == {}
        assert report.bytes_downloaded == 0


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_number_is_exact(stage: Stage, scenario: Callable[[Stage], tuple[str, int]]) -> None:
    check(stage, *scenario(stage))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_and_so_it_is_with_a_twin_that_has_everything(
    stage: Stage, scenario: Callable[[Stage], tuple[str, int]]
) -> None:
    twin = stage.registries.plain("twin", stage.registries.hub)
    config, _ = scenario(stage)
    check(stage, config + f"docker_hub: {{twins: ['{twin}']}}\n", 0)


def test_a_twin_that_lags_has_some_of_it(stage: Stage) -> None:
    wide(stage, "1")
    held = Store()
    ImageBuilder(held, "library/app").image(
        Platform.parse(WIDE[0]), [Layer(f"base b {WIDE[0]}", 100), Layer(f"top app {WIDE[0]}", 10)], name="app"
    )
    twin = stage.registries.plain("twin", held)
    check(stage, both(["app:1"]) + f"docker_hub: {{twins: ['{twin}']}}\n", 3)


def test_bytes_are_told_by_docker_hub(stage: Stage) -> None:
    wide(stage, "1", attested=True)
    plan = stage.run(both(["app:1"]), dry_run=True)
    report = stage.run(both(["app:1"]))
    configs = sum(
        blob.size for image in report.images for blob in image.blobs if blob.size not in {100, 10}
    )  # which are not in the list
    assert 0 < report.bytes_downloaded - plan.bytes_downloaded < configs
    assert any("(counted by what Docker Hub's web interface lists)" in line for line in summary(plan))


def test_the_web_interface_is_asked_as_little_as_can_be(stage: Stage) -> None:
    """One question for a tag, one for many tags of a repository, and none where nothing is new."""
    config, _ = new(stage)
    stage.run(config)
    assert stage.registries.log.summary("web") == {"GET tag": 1}
    stage.run(config)
    assert stage.registries.log.summary("web") == {}
    config, _ = many_tags(stage)
    stage.run(config)
    assert stage.registries.log.summary("web") == {"GET tags": 1}


def test_a_source_without_a_limit_needs_no_forecast(stage: Stage) -> None:
    stage.registries.hub_state.anonymous.limit = None
    config, _ = several_images(stage)
    report = stage.run(config)
    assert set(actions(report).values()) == {"copied"}
    assert stage.registries.log.summary("web") == {}


def test_asking_beforehand_asks_no_destination_twice(stage: Stage) -> None:
    config, _ = several_images(stage)
    stage.run(config)
    asked = {name: stage.registries.log.summary(name)["HEAD manifest"] for name in ("one", "two")}
    # Tags, roots and children, each once.
    assert asked == {"one": 20 + 20 + 60, "two": 20 + 20 + 60}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(registry="web", drop=True, times=2),
        Fault(registry="web", status=429, times=2),
        Fault(registry="web", status=404),
        Fault(registry="web", status=200, body=b'{"name": "1", "digest": "sha256:other", "images": [{}]}'),
    ],
    ids=["no answer", "429", "private", "behind"],
)
def test_without_the_web_interface_it_is_the_least_it_can_be(stage: Stage, fault: Fault) -> None:
    config, pulls = new(stage)
    stage.registries.faults.add(fault)
    plan = stage.run(config, dry_run=True)
    assert (plan.pulls, plan.images[0].certainty) == (3, Certainty.AT_LEAST)
    assert plan.images[0].notes == (f"at least: {UNREAD}",)
    assert plan_lines(stage.listener.plan, None, 0) == ["plan for 1 reference: 1 to copy; at least 3 pulls"]
    assert stage.registries.hub_state.pulls == 0
    report = stage.run(config)
    assert (actions(report), report.pulls) == ({"app:1": "copied"}, pulls)


def test_a_run_does_not_mind_a_dead_web_interface(stage: Stage) -> None:
    config, pulls = several_images(stage)
    stage.registries.faults.add(Fault(registry="web", drop=True, times=10**6))
    report = stage.run(config)
    stage.registries.faults.clear()
    assert set(actions(report).values()) == {"copied"}
    assert report.pulls == pulls
    assert len([note for note in report.notes if "web interface" in note]) == 1


def test_exact_reads_what_nobody_else_tells(stage: Stage) -> None:
    config, pulls = new(stage)
    plan = stage.run(config, dry_run=True, exact=True)
    assert (plan.pulls, stage.registries.hub_state.pulls) == (pulls, 0)
    stage.registries.faults.add(Fault(registry="web", status=404))
    plan = stage.run(config, dry_run=True, exact=True)
    assert (plan.pulls, stage.registries.hub_state.pulls) == (pulls, 1)
    assert plan.images[0].certainty is Certainty.EXACT
