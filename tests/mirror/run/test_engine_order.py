"""Who gets the pulls where they do not suffice for all: judged by what was copied, and in which order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from tests.conftest import REGION
from tests.stage import Stage, actions

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7")
EACH = 4
# Pulls of an image: its index and three platforms.

CONFIG = """\
private: {}
public: false
defaults: {to: [private]}
images:
  - {name: fresh, tags: ['1'], priority: 9}
  - {name: low, tags: ['1']}
  - {name: stale, tags: ['1']}
  - {name: high, tags: ['1'], priority: 5}
  - {name: new, tags: ['1']}
  - {name: urgent, tags: ['1'], priority: 1}
"""
ORDER = ["urgent", "new", "stale", "high", "low", "fresh"]
# The never mirrored by priority, the stalest, those of one hour by priority, and what is fresh whatever its priority.


def push(registries: Registries, *names: str, content: str) -> None:
    for name in names:
        ImageBuilder(registries.hub, f"library/{name}").small(["1"], name=f"{name} {content}", platforms=WIDE)


def push_was(registries: Registries, name: str, ago: timedelta) -> None:
    """Let ECR say that the repository's content was pushed then."""
    repository = registries.private[REGION].store.create(name)
    for digest, stored in repository.manifests.items():
        repository.manifests[digest] = replace(stored, pushed_at=datetime.now(UTC) - ago)


@pytest.fixture
def behind(stage: Stage, aws_environment: None) -> Stage:
    """Private ECR with four images of different ages, all of which moved upstream, and two that it never had."""
    registries = stage.registries
    stage.urls = {"private": None, "public": None}
    for name in ORDER:
        registries.private[REGION].create_repository(name)
    push(registries, *ORDER, content="old")
    stage.run("\n".join(line for line in CONFIG.splitlines() if "new" not in line and "urgent" not in line))
    ages = {"fresh": timedelta(minutes=5), "low": timedelta(days=2), "high": timedelta(days=2), "stale": timedelta(9)}
    for name, ago in ages.items():
        push_was(registries, name, ago)
    push(registries, *ORDER, content="now")
    return stage


@pytest.mark.parametrize("fits", range(len(ORDER) + 1))
def test_what_fits_is_done_in_order_and_the_rest_is_deferred(behind: Stage, fits: int) -> None:
    account = behind.registries.hub_state.anonymous
    used = account.used
    account.limit = used + fits * EACH + EACH - 1
    report = behind.run(CONFIG)
    done, deferred = ORDER[:fits], ORDER[fits:]
    assert actions(report) == {
        f"{name}:1": "copied" if name in done else "deferred" for name in sorted(ORDER, key=CONFIG.index)
    }
    read = behind.registries.log.matching(registry="hub", method="GET", action="manifest")
    assert list(dict.fromkeys(entry.repository for entry in read if entry.status == 200)) == [
        f"library/{name}" for name in done
    ]
    assert report.pulls == account.used - used == fits * EACH
    reasons = {row.reason for image in report.images for row in image.destinations if row.action == "deferred"}
    assert len(reasons) == len(deferred)
    assert all(f"needs {EACH} pulls, {EACH - 1} are left" in reason for reason in reasons)


def test_later_runs_do_the_rest_in_that_order(behind: Stage) -> None:
    account = behind.registries.hub_state.anonymous
    done: list[str] = []
    for _ in ORDER:
        account.limit = account.used + EACH
        report = behind.run(CONFIG)
        done += [name for name, action in actions(report).items() if action == "copied"]
    assert done == [f"{name}:1" for name in ORDER]
    account.limit = account.used
    assert set(actions(behind.run(CONFIG)).values()) == {"unchanged"}
