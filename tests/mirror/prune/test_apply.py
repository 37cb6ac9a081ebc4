from dataclasses import replace

import pytest

from mirror.errors import ConfigError
from mirror.oci.digest import digest_of
from mirror.prune.apply import Applied, apply
from mirror.prune.file import Plan
from mirror.prune.plan import find
from sandbox.registries.images import ImageBuilder
from tests.mirror.prune.conftest import Mirror

TEXT = "private: {prefix: hub}\npublic: false\ndefaults: {to: [private]}\nimages: [maven:3.6, redis:8]\n"


@pytest.fixture
def plan(mirror: Mirror) -> Plan:
    """Three tags that would go, of five."""
    mirror.private("hub/maven", "3.4", "3.5", "3.6")
    mirror.private("hub/redis", "7", "8")
    found = find(mirror.places(TEXT), mirror.clock, min_age_days=30)
    assert [entry.tag for entry in found.plan.entries] == ["3.4", "3.5", "7"]
    return found.plan


def carry_out(
    mirror: Mirror, plan: Plan, *, text: str = TEXT, min_age_days: float | None = None, max_entries: int = 50
) -> Applied:
    return apply(mirror.places(text), plan, mirror.clock, min_age_days=min_age_days, max_entries=max_entries)


def tags(mirror: Mirror) -> set[str]:
    repositories = mirror.registries.private["eu-central-1"].store.repositories.values()
    return {f"{repository.name.removeprefix('hub/')}:{tag}" for repository in repositories for tag in repository.tags}


def test_exactly_the_plan_is_removed(mirror: Mirror, plan: Plan) -> None:
    mirror.private("hub/maven", "3.3")  # would go too, but is not in the plan
    applied = carry_out(mirror, plan)
    assert applied.removed == list(plan.entries)
    assert (applied.stayed, applied.failed) == ([], [])
    assert tags(mirror) == {"maven:3.3", "maven:3.6", "redis:8"}


def test_an_empty_plan_asks_nobody(mirror: Mirror, plan: Plan) -> None:
    places = mirror.places(TEXT)
    mirror.registries.log.clear()
    applied = apply(places, replace(plan, entries=()), mirror.clock, min_age_days=None, max_entries=0)
    assert applied == Applied()
    assert mirror.registries.log.entries == ()


def test_a_second_time_there_is_nothing_to_do(mirror: Mirror, plan: Plan) -> None:
    carry_out(mirror, plan)
    applied = carry_out(mirror, plan)
    assert (applied.removed, applied.failed) == ([], [])
    assert len(applied.stayed) == 3


def test_a_tag_that_moved_since_stays(mirror: Mirror, plan: Plan) -> None:
    service = mirror.registries.private["eu-central-1"]
    ImageBuilder(service.store, "hub/maven").small(["3.5"], name="new content")
    applied = carry_out(mirror, plan)
    assert [entry.tag for entry in applied.removed] == ["3.4", "7"]
    ((entry, why),) = applied.stayed
    assert entry.tag == "3.5"
    assert why.startswith("it points at sha256:")
    assert "maven:3.5" in tags(mirror)


def test_a_tag_that_was_chosen_again_since_stays(mirror: Mirror, plan: Plan) -> None:
    applied = carry_out(mirror, plan, text=TEXT.replace("maven:3.6", "{name: maven, tags: ['3.6', '3.4']}"))
    assert [entry.tag for entry in applied.removed] == ["3.5", "7"]
    assert tags(mirror) == {"maven:3.4", "maven:3.6", "redis:8"}


@pytest.mark.parametrize(("days", "min_age_days"), [(29, None), (31, 32), (29, 0)])
def test_the_greater_age_counts(mirror: Mirror, plan: Plan, days: float, min_age_days: float | None) -> None:
    mirror.clock.days = days
    applied = carry_out(mirror, plan, min_age_days=min_age_days)
    assert applied.removed == []
    assert len(tags(mirror)) == 5


def test_a_plan_for_another_registry_removes_nothing(mirror: Mirror, plan: Plan) -> None:
    foreign = replace(plan, entries=tuple(replace(entry, registry="localhost:1") for entry in plan.entries))
    applied = carry_out(mirror, foreign)
    assert applied.removed == []
    assert applied.stayed[0][1].startswith("the plan was made for another registry than localhost:")
    assert len(tags(mirror)) == 5


def test_what_the_plan_names_beyond_the_configuration_stays(mirror: Mirror, plan: Plan) -> None:
    """A file that somebody wrote by hand is no way around what the configuration says."""
    mirror.private("elsewhere", "1")
    kept = mirror.registries.private["eu-central-1"].store.create("hub/maven").tags["3.6"]
    first = plan.entries[0]
    written = (
        replace(first, repository="elsewhere", tag="1"),
        replace(first, tag="3.6", digest=kept),
        replace(first, tag="nope", digest=digest_of(b"")),
    )
    applied = carry_out(mirror, replace(plan, entries=written, min_age_days=0))
    assert applied.removed == []
    assert len(applied.stayed) == 3


def test_more_than_the_maximum_removes_nothing(mirror: Mirror, plan: Plan) -> None:
    with pytest.raises(ConfigError, match=r"--max: 3 tags would be removed, allowed: 2\. Nothing was removed"):
        carry_out(mirror, plan, max_entries=2)
    assert len(tags(mirror)) == 5
    assert len(carry_out(mirror, plan, max_entries=3).removed) == 3


def test_what_is_refused_is_told_and_does_not_stop_the_rest(mirror: Mirror, plan: Plan) -> None:
    service = mirror.registries.private["eu-central-1"]
    service.authorize = lambda _key, action, resource: (
        action != "ecr:BatchDeleteImage" or not resource.endswith("/maven")
    )
    applied = carry_out(mirror, plan)
    assert [entry.tag for entry in applied.removed] == ["7"]
    assert [entry.tag for entry, _ in applied.failed] == ["3.4", "3.5"]
    assert "ecr:BatchDeleteImage" in applied.failed[0][1]


def test_what_cannot_be_looked_at_stays(mirror: Mirror, plan: Plan) -> None:
    service = mirror.registries.private["eu-central-1"]
    service.authorize = lambda _key, action, resource: action != "ecr:DescribeImages" or not resource.endswith("/maven")
    applied = carry_out(mirror, plan)
    assert [entry.tag for entry in applied.removed] == ["7"]
    assert {why for _, why in applied.stayed} == {"it is gone, chosen again, too young, or could not be looked at"}
    (problem,) = applied.unseen
    assert problem.startswith("private hub/maven: ")
