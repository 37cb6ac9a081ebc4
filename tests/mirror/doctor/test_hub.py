import pytest

from mirror.doctor.finding import Level
from mirror.doctor.hub import budget, sharing
from mirror.registry.protocols import PullQuota


def quota(remaining: int, source: str = "203.0.113.7") -> PullQuota:
    return PullQuota(limit=100, remaining=remaining, window_seconds=21600, source=source)


@pytest.mark.parametrize(
    ("remaining", "keep", "level"),
    [(100, 0, "ok"), (1, 0, "ok"), (0, 0, "warning"), (20, 20, "warning"), (21, 20, "ok")],
)
def test_a_budget_is_what_is_left_above_the_floor(remaining: int, keep: int, level: str) -> None:
    assert budget(quota(remaining), keep).level == level


def test_a_source_without_a_limit_is_fine() -> None:
    found = budget(None, 10)
    assert (found.level, found.detail) == (Level.OK, "no limit is named")


@pytest.mark.parametrize(
    ("heard", "anonymous", "in_codebuild", "level", "detail"),
    [
        (quota(100), True, False, "ok", "nobody has used any of it"),
        (quota(99), True, False, "warning", "1 used already"),
        (quota(100), True, True, "warning", "other customers"),
        (quota(50, "0f1e2d3c"), False, True, "ok", "the account"),
        (quota(50, "2001:db8::1"), False, False, "warning", "in spite of the login"),
    ],
)
def test_whose_budget_it_is(heard: PullQuota, anonymous: bool, in_codebuild: bool, level: str, detail: str) -> None:
    found = sharing(heard, anonymous=anonymous, in_codebuild=in_codebuild)
    assert found.level == level
    assert detail in found.detail
    assert bool(found.fix) == (level != "ok")
