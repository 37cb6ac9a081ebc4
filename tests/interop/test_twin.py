"""docker-registry as a twin, and as the destination of a run that has not pulls for everything."""

import pytest

from mirror.oci.digest import Digest
from sandbox.registries.docker_hub import Account
from sandbox.registries.images import ImageBuilder
from sandbox.registries.store import Store
from tests.interop.tools import RealRegistry
from tests.stage import Stage, actions, images, is_whole

pytestmark = pytest.mark.slow

WIDE = ("linux/amd64", "linux/arm64/v8", "linux/arm/v7")
FILL = "private: {prefix: docker/library}\npublic: false\ndefaults: {to: [private]}\n"
PRIVATE = "private: {}\npublic: false\ndefaults: {to: [private]}\n"


def push(stage: Stage, name: str, content: str, base: str = "b") -> Digest:
    builder = ImageBuilder(stage.registries.hub, f"library/{name}")
    return builder.multi_platform(WIDE, base=base, name=content, tags=["1"], base_size=300, top_size=200).digest


def with_twin(url: str, *references: str) -> str:
    return PRIVATE + images(references) + f"docker_hub: {{twins: ['{url}/docker/library']}}\n"


def test_what_it_has_costs_docker_hub_nothing(stage: Stage, real: RealRegistry) -> None:
    digest = push(stage, "app", "app")
    stage.run(FILL + images(["app:1"]), private=real.url, public=None)
    stage.registries.hub_state.anonymous = Account(limit=100)
    real.take_asked()
    plan = stage.run(with_twin(real.url, "app:1"), public=None, dry_run=True)
    assert (plan.pulls, real.take_asked()) == (0, {"GET manifests": 1})
    report = stage.run(with_twin(real.url, "app:1"), public=None)
    assert actions(report) == {"app:1": "copied"}
    assert report.pulls == report.bytes_downloaded == 0
    assert stage.registries.log.summary("hub") == {"HEAD manifest": 2, "GET token": 1}
    assert stage.registries.log.summary("cdn") == {}
    # Each child and each blob once, and the index that the forecast read is not read again.
    assert real.take_asked() == {"GET manifests": 4, "GET blobs": 9}
    assert is_whole(stage.one.create("app"), digest)


def test_one_that_lags_gives_what_it_has(stage: Stage, real: RealRegistry) -> None:
    push(stage, "app", "old")
    stage.run(FILL + images(["app:1"]), private=real.url, public=None)
    digest = push(stage, "app", "new")
    stage.registries.hub_state.anonymous = Account(limit=100)
    plan = stage.run(with_twin(real.url, "app:1"), public=None, dry_run=True)
    report = stage.run(with_twin(real.url, "app:1"), public=None)
    assert plan.pulls == report.pulls == stage.registries.hub_state.anonymous.used == 4
    # The bases did not change: they come from the twin, the rest from Docker Hub.
    assert stage.registries.log.summary("cdn") == {"GET blob": 6}
    assert is_whole(stage.one.create("app"), digest)
    assert report.notes == ()


def test_one_that_died_costs_a_note(stage: Stage, real: RealRegistry) -> None:
    digest = push(stage, "app", "app")
    stage.run(FILL + images(["app:1"]), private=real.url, public=None)
    url = real.url
    real.kill()
    report = stage.run(with_twin(url, "app:1"), public=None)
    assert actions(report) == {"app:1": "copied"}
    assert is_whole(stage.one.create("app"), digest)
    assert report.pulls == 4
    assert len([note for note in report.notes if "is not used any more" in note]) == 1


def test_one_that_wants_a_password_costs_a_note(stage: Stage, guarded: RealRegistry) -> None:
    push(stage, "app", "app")
    stage.run(FILL + images(["app:1"]), private=guarded.url, public=None)
    report = stage.run(with_twin(f"http://{guarded.host}", "app:1"), public=None)
    assert (actions(report), report.pulls) == ({"app:1": "copied"}, 4)
    assert len([note for note in report.notes if "is not used any more" in note]) == 1


def test_what_the_budget_defers_leaves_nothing_behind(stage: Stage, real: RealRegistry) -> None:
    names = [f"app{number}" for number in range(3)]
    for name in names:
        push(stage, name, name)
    stage.registries.hub_state.anonymous = Account(limit=11)
    text = PRIVATE + images([f"{name}:1" for name in names]) + "docker_hub: {keep_pulls: 2}\n"
    plan = stage.run(text, private=real.url, public=None, dry_run=True)
    report = stage.run(text, private=real.url, public=None)
    assert plan.pulls == report.pulls == stage.registries.hub_state.anonymous.used == 8
    assert actions(plan) == actions(report) == {"app0:1": "copied", "app1:1": "copied", "app2:1": "deferred"}
    assert real.repositories() == ["app0", "app1"]
    stage.registries.hub_state.anonymous.used = 0
    report = stage.run(text, private=real.url, public=None)
    assert actions(report) == {"app0:1": "unchanged", "app1:1": "unchanged", "app2:1": "copied"}
    assert report.pulls == 4


def test_a_source_that_names_no_limit_has_none(stage: Stage, real: RealRegistry) -> None:
    push(stage, "app", "app")
    stage.run(PRIVATE.replace("{}", "{prefix: library}", 1) + images(["app:1"]), private=real.url, public=None)
    real.take_asked()
    copy = stage.registries.plain("copy", Store())
    text = PRIVATE + images(["app:1"]) + "docker_hub: {keep_pulls: 1000}\n"
    report = stage.run(text, source=real.url, source_is_hub=False, private=copy, public=None)
    assert actions(report) == {"app:1": "copied"}
    assert report.quota_after is None
    assert real.take_asked() == {"HEAD manifests": 1, "GET manifests": 4, "GET blobs": 9}
