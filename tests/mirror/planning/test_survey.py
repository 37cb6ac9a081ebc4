from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from mirror.config.model import ImageConfig
from mirror.copier.target import Target
from mirror.errors import (
    DeniedError,
    MirrorError,
    RepositoryNotFoundError,
    TransportError,
    UnsupportedError,
    VerificationError,
)
from mirror.oci.digest import Digest, digest_of
from mirror.oci.filtering import filter_index
from mirror.oci.platform import Platform
from mirror.planning.selection import Selected
from mirror.planning.survey import Surveyed, Wanted, survey
from sandbox.registries.images import ImageBuilder
from sandbox.registries.store import Store
from tests.memory import Breaks, MemoryRepository

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7")
ARM = (Platform("linux", "arm64"),)


class Scene:
    """An image upstream and two repositories for it, with the smallest pools."""

    def __init__(self, workers: ThreadPoolExecutor, side: ThreadPoolExecutor) -> None:
        self.source = MemoryRepository(Store(), "library/app")
        self.private = Target("private", "hub/app", MemoryRepository(Store(), "hub/app"))
        self.public = Target("public", "app", MemoryRepository(Store(), "app"))
        self.immutable: frozenset[Target] = frozenset()
        self._pools = workers, side

    @property
    def builder(self) -> ImageBuilder:
        return ImageBuilder(self.source.store, self.source.path)

    def repository(self, target: Target) -> MemoryRepository:
        assert isinstance(target.store, MemoryRepository)
        return target.store

    def hold(self, target: Target, tag: str, *, of: str = "") -> Digest:
        """Let a target have what upstream has under a tag."""
        stored = self.source.store.create(self.source.path).find(of or tag)
        assert stored is not None
        repository = self.repository(target)
        repository.store.put_manifest(repository.store.create(repository.path), stored.manifest, tag)
        return stored.manifest.digest

    def wanted(self, selected: Selected | str, platforms: Sequence[Platform] = ()) -> Wanted:
        chosen = Selected(selected) if isinstance(selected, str) else selected
        image = ImageConfig("app", "library/app", (), platforms=tuple(platforms))
        reference = f"app:{chosen.tag}" if chosen.tag else f"app@{chosen.digest}"
        return Wanted(reference, image, chosen, self.source, (self.private, self.public), self.immutable)

    def survey(self, *selected: Selected | str, platforms: Sequence[Platform] = ()) -> list[Surveyed]:
        return survey([self.wanted(each, platforms) for each in selected], *self._pools)


