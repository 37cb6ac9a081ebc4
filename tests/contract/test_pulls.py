"""What a run costs at Docker Hub, judged by Docker Hub: twins, the budget and its floor."""

import socket
import time
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mirror.config.model import (
    DestinationName,
    DockerHubConfig,
    ExplicitTag,
    ImageConfig,
    MirrorConfig,
)
from mirror.report.model import Action, RunReport
from mirror.run import RunOptions, run
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.registries.store import Store
from tests.contract_listener import Quiet
from tests.stage import is_whole
from tests.support import FakeClock

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7")


@dataclass
class Mirror:
    """Docker Hub with a few official images, and one plain registry as the private destination."""

    registries: Registries
    clock: FakeClock
    config: MirrorConfig
    store: Store = field(default_factory=Store)
    url: str = ""

    def run(self, **docker_hub: Any) -> RunReport:
        self.url = self.url or self.registries.plain("mine", self.store)
        config = replace(self.config, docker_hub=DockerHubConfig(**docker_hub))
        options = RunOptions(source=self.registries.hub_url, private=self.url, jobs=4)
        return run(config, options, environ={}, listener=Quiet(), clock=self.clock)

    @property
    def pulls(self) -> int:
        return self.registries.hub_state.pulls


def image(name: str, *tags: str) -> ImageConfig:
    selectors = tuple(ExplicitTag(tag) for tag in tags)
    return ImageConfig(name, f"library/{name}", selectors, to=(DestinationName.PRIVATE,))


@pytest.fixture
def mirror(registries: Registries, clock: FakeClock) -> Mirror:
    for name in ("one", "two", "three", "four"):
        ImageBuilder(registries.hub, f"library/{name}").small(["1"], name=name, platforms=WIDE)
    images = tuple(image(name, "1") for name in ("one", "two", "three", "four"))
    return Mirror(registries, clock, MirrorConfig(images))


def actions(report: RunReport) -> dict[str, Action]:
    return {result.reference: result.action for result in report.images}


def test_each_image_costs_its_index_and_its_children(mirror: Mirror) -> None:
    report = mirror.run(twins=())
    assert set(actions(report).values()) == {Action.COPIED}
    assert mirror.pulls == report.pulls == 16


def test_a_twin_that_has_everything_makes_it_free(mirror: Mirror) -> None:
    twin = Store()
    for name in ("one", "two", "three", "four"):
        ImageBuilder(twin, f"docker/library/{name}").small(["other-tag"], name=name, platforms=WIDE)
    url = mirror.registries.plain("twin", twin) + "/docker/library"
    report = mirror.run(twins=(url,))
    assert set(actions(report).values()) == {Action.COPIED}
    assert mirror.pulls == report.pulls == 0
    hub = mirror.registries.log.summary("hub")
    assert set(hub) == {"HEAD manifest", "GET token"}
    assert mirror.registries.log.summary("cdn") == {}


def test_a_twin_that_lags_costs_only_what_it_lacks(mirror: Mirror) -> None:
    twin = Store()
    ImageBuilder(twin, "docker/library/one").small([], name="one", platforms=WIDE)
    report = mirror.run(twins=(mirror.registries.plain("twin", twin) + "/docker/library",))
    assert set(actions(report).values()) == {Action.COPIED}
    assert mirror.pulls == 12


