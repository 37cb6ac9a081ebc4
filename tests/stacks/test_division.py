from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirror.config.ecr import LifecycleRule, LifecycleVerb, Removal, RepositorySettings
from mirror.config.model import (
    CatalogData,
    DestinationConfig,
    DestinationName,
    ExplicitTag,
    ImageConfig,
    MirrorConfig,
    RepositoryConfig,
)
from stacks import division

PRIVATE, PUBLIC = DestinationName.PRIVATE, DestinationName.PUBLIC
BOTH = tuple(DestinationName)

NAMES = st.from_regex(r"[a-z]{1,8}(/[a-z0-9]{1,8})?", fullmatch=True)


def image(name: str, *, to: Sequence[DestinationName] = (PUBLIC,), **rest: Any) -> ImageConfig:
    made = ImageConfig(name, f"library/{name}", (ExplicitTag("1"),), to=tuple(to))
    return replace(made, **rest)


def config(count: int, *, stacks: int = 1, **rest: Any) -> MirrorConfig:
    images = tuple(image(f"image-{number}", **rest) for number in range(count))
    return MirrorConfig(images=images, public=DestinationConfig(stacks=stacks))


@given(NAMES)
def test_one_stack_has_all(name: str) -> None:
    assert division.part_of(name, 1) == 0


@given(NAMES, st.integers(1, 99))
def test_one_stack_more_takes_from_the_others_and_moves_nothing_between_them(name: str, stacks: int) -> None:
    before, after = division.part_of(name, stacks), division.part_of(name, stacks + 1)
    assert 0 <= before < stacks
    assert after in {before, stacks}


def test_stacks_are_filled_about_equally() -> None:
    counts = [0] * 8
    for number in range(8000):
        counts[division.part_of(f"team/image-{number}", 8)] += 1
    assert min(counts) > 900
    assert max(counts) < 1100


def test_where_names_went_once_they_always_go() -> None:
    """Written down: a change here would move everybody's repositories."""
    found = {name: division.part_of(name, 4) for name in ("maven", "redis", "team/eclipse-temurin", "alpine", "nginx")}
    assert found == {"maven": 0, "redis": 1, "team/eclipse-temurin": 2, "alpine": 1, "nginx": 2}


@given(st.lists(NAMES, unique=True, min_size=1, max_size=20), st.data())
def test_a_repository_stays_whatever_is_added_or_removed(names: list[str], data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(names), unique=True))

    def places(chosen: Sequence[str]) -> dict[str, int]:
        whole = MirrorConfig(images=tuple(image(name) for name in chosen), public=DestinationConfig(stacks=4))
        parts = division.divided(whole, PUBLIC)
        return {member.name: part for part, members in parts.items() for member in members}

    everything = places(names)
    assert everything.keys() == set(names)
    assert places(kept) == {name: everything[name] for name in kept}


def test_what_is_adopted_is_nobodys() -> None:
    whole = MirrorConfig(images=(image("maven", to=BOTH, adopt=(PUBLIC,)), image("redis", to=BOTH, adopt=BOTH)))
    assert [member.name for member in division.members(whole, PUBLIC)] == []
    assert [member.name for member in division.members(whole, PRIVATE)] == ["maven"]


def test_own_repositories_are_private_and_have_their_own_settings() -> None:
    settings = RepositorySettings(removal=Removal.DESTROY)
    whole = MirrorConfig(
        images=(image("maven", to=(PRIVATE,)),),
        repositories=(RepositoryConfig("app"), RepositoryConfig("web", settings=settings)),
        private=DestinationConfig("hub", settings=RepositorySettings(resource_tags=(("a", "b"),))),
    )
    assert [(member.name, member.settings.removal) for member in division.members(whole, PRIVATE)] == [
        ("hub/maven", Removal.RETAIN),
        ("app", Removal.RETAIN),
        ("web", Removal.DESTROY),
    ]
    assert division.members(whole, PUBLIC) == ()


def test_a_registry_that_is_switched_off_has_no_stacks() -> None:
    whole = MirrorConfig(images=(image("maven", to=BOTH),), public=None)
    assert division.divided(whole, PUBLIC) == {}
    assert division.problems(whole) == []


@pytest.mark.parametrize(
    ("too_much", "enough"),
    [
        (config(491), 2),
        (config(1000), 3),
        (config(1000, stacks=2), 3),
        (config(100, catalog=CatalogData(about="x" * 10_240)), 2),
        (config(300, settings=((PUBLIC, RepositorySettings(removal=Removal.DESTROY)),)), 2),
    ],
)
def test_what_cloudformation_would_not_take(too_much: MirrorConfig, enough: int) -> None:
    ((name, message),) = division.problems(too_much)
    assert name is PUBLIC
    assert f"write 'public: {{stacks: {enough}}}'" in message
    assert division.problems(replace(too_much, public=DestinationConfig(stacks=enough))) == []


def test_490_fit_into_one() -> None:
    assert division.problems(config(490)) == []


def test_long_policies_need_room_too() -> None:
    rules = (LifecycleRule(LifecycleVerb.KEEP_NEWEST, 5, tags="t" * 100),) * 50
    whole = MirrorConfig(
        images=(),
        repositories=tuple(RepositoryConfig(f"app-{number}") for number in range(100)),
        private=DestinationConfig(settings=RepositorySettings(lifecycle=rules)),
    )
    ((name, message),) = division.problems(whole)
    assert name is PRIVATE
    assert "100 private repositories do not fit into 1 stack" in message
