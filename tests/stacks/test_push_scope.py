from collections.abc import Sequence

import pytest

from mirror.config.model import (
    DestinationConfig,
    DestinationName,
    ExplicitTag,
    ImageConfig,
    MirrorConfig,
    RepositoryConfig,
)
from stacks import push_scope
from stacks.push_scope import PushScope, TooManyRepositoriesError, push_scopes

PRIVATE, PUBLIC = DestinationName.PRIVATE, DestinationName.PUBLIC
BOTH = tuple(DestinationName)


def images(names: Sequence[str], *to: DestinationName) -> tuple[ImageConfig, ...]:
    return tuple(ImageConfig(name, name, (ExplicitTag("1"),), to=to) for name in names)


MANY = [f"image-{number:04}" for number in range(1000)]


def test_each_repository_is_named_while_there_is_room() -> None:
    config = MirrorConfig(images=images(MANY[:200], *BOTH), private=DestinationConfig("hub"))
    scopes = push_scopes(config)
    assert scopes[PUBLIC] == PushScope(tuple(MANY[:200]))
    assert scopes[PRIVATE] == PushScope(tuple(f"hub/{name}" for name in MANY[:200]))
    assert push_scope.problem(config) is None


def test_a_shared_prefix_stands_for_too_many() -> None:
    config = MirrorConfig(
        images=images(MANY, *BOTH), private=DestinationConfig("docker-hub"), public=DestinationConfig("team/hub")
    )
    assert push_scopes(config) == {PRIVATE: PushScope(("docker-hub/*",)), PUBLIC: PushScope(("team/hub/*",))}


def test_only_what_must_be_is_shortened() -> None:
    config = MirrorConfig(
        images=(*images(MANY, PRIVATE), *images(["maven", "redis"], PUBLIC)), private=DestinationConfig("hub")
    )
    scopes = push_scopes(config)
    assert scopes[PRIVATE].patterns == ("hub/*",)
    assert scopes[PUBLIC] == PushScope(("maven", "redis"))


def test_without_a_prefix_namespaces_stand_for_theirs() -> None:
    names = ["maven", "solo/one", *(f"bitnami/{name}" for name in MANY)]
    scopes = push_scopes(MirrorConfig(images=images(names, PUBLIC)))
    assert scopes[PUBLIC] == PushScope(("bitnami/*", "maven", "solo/one"))


def test_own_repositories_below_a_beginning_are_left_out() -> None:
    own = tuple(RepositoryConfig(name) for name in ("docker-hub/own", "docker-hubris", "app"))
    config = MirrorConfig(images=images(MANY, PRIVATE), repositories=own, private=DestinationConfig("docker-hub"))
    assert push_scopes(config)[PRIVATE] == PushScope(("docker-hub/*",), ("docker-hub/own",))


def test_own_repositories_need_no_exclusion_where_each_is_named() -> None:
    config = MirrorConfig(
        images=images(["maven"], PRIVATE), repositories=(RepositoryConfig("hub/own"),), private=DestinationConfig("hub")
    )
    assert push_scopes(config)[PRIVATE].excluded == ()


def test_what_nothing_can_stand_for_is_refused_with_advice() -> None:
    config = MirrorConfig(images=images(MANY, *BOTH), private=DestinationConfig("hub"))
    with pytest.raises(TooManyRepositoriesError):
        push_scopes(config)
    assert "give 'public' a prefix" in (push_scope.problem(config) or "")
