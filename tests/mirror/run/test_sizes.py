"""How large things are, found out without a pull."""

from mirror.report.model import RunReport
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from tests.stage import Stage, both

PLATFORMS = ["linux/amd64", "linux/arm64"]
KIB = 1024
LAYERS = 512 * KIB + 2 * 256 * KIB
"""Of both platforms: a base in common, and a top each."""


def seed(stage: Stage, *tags: str) -> None:
    builder = ImageBuilder(stage.registries.hub, "library/app")
    for tag in tags:
        builder.multi_platform(PLATFORMS, base="app", name=tag, tags=[tag])


def plan(stage: Stage, *references: str, is_hub: bool = True) -> RunReport:
    return stage.run(both(list(references)), dry_run=True, sizes=True, source_is_hub=is_hub)


def test_of_what_nobody_holds_docker_hub_tells(stage: Stage) -> None:
    seed(stage, "1", "2")
    report = plan(stage, "app:1", "app:2")
    assert stage.registries.hub_state.pulls == 0
    for image in report.images:
        assert image.size is not None
        assert LAYERS <= image.size <= 2 * LAYERS
        assert image.blobs == ()


def test_of_what_is_there_the_manifests_tell_exactly(stage: Stage) -> None:
    seed(stage, "1")
    copied = stage.run(both(["app:1"])).images[0]
    (image,) = plan(stage, "app:1").images
    assert stage.registries.log.count(registry="hub", method="GET", action="manifest") == 0
    assert (image.size, set(image.blobs), image.platforms) == (copied.size, set(copied.blobs), copied.platforms)
    assert image.bytes_downloaded == 0


def test_every_tag_of_a_digest_has_its_size_though_only_one_is_charged(stage: Stage) -> None:
    ImageBuilder(stage.registries.hub, "library/app").small(["1", "1.0"])
    report = plan(stage, "app:1", "app:1.0")
    sizes = {image.size for image in report.images}
    assert sizes == {report.bytes_downloaded}
    assert report.bytes_downloaded > 0


def test_another_registry_does_not_tell(stage: Stage) -> None:
    seed(stage, "1")
    report = plan(stage, "app:1", is_hub=False)
    assert report.images[0].size is None
    assert stage.registries.log.count(registry="web") == 0


def test_without_an_answer_sizes_are_not_known_and_nothing_fails(stage: Stage) -> None:
    seed(stage, "1")
    stage.registries.faults.add(Fault(registry="web", status=403, times=9))
    report = plan(stage, "app:1")
    stage.registries.faults.clear()
    assert report.images[0].size is None
    assert {str(image.action) for image in report.images} == {"copied"}


def test_a_destination_that_does_not_tell_is_passed_over(stage: Stage) -> None:
    seed(stage, "1")
    stage.run(both(["app:1"]))
    stage.registries.faults.add(Fault(registry="one", method="GET", action="manifest", status=404, times=99))
    stage.registries.faults.add(Fault(registry="two", method="GET", action="manifest", status=404, times=99))
    report = plan(stage, "app:1")
    stage.registries.faults.clear()
    assert [(str(image.action), image.size) for image in report.images] == [("unchanged", None)]


def test_without_the_wish_what_is_there_is_not_read(stage: Stage) -> None:
    seed(stage, "1")
    stage.run(both(["app:1"]))
    stage.run(both(["app:1"]), dry_run=True)
    assert stage.registries.log.count(registry="one", method="GET", action="manifest") == 0
