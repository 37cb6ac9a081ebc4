"""Repositories that Docker Hub does not show any more: deleted, or made private."""

import pytest

from mirror.report.lines import summary
from mirror.report.model import Action
from sandbox.registries.faults import Fault
from tests.stage import Stage, actions, both, rows

PATTERN = both(["app:1"]).replace("'1'", "{glob: '1*', latest: 2, required: true}")


@pytest.fixture
def mirrored(stage: Stage) -> Stage:
    """A repository with three tags, two of them mirrored, and another one."""
    app = stage.builder()
    for tag in ("1.0", "1.1", "1.2"):
        app.small([tag], name=tag)
    stage.builder("library/other").small(["1"], name="other")
    stage.run(PATTERN.replace("images:\n", "images:\n  - other:1\n"))
    assert sorted(stage.one.create("app").tags) == ["1.1", "1.2"]
    return stage


def vanish(stage: Stage, *names: str) -> None:
    for name in names:
        del stage.registries.hub.repositories[name]


def test_what_was_mirrored_of_it_is_kept_and_said_so(mirrored: Stage) -> None:
    vanish(mirrored, "library/app")
    report = mirrored.run(both(["app:1.1", "app:1.2", "other:1"]))
    assert actions(report) == {"app:1.1": "gone upstream", "app:1.2": "gone upstream", "other:1": "unchanged"}
    assert rows(report, "app:1.1") == {"private": Action.GONE, "public": Action.GONE}
    row = report.images[0].destinations[0]
    assert row.digest == mirrored.one.create("app").tags["1.1"]
    assert row.reason == (
        "Docker Hub shows no repository library/app that everybody may read any more; the mirror keeps its copy"
    )
    assert row.advice.startswith("It was deleted or made private.")
    lines = summary(report)
    assert lines[0].startswith("gone upstream: app:1.1, app:1.2: Docker Hub shows no repository library/app")
    for name in ("one", "two"):
        assert mirrored.registries.log.count(registry=name, method="PUT") == 0
        assert mirrored.registries.log.count(registry=name, method="DELETE") == 0


def test_patterns_mean_what_the_mirror_holds(mirrored: Stage) -> None:
    vanish(mirrored, "library/app")
    report = mirrored.run(PATTERN)
    assert actions(report) == {"app:1.1": "gone upstream", "app:1.2": "gone upstream"}


def test_what_was_never_mirrored_fails(mirrored: Stage) -> None:
    vanish(mirrored, "library/app")
    report = mirrored.run(both(["app:1.0", "app:1.1", "nobody/nothing:1"]))
    assert actions(report) == {"app:1.0": "failed", "app:1.1": "gone upstream", "nobody/nothing:1": "failed"}
    row = report.images[2].destinations[0]
    assert row.reason == "Docker Hub shows no repository nobody/nothing that everybody may read"
    assert row.advice == (
        "Check the name. A private one needs an account that may read it (docker_hub.credentials_secret)."
    )
    report = mirrored.run(PATTERN.replace("name: app", "name: nobody/nothing"))
    assert actions(report) == {"nobody/nothing": "failed"}
    assert report.images[0].reason == row.reason


def test_a_destination_that_never_got_it_does_not_claim_a_copy(mirrored: Stage) -> None:
    vanish(mirrored, "library/app")
    mirrored.two.repositories.clear()
    report = mirrored.run(both(["app:1.1"]))
    private, public = report.images[0].destinations
    assert (private.action, public.action) == (Action.GONE, Action.GONE)
    assert public.digest is None
    assert public.reason.endswith("; it was not mirrored here before")


def test_an_account_that_sees_nothing_is_not_believed(mirrored: Stage) -> None:
    """A token that lost its rights must not look like an upstream that lost its repositories."""
    mirrored.registries.hub_state.users["me"] = "right"
    mirrored.environ = {"MIRROR_DOCKER_HUB_USERNAME": "me", "MIRROR_DOCKER_HUB_TOKEN": "right"}
    vanish(mirrored, "library/app")
    assert actions(mirrored.run(both(["app:1.1", "other:1"])))["app:1.1"] == "gone upstream"
    vanish(mirrored, "library/other")
    report = mirrored.run(both(["app:1.1", "other:1"]))
    assert set(actions(report).values()) == {"failed"}
    assert report.images[0].destinations[0].reason == ("Docker Hub shows no repository library/app that me may read")


def test_another_registry_says_it_by_404(mirrored: Stage) -> None:
    source = mirrored.registries.plain("source", mirrored.registries.hub)
    vanish(mirrored, "library/app")
    report = mirrored.run(both(["app:1.1", "other:1"]), source=source, source_is_hub=False)
    assert actions(report) == {"app:1.1": "gone upstream", "other:1": "unchanged"}
    host = source.partition("://")[2]
    assert report.images[0].destinations[0].reason == (
        f"{host} has no repository library/app any more; the mirror keeps its copy"
    )


def test_what_another_registry_refuses_is_a_refusal(mirrored: Stage) -> None:
    source = mirrored.registries.plain("source", mirrored.registries.hub, user="me", password="secret")
    report = mirrored.run(both(["app:1.1"]), source=source, source_is_hub=False)
    assert actions(report) == {"app:1.1": "failed"}
    mirrored.registries.faults.add(Fault(registry="hub", action="manifest", status=403))
    assert actions(mirrored.run(both(["app:1.1"]))) == {"app:1.1": "failed"}