@pytest.mark.parametrize(
    ("fault", "saved"),
    [
        (Fault(registry="twin", corrupt=True), 15),
        (Fault(registry="twin", drop=True, times=10**6), 0),
        (Fault(registry="twin", status=500, times=10**6), 0),
        (Fault(registry="twin", status=503, headers={"Retry-After": "3600"}, times=10**6), 0),
        (Fault(registry="twin", status=429, headers={"Retry-After": "3600"}, times=10**6), 0),
        (Fault(registry="twin", status=429, times=10**6), 0),
        (Fault(registry="twin", status=403, times=10**6), 0),
        (Fault(registry="twin", status=307, headers={"Location": "/v2/again"}, times=10**6), 0),
        (Fault(registry="twin", status=200, body=b"<html>Welcome</html>", times=10**6), 0),
        (Fault(registry="twin", hang=True, times=10**6), 0),
        (Fault(registry="twin", action="blob", corrupt=True), 16),
        (Fault(registry="twin", action="blob", cut_after=4, hang=True, times=10**6), 16),
        (Fault(registry="twin", action="blob", status=500, times=10**6), 16),
    ],
    ids=[
        "lies",
        "hangs up",
        "500",
        "503 for an hour",
        "429 for an hour",
        "429",
        "403",
        "redirects in circles",
        "a page for people",
        "says nothing",
        "lies about a layer",
        "stops in the middle",
        "gives no layers",
    ],
)
def test_a_twin_that_lies_or_is_down_costs_a_note(
    mirror: Mirror, fault: Fault, saved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mirror.credentials.registries.QUICK_READ_SECONDS", 0.3)
    twin = Store()
    for name in ("one", "two", "three", "four"):
        ImageBuilder(twin, f"docker/library/{name}").small([], name=name, platforms=WIDE)
    url = mirror.registries.plain("twin", twin)
    mirror.registries.faults.add(fault)
    began = time.monotonic()
    report = mirror.run(twins=(f"{url}/docker/library",))
    mirror.registries.faults.clear()
    assert set(actions(report).values()) == {Action.COPIED}
    for name, repository in mirror.store.repositories.items():
        digest = mirror.registries.hub.create(f"library/{name}").tags["1"]
        assert repository.tags == {"1": digest}
        assert is_whole(repository, digest)
    assert mirror.pulls == report.pulls <= 16 if saved else report.pulls == 16
    assert report.pulls >= 16 - saved
    assert len([note for note in report.notes if "is not used any more" in note]) == 1
    # It is given up: no wait of minutes, neither really nor by the run's clock.
    assert time.monotonic() - began < 10
    assert sum(mirror.clock.slept) < 60


def test_a_twin_that_breaks_off_is_read_on(mirror: Mirror) -> None:
    twin = Store()
    for name in ("one", "two", "three", "four"):
        ImageBuilder(twin, f"docker/library/{name}").small([], name=name, platforms=WIDE)
    url = mirror.registries.plain("twin", twin)
    mirror.registries.faults.add(Fault(registry="twin", action="blob", cut_after=4, times=10))
    report = mirror.run(twins=(f"{url}/docker/library",))
    assert set(actions(report).values()) == {Action.COPIED}
    assert mirror.pulls == report.pulls == 0
    assert report.notes == ()


def test_a_twin_where_nobody_listens_costs_a_note(mirror: Mirror) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/docker/library"
        report = mirror.run(twins=(url,))
    assert set(actions(report).values()) == {Action.COPIED}
    assert mirror.pulls == report.pulls == 16
    assert len([note for note in report.notes if "is not used any more" in note]) == 1


def test_without_twins_none_is_asked(mirror: Mirror) -> None:
    """The switch; the official twin stands for Docker Hub only, so here it is named."""
    twin = Store()
    for name in ("one", "two", "three", "four"):
        ImageBuilder(twin, f"docker/library/{name}").small([], name=name, platforms=WIDE)
    mirror.registries.plain("twin", twin)
    report = mirror.run(twins=())
    assert mirror.pulls == report.pulls == 16
    assert mirror.registries.log.summary("twin") == {}


def test_a_registry_in_docker_hubs_place_has_no_usual_twin(mirror: Mirror) -> None:
    assert set(actions(mirror.run()).values()) == {Action.COPIED}
    assert mirror.pulls == 16


def test_what_does_not_fit_is_deferred_and_done_later(mirror: Mirror) -> None:
    mirror.registries.hub_state.anonymous.limit = 9
    first = mirror.run(twins=())
    done = actions(first)
    assert sorted(done.values()) == [Action.COPIED, Action.COPIED, Action.DEFERRED, Action.DEFERRED]
    assert mirror.pulls == 8
    reasons = [row.reason for result in first.images for row in result.destinations if row.action is Action.DEFERRED]
    assert all("needs at least 3 pulls, 1 are left" in reason or "pulls" in reason for reason in reasons)
    # Nothing of the deferred images is there.
    assert set(mirror.store.repositories) == {name.partition(":")[0] for name, a in done.items() if a is Action.COPIED}
    mirror.registries.hub_state.anonymous.used = 0
    second = mirror.run(twins=())
    assert sorted(actions(second).values()) == [Action.COPIED, Action.COPIED, Action.UNCHANGED, Action.UNCHANGED]
    assert mirror.pulls == 16


def test_the_floor_is_never_touched(mirror: Mirror) -> None:
    mirror.registries.hub_state.anonymous.limit = 20
    report = mirror.run(twins=(), keep_pulls=12)
    assert sorted(actions(report).values()) == [Action.COPIED, Action.COPIED, Action.DEFERRED, Action.DEFERRED]
    assert mirror.registries.hub_state.anonymous.used == 8
    assert report.quota_after is not None
    assert report.quota_after.remaining == 12


def test_what_was_never_mirrored_comes_first(mirror: Mirror) -> None:
    mirror.run(twins=())
    for name in ("one", "two", "three", "four"):
        ImageBuilder(mirror.registries.hub, f"library/{name}").small(["1"], name=f"{name} again", platforms=WIDE)
    ImageBuilder(mirror.registries.hub, "library/five").small(["1"], name="five", platforms=WIDE)
    mirror.config = replace(mirror.config, images=(*mirror.config.images, image("five", "1")))
    mirror.registries.hub_state.anonymous.limit = mirror.registries.hub_state.anonymous.used + 5
    report = mirror.run(twins=())
    assert actions(report)["five:1"] is Action.COPIED
    assert list(actions(report).values()).count(Action.DEFERRED) == 4


def test_no_limit_named_is_no_limit(mirror: Mirror) -> None:
    mirror.registries.hub_state.anonymous.limit = None
    report = mirror.run(twins=(), keep_pulls=10**6)
    assert set(actions(report).values()) == {Action.COPIED}
