"""A plan says what a run costs, and spends nothing to find out; what it says is what the run then spends."""

from dataclasses import replace

import pytest

from mirror.config.model import DestinationName, ExplicitTag, ImageConfig, MirrorConfig
from mirror.oci.platform import Platform
from mirror.report.lines import summary
from mirror.report.model import RunReport
from mirror.run import RunOptions, run
from sandbox.registries.images import ImageBuilder, Layer
from sandbox.registries.server import Registries
from tests.contract_listener import Quiet
from tests.support import FakeClock

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7")
IMAGE = ImageConfig("app", "library/app", (ExplicitTag("1"),), to=(DestinationName.PRIVATE,))


def go(
    registries: Registries,
    clock: FakeClock,
    url: str,
    *,
    image: ImageConfig = IMAGE,
    dry: bool = True,
    exact: bool = False,
) -> RunReport:
    options = RunOptions(source=registries.hub_url, private=url, jobs=2, dry_run=dry, exact=exact)
    return run(MirrorConfig((image,)), options, environ={}, listener=Quiet(), clock=clock)


def test_an_index_that_nobody_has_is_the_least_it_can_be_or_read_on_request(
    registries: Registries, clock: FakeClock
) -> None:
    ImageBuilder(registries.hub, "library/app").small(["1"], platforms=WIDE)
    url = registries.plain("mine")
    plan = go(registries, clock, url)
    assert plan.pulls == 3
    assert "at least" in plan.images[0].notes[0]
    assert registries.hub_state.pulls == 0
    exact = go(registries, clock, url, exact=True)
    assert (exact.pulls, exact.images[0].notes) == (4, ())
    assert registries.hub_state.pulls == 1
    assert go(registries, clock, url, dry=False).pulls == 4


def test_a_tag_that_moved_is_judged_by_what_it_was(registries: Registries, clock: FakeClock) -> None:
    builder = ImageBuilder(registries.hub, "library/app")
    builder.small(["1"], platforms=WIDE)
    url = registries.plain("mine")
    first = go(registries, clock, url, dry=False)
    builder.small(["1"], platforms=WIDE, name="moved")
    before = registries.hub_state.pulls
    plan = go(registries, clock, url)
    assert registries.hub_state.pulls == before
    assert plan.pulls == 4
    assert plan.images[0].notes == ("about: judging by what the tag was",)
    assert plan.bytes_downloaded == first.bytes_downloaded
    assert go(registries, clock, url, dry=False).pulls == 4
    assert any(line.startswith("a run would use about 4 pulls") for line in summary(plan))


@pytest.mark.parametrize("exact", [False, True])
def test_an_image_without_an_index_is_one_pull(registries: Registries, clock: FakeClock, exact: bool) -> None:
    ImageBuilder(registries.hub, "library/app").image(Platform("linux", "amd64"), [Layer("l", 9)], tag="1")
    plan = go(registries, clock, registries.plain("mine"), exact=exact)
    assert (plan.pulls, plan.images[0].notes) == (1, ())
    assert registries.hub_state.pulls == 0


def test_what_only_needs_a_tag_is_free(registries: Registries, clock: FakeClock) -> None:
    ImageBuilder(registries.hub, "library/app").small(["1", "2"], platforms=WIDE)
    url = registries.plain("mine")
    go(registries, clock, url, dry=False)
    both = replace(IMAGE, selectors=(ExplicitTag("1"), ExplicitTag("2")))
    plan = go(registries, clock, url, image=both)
    assert [str(image.action) for image in plan.images] == ["unchanged", "re-tagged"]
    assert plan.pulls == 0
    before = registries.hub_state.pulls
    assert go(registries, clock, url, image=both, dry=False).pulls == 0
    assert registries.hub_state.pulls == before
