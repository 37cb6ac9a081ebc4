import pytest

from mirror.config.model import ImageConfig
from mirror.copier.image import TagRequest
from mirror.copier.target import Target
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from mirror.oci.filtering import MIRRORED, PLATFORMS, SOURCE_DIGEST, SOURCE_REFERENCE
from mirror.oci.platform import Platform
from mirror.planning.selection import Selected
from mirror.planning.survey import Surveyed, Wanted
from mirror.run.groups import EQUALLY_STALE_SECONDS, Group, group, in_order
from sandbox.registries.store import Store
from tests.memory import MemoryRepository, World

PRIVATE = Target("private", "app", MemoryRepository(Store(), "app"))
PUBLIC = Target("public", "app", MemoryRepository(Store(), "app"))
NOW = "2026-11-24T03:00:00Z"


def surveyed(
    tag: str | None,
    content: str = "content",
    *,
    upstream: str = "library/app",
    platforms: tuple[Platform, ...] = (),
    current: frozenset[Target] = frozenset(),
    priority: int = 0,
) -> Surveyed:
    image = ImageConfig(upstream.rpartition("/")[2], upstream, (), platforms=platforms, priority=priority)
    source = MemoryRepository(Store(), upstream)
    wanted = Wanted(f"{image.name}:{tag}", image, Selected(tag), source, (PRIVATE, PUBLIC))
    descriptor = Descriptor(media_types.OCI_INDEX, digest_of(content.encode()), 7)
    return Surveyed(wanted, descriptor, current=set(current))


def test_one_content_of_one_repository_is_one_group() -> None:
    one, latest, other = surveyed("1"), surveyed("latest"), surveyed("2", "other")
    groups = group([one, other, latest])
    assert [each.members for each in groups] == [[one, latest], [other]]
    assert groups[0].first is one
    assert set(groups[0].requests()) == {
        TagRequest(target, tag) for target in (PRIVATE, PUBLIC) for tag in ("1", "latest")
    }


def test_another_repository_or_another_choice_of_platforms_is_another_group() -> None:
    arm = (Platform("linux", "arm64"),)
    members = [surveyed("1"), surveyed("1", upstream="me/app"), surveyed("1", platforms=arm)]
    assert [each.members for each in group(members)] == [[member] for member in members]


def test_what_has_nothing_to_do_is_in_none() -> None:
    done = surveyed("1", current=frozenset({PRIVATE, PUBLIC}))
    absent = surveyed("2")
    absent.upstream = None
    half = surveyed("3", current=frozenset({PRIVATE}))
    (only,) = group([done, absent, half])
    assert only.members == [half]
    assert list(only.requests()) == [TagRequest(PUBLIC, "3")]


def test_what_was_never_mirrored_comes_first_then_what_is_stalest() -> None:
    fresh, stale, unknown, new = (surveyed(str(number), str(number)) for number in range(4))
    for each, pushed in ((fresh, 3 * EQUALLY_STALE_SECONDS), (stale, EQUALLY_STALE_SECONDS)):
        each.held = {PRIVATE: digest_of(b"old"), PUBLIC: None}
        each.pushed = {PRIVATE: pushed}
    unknown.held = {PRIVATE: digest_of(b"old")}
    new.held = {PRIVATE: None, PUBLIC: None}
    ordered = in_order(group([fresh, stale, unknown, new]))
    assert [each.first for each in ordered] == [new, unknown, stale, fresh]


def test_among_equals_the_greatest_priority_comes_first() -> None:
    priorities = (0, 7, 3, 9)
    new = [surveyed(f"new {each}", f"new {each}", priority=each) for each in priorities]
    old = [surveyed(f"old {each}", f"old {each}", priority=each) for each in priorities]
    for number, each in enumerate(old):
        each.held = {PRIVATE: digest_of(b"old")}
        each.pushed = {PRIVATE: 10 * EQUALLY_STALE_SECONDS + number}  # one after the other, in one run
    older = surveyed("older", "older")
    older.held = {PRIVATE: digest_of(b"old")}
    older.pushed = {PRIVATE: 9 * EQUALLY_STALE_SECONDS}
    ordered = in_order(group([*old, *new, older]))
    names = [each.first.wanted.selected.tag for each in ordered]
    assert names == ["new 9", "new 7", "new 3", "new 0", "older", "old 9", "old 7", "old 3", "old 0"]


def test_equals_stay_in_the_order_of_the_file() -> None:
    members = [surveyed(str(number), str(number)) for number in range(9)]
    assert [each.first for each in in_order(group(members))] == members


def test_a_group_needs_something_upstream(world: World) -> None:
    absent = surveyed("1")
    absent.upstream = None
    with pytest.raises(AssertionError, match="exists upstream"):
        Group([absent]).copy(world.copier, (), NOW)


def wanted_in_part(world: World, target: Target, other: Target) -> Surveyed:
    index = world.builder.small(["1"], platforms=("linux/amd64", "linux/arm64"))
    image = ImageConfig("app", "library/app", (), platforms=(Platform("linux", "arm64"),))
    wanted = Wanted("app:1", image, Selected("1"), world.source, (target, other))
    return Surveyed(wanted, index.descriptor)


def test_a_part_says_what_it_was_made_of(world: World) -> None:
    private, public = world.target(world.private), world.target(world.public)
    (only,) = group([wanted_in_part(world, private, public)])
    outcome = only.copy(world.copier, (), NOW)
    assert outcome.manifest is not None
    assert only.first.upstream is not None
    assert outcome.manifest.annotations == {
        SOURCE_DIGEST: only.first.upstream.digest,
        PLATFORMS: "linux/arm64",
        SOURCE_REFERENCE: "library/app:1",
        MIRRORED: NOW,
    }
    assert world.private.store.create("hub/app").tags == {"1": outcome.manifest.digest}


def test_a_second_destination_gets_the_part_that_the_first_one_has(world: World) -> None:
    """Made anew, it would say another time, and be another index."""
    private, public = world.target(world.private), world.target(world.public)
    first = wanted_in_part(world, private, public)
    first.current = {public}
    made = group([first])[0].copy(world.copier, (), NOW).manifest
    assert made is not None
    second = wanted_in_part(world, private, public)
    second.held = {private: made.digest, public: None}
    second.current = {private}
    second.made = {private: made.digest}
    outcome = group([second])[0].copy(world.copier, (), "2027-01-01T00:00:00Z")
    assert outcome.manifest is not None
    assert outcome.manifest.raw == made.raw
    assert world.public.store.create("app").tags == {"1": made.digest}