@pytest.fixture(params=[1, 4], ids=["one thread", "four threads"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    size: int = request.param
    with ThreadPoolExecutor(size) as workers, ThreadPoolExecutor(size) as side:
        yield Scene(workers, side)


def test_what_is_the_same_everywhere_needs_nothing(scene: Scene) -> None:
    index = scene.builder.small(["1"])
    for target in (scene.private, scene.public):
        scene.hold(target, "1")
    (found,) = scene.survey("1")
    assert found.upstream is not None
    assert found.upstream.digest == index.digest
    assert found.current == found.holders == {scene.private, scene.public}
    assert found.held == {scene.private: index.digest, scene.public: index.digest}
    assert found.pending == ()
    assert scene.source.calls == [("resolve", "1")]
    # One question for all tags, and no manifest read.
    assert scene.repository(scene.private).calls == [("digests_of", "1")]


def test_what_is_missing_or_older_is_to_be_done(scene: Scene) -> None:
    scene.builder.small(["1"], name="old")
    old = scene.hold(scene.public, "1")
    scene.builder.small(["1"], name="new")
    (found,) = scene.survey("1")
    assert found.pending == (scene.private, scene.public)
    assert found.held == {scene.private: None, scene.public: old}
    assert found.holders == set()


def test_content_under_another_name_is_known(scene: Scene) -> None:
    scene.builder.small(["1", "latest"])
    scene.hold(scene.private, "1")
    one, latest = scene.survey("1", "latest")
    assert one.pending == (scene.public,)
    assert latest.pending == (scene.private, scene.public)
    assert latest.holders == {scene.private}


def test_a_digest_is_asked_for_by_itself(scene: Scene) -> None:
    index = scene.builder.small([])
    (found,) = scene.survey(Selected(None, index.digest))
    assert found.pending == (scene.private, scene.public)
    scene.hold(scene.private, "any", of=index.digest)
    (found,) = scene.survey(Selected(None, index.digest))
    assert found.pending == (scene.public,)


def test_a_pin_that_holds_and_one_that_does_not(scene: Scene) -> None:
    index = scene.builder.small(["1"])
    (found,) = scene.survey(Selected("1", index.digest))
    assert found.error is None
    other = digest_of(b"other")
    (found,) = scene.survey(Selected("1", other))
    assert isinstance(found.error, VerificationError)
    assert (found.error.expected, found.error.got) == (other, index.digest)
    assert found.error.advice is not None
    assert "moved upstream" in found.error.advice
    assert found.pending == ()


def test_errors_stay_with_what_they_belong_to(scene: Scene) -> None:
    scene.builder.small(["1"])
    scene.builder.small(["2"], name="two")
    scene.source.broken = Breaks("resolve", about="2", error=DeniedError("no", status=403))
    scene.repository(scene.public).broken = Breaks("digests_of", error=TransportError("reset"))
    one, two = scene.survey("1", "2")
    assert one.error is None
    assert one.pending == (scene.private,)
    assert isinstance(one.errors[scene.public], TransportError)
    assert isinstance(two.error, DeniedError)
    assert two.pending == ()


def test_a_tag_that_does_not_exist_comes_with_similar_ones(scene: Scene) -> None:
    scene.builder.small(["3.6.3-jdk-11", "3.6.3-jdk-8", "3.6.3-jdk-14", "3.6.3", "latest"])
    (found,) = scene.survey("3.6.3-jdk-1")
    assert found.upstream is None
    assert found.error is None
    assert len(found.suggestions) == 3
    assert set(found.suggestions) == {"3.6.3-jdk-11", "3.6.3-jdk-14", "3.6.3-jdk-8"}
    assert scene.survey("nothing-like-it")[0].suggestions == ()
    assert scene.source.count("fetch_manifest") == 0


def test_a_digest_that_does_not_exist_has_no_similar_ones(scene: Scene) -> None:
    (found,) = scene.survey(Selected(None, digest_of(b"nope")))
    assert found.upstream is None
    assert found.suggestions == ()


class Unlisted(MemoryRepository):
    """A repository whose tags cannot be listed."""

    error: MirrorError = TransportError("reset")

    def tags(self) -> Iterator[str]:
        raise self.error


def test_failing_to_list_costs_the_suggestions_only(scene: Scene) -> None:
    source = Unlisted(scene.source.store, scene.source.path)
    scene.source = source
    (found,) = scene.survey("1")
    assert (found.error, found.suggestions) == (None, ())
    source.error = RepositoryNotFoundError("no such repository", status=404)
    (found,) = scene.survey("1")
    assert found.error is source.error


class Hidden(MemoryRepository):
    """A repository that lists tags which it does not give."""

    def tags(self) -> Iterator[str]:
        return iter(["1", "1.0"])


def test_a_tag_that_is_listed_and_not_given_is_no_missing_tag(scene: Scene) -> None:
    scene.source = Hidden(scene.source.store, scene.source.path)
    (found,) = scene.survey("1")
    assert isinstance(found.error, UnsupportedError)


def narrowed(scene: Scene, target: Target, tag: str, platforms: Sequence[Platform]) -> Digest:
    """Let a target have what an earlier run made of an index."""
    stored = scene.source.store.create(scene.source.path).find(tag)
    assert stored is not None
    index = filter_index(stored.manifest, platforms)
    repository = scene.repository(target)
    repository.store.put_manifest(repository.store.create(repository.path), index, tag)
    return index.digest


def test_a_filtered_index_tells_what_it_was_made_of(scene: Scene) -> None:
    scene.builder.small(["1"], platforms=WIDE)
    digest = narrowed(scene, scene.private, "1", ARM)
    (found,) = scene.survey("1", platforms=ARM)
    assert found.is_filtered
    assert found.held[scene.private] == digest
    assert found.current == {scene.private}
    assert found.pending == (scene.public,)
    assert scene.source.count("fetch_manifest") == 0


def test_another_wish_or_another_source_is_to_be_done(scene: Scene) -> None:
    scene.builder.small(["1"], platforms=WIDE)
    narrowed(scene, scene.private, "1", ARM)
    (found,) = scene.survey("1", platforms=(*ARM, Platform("linux", "amd64")))
    assert found.current == set()
    scene.builder.small(["1"], platforms=WIDE, name="new")
    (found,) = scene.survey("1", platforms=ARM)
    assert found.current == set()


def test_an_index_that_has_nothing_else_is_kept_as_it_is(scene: Scene) -> None:
    scene.builder.multi_platform(["linux/arm64"], base="b", name="n", tags=["1"], attested=True)
    scene.hold(scene.private, "1")
    (found,) = scene.survey("1", platforms=ARM)
    assert found.current == {scene.private}


def test_a_whole_index_where_a_part_is_wanted_is_to_be_done(scene: Scene) -> None:
    scene.builder.small(["1"], platforms=WIDE)
    scene.hold(scene.private, "1")
    (found,) = scene.survey("1", platforms=ARM)
    assert found.current == set()


def test_a_single_manifest_is_not_filtered(scene: Scene) -> None:
    scene.builder.image(Platform("linux", "amd64"), [], name="bare", tag="1")
    scene.hold(scene.private, "1")
    (found,) = scene.survey("1", platforms=ARM)
    assert not found.is_filtered
    assert found.current == {scene.private}


def test_a_destination_that_cannot_be_read_is_not_touched(scene: Scene) -> None:
    scene.builder.small(["1"], platforms=WIDE)
    narrowed(scene, scene.private, "1", ARM)
    scene.repository(scene.private).broken = Breaks("fetch_manifest")
    (found,) = scene.survey("1", platforms=ARM)
    assert isinstance(found.errors[scene.private], TransportError)
    assert found.pending == (scene.public,)


def test_an_immutable_tag_that_is_there_stays(scene: Scene) -> None:
    scene.immutable = frozenset({scene.private, scene.public})
    scene.builder.small(["1"], name="old")
    scene.hold(scene.private, "1")
    scene.builder.small(["1"], name="new")
    (found,) = scene.survey("1")
    assert found.kept == {scene.private}
    assert found.pending == (scene.public,)
    scene.hold(scene.public, "1")
    (found,) = scene.survey("1")
    assert found.kept == {scene.private}
    assert found.current == {scene.public}


def test_the_order_is_that_of_the_plan(scene: Scene) -> None:
    tags = [str(number) for number in range(40)]
    scene.builder.small(tags)
    assert [each.wanted.selected.tag for each in scene.survey(*tags)] == tags
    assert scene.repository(scene.private).calls == [("digests_of", "40")]


def test_nothing_wanted_is_nothing_asked(scene: Scene) -> None:
    assert scene.survey() == []
    assert scene.source.calls == []
