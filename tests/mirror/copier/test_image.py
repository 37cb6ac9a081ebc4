import json

import pytest

from mirror.copier.image import ImageOutcome, TagRequest
from mirror.copier.target import Target
from mirror.errors import (
    DeadlineError,
    DeniedError,
    LimitKind,
    NotFoundError,
    RateLimitError,
    RefusedError,
    TransportError,
    UnavailableError,
    UnsupportedError,
    VerificationError,
)
from mirror.oci import media_types
from mirror.oci.filtering import filter_index
from mirror.oci.manifest import Manifest, parse_manifest
from mirror.oci.platform import Platform
from mirror.transport.clock import Deadline
from sandbox.registries.store import Store
from tests.memory import Breaks, MemoryRepository, World

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7")


def copy(world: World, image: Manifest, *tags: str, to: list[MemoryRepository] | None = None) -> ImageOutcome:
    requests = [
        TagRequest(world.target(repository), tag)
        for repository in (to or [world.private, world.public])
        for tag in tags or ("1",)
    ]
    return world.copier.copy(world.source, image.descriptor, requests)


def is_complete(repository: MemoryRepository, image: Manifest, tag: str = "1") -> bool:
    """Whether the tag points at the image and all that it names is there."""
    stored = repository.store.create(repository.path)
    if stored.tags.get(tag) != image.digest:
        return False
    children = [stored.manifests.get(child.digest) for child in image.children]
    manifests = [child.manifest for child in children if child is not None]
    return len(manifests) == len(children) and all(
        blob.digest in stored.blobs for manifest in [*manifests, image] for blob in manifest.blobs
    )


def test_an_index_is_copied_whole_to_both_destinations(world: World) -> None:
    image = world.builder.small(["1"], platforms=WIDE)
    outcome = copy(world, image)
    assert outcome.error is None
    assert outcome.errors == {}
    assert outcome.tag_errors == {}
    assert is_complete(world.private, image)
    assert is_complete(world.public, image)
    assert outcome.pulls == 4
    assert world.source.count("fetch_manifest") == 4
    # Three configs, three layers each of its own, three bases each of its own: every one read once for both.
    assert world.source.count("open_blob") == 9
    assert outcome.platforms == WIDE
    assert outcome.downloaded == 9 * 6 + sum(
        blob.size for child in image.children for blob in world.source.fetch_manifest(child.digest).blobs[:1]
    )
    assert outcome.uploaded[world.target(world.private)] == outcome.downloaded


def test_everything_is_there_before_what_names_it(world: World) -> None:
    """`MemoryRepository` refuses a manifest whose content is missing, so a wrong order could not succeed."""
    image = world.builder.small(["1"], platforms=WIDE)
    copy(world, image)
    pushes = [about for operation, about in world.private.calls if operation == "push_manifest"]
    assert pushes[-1] == "1"
    assert set(pushes[:-1]) == {child.digest for child in image.children}


def test_many_tags_of_one_digest_are_one_copy(world: World) -> None:
    image = world.builder.small(["1"], platforms=WIDE)
    outcome = copy(world, image, "1", "2", "3", "4", "5", "6")
    assert outcome.pulls == world.source.count("fetch_manifest") == 4
    assert len(outcome.tagged) == 12
    assert all(is_complete(world.public, image, str(tag)) for tag in range(1, 7))


def test_content_that_is_there_is_only_tagged(world: World) -> None:
    image = world.builder.small(["1"], platforms=WIDE)
    copy(world, image)
    world.source.calls.clear()
    outcome = copy(world, image, "moved")
    assert outcome.transferred == set()
    assert outcome.pulls == 0
    assert world.source.calls == []
    assert is_complete(world.private, image, "moved")


def test_what_one_destination_has_feeds_the_other(world: World) -> None:
    image = world.builder.small(["1"], platforms=WIDE)
    copy(world, image, to=[world.private])
    world.source.calls.clear()
    outcome = copy(world, image)
    assert is_complete(world.public, image)
    assert outcome.pulls == 0
    assert outcome.downloaded == 0
    assert world.source.calls == []


def test_one_platform_without_an_index(world: World) -> None:
    image = world.builder.image(Platform("linux", "amd64"), [], name="bare", docker=True)
    outcome = copy(world, image)
    assert outcome.pulls == 1
    assert outcome.platforms == ("linux/amd64",), "its config said so, on its way"
    assert is_complete(world.private, image)


def test_a_digest_without_a_tag(world: World) -> None:
    image = world.builder.small([])
    requests = [TagRequest(world.target(world.private), None)]
    outcome = world.copier.copy(world.source, image.descriptor, requests)
    assert outcome.tagged == set(requests)
    assert image.digest in world.private.store.create("hub/app").manifests
    assert world.private.store.create("hub/app").tags == {}


def test_a_platform_filter_copies_only_what_it_keeps(world: World) -> None:
    image = world.builder.multi_platform(WIDE, base="b", name="n", tags=["1"], base_size=9, top_size=9, attested=True)
    wanted = (Platform("linux", "arm64"),)
    outcome = world.copier.copy(
        world.source,
        image.descriptor,
        [TagRequest(world.target(world.private), "1")],
        rewrite=lambda index: filter_index(index, wanted),
    )
    assert outcome.manifest is not None
    assert is_complete(world.private, outcome.manifest)
    assert outcome.manifest.digest != image.digest
    assert len(outcome.manifest.children) == 2  # the platform and its attestation
    assert outcome.pulls == 3


def test_a_nested_index(world: World) -> None:
    inner = world.builder.small([])
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [{"mediaType": inner.media_type, "digest": inner.digest, "size": inner.size}],
    }
    outer = world.builder._manifest(document, "1")
    assert not copy(world, outer).error
    assert is_complete(world.private, outer)


def test_an_index_nested_without_end_is_refused(world: World) -> None:
    image = world.builder.small([])
    for _ in range(4):
        entry = {"mediaType": image.media_type, "digest": image.digest, "size": image.size}
        image = world.builder._manifest(
            {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": [entry]}, None
        )
    assert isinstance(copy(world, image).error, UnsupportedError)


def test_foreign_layers_are_left_where_they_are(world: World) -> None:
    image = world.builder.image(Platform("windows", "amd64"), [], name="w")
    document = json.loads(image.raw)
    document["layers"] = [
        {
            "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            "digest": "sha256:" + "0" * 64,
            "size": 5,
            "urls": ["https://example.com/layer"],
        }
    ]
    foreign = parse_manifest(json.dumps(document).encode())
    world.source.store.put_manifest(world.source.store.create("library/app"), foreign, "1")
    copy(world, foreign)
    assert ("open_blob", "sha256:" + "0" * 64) not in world.source.calls


@pytest.mark.parametrize(
    "operation", ["has_manifest", "missing_blobs", "open_upload", "write", "commit", "push_manifest"]
)
def test_a_destination_that_fails_fails_alone(world: World, operation: str) -> None:
    image = world.builder.small(["1"], platforms=WIDE)
    world.private.broken = Breaks(operation, error=DeniedError("no", status=403))
    outcome = copy(world, image)
    private = world.target(world.private)
    assert isinstance(outcome.errors.get(private) or outcome.tag_errors.get(TagRequest(private, "1")), DeniedError)
    assert "1" not in world.private.store.create("hub/app").tags
    assert is_complete(world.public, image)
    assert world.source.count("open_blob") <= 9


def test_any_number_of_destinations_is_one_download(world: World) -> None:
    image = world.builder.small(["1"], platforms=WIDE)
    repositories = [MemoryRepository(Store(), f"copy{number}") for number in range(5)]
    targets = [Target(f"destination{number}", each.path, each) for number, each in enumerate(repositories)]
    outcome = world.copier.copy(world.source, image.descriptor, [TagRequest(target, "1") for target in targets])
    assert all(is_complete(repository, image) for repository in repositories)
    assert (outcome.pulls, world.source.count("open_blob")) == (4, 9)
    assert outcome.tagged == {TagRequest(target, "1") for target in targets}


@pytest.mark.parametrize("number", range(3))
def test_of_many_destinations_all_but_one_may_fail_each_in_its_own_way(world: World, number: int) -> None:
    image = world.builder.small(["1"], platforms=WIDE)
    ways = [
        Breaks("has_manifest", error=DeniedError("no", status=403)),  # from the beginning
        Breaks("commit"),  # every upload breaks at its end
        Breaks("push_manifest", error=RateLimitError("later", kind=LimitKind.RATE, retry_after=None)),
        Breaks("write", error=UnavailableError("full", status=507)),
    ]
    repositories = [MemoryRepository(Store(), f"copy{each}") for each in range(5)]
    for repository, way in zip([*repositories[:number], *repositories[number + 1 :]], ways, strict=True):
        repository.broken = way
    targets = [
        Target(f"destination{each}", repository.path, repository) for each, repository in enumerate(repositories)
    ]
    outcome = world.copier.copy(world.source, image.descriptor, [TagRequest(target, "1") for target in targets])
    assert is_complete(repositories[number], image)
    assert outcome.tagged == {TagRequest(targets[number], "1")}
    failed = outcome.errors.keys() | {request.target for request in outcome.tag_errors}
    assert failed == {target for target in targets if target != targets[number]}
    assert all(
        not repository.store.create(repository.path).tags for repository in repositories if repository.broken in ways
    )
    assert outcome.pulls == 4
    assert world.source.count("open_blob") == 9  # what fails is fed by who succeeded


@pytest.mark.parametrize("operation", ["open_upload", "write", "commit"])
def test_an_upload_that_breaks_begins_anew(world: World, operation: str) -> None:
    image = world.builder.small(["1"])
    world.private.broken = Breaks(operation, times=1)
    outcome = copy(world, image)
    assert not outcome.errors
    assert is_complete(world.private, image)
    assert is_complete(world.public, image)


def test_a_broken_upload_is_fed_by_the_destination_that_succeeded(world: World) -> None:
    image = world.builder.small(["1"])
    world.private.broken = Breaks("commit", times=1)
    copy(world, image)
    assert world.source.count("open_blob") == 3  # config and two layers, each once in spite of the failure
    assert world.public.count("open_blob") == 1


def test_damaged_bytes_are_read_again_and_never_stored(world: World) -> None:
    image = world.builder.small(["1"])
    world.source.broken = Breaks("read_blob", times=1, error=VerificationError("blob", expected="a", got="b"))
    outcome = copy(world, image)
    assert not outcome.errors
    assert is_complete(world.private, image)


def test_a_source_that_stays_broken_fails_the_image_and_leaves_no_tag(world: World) -> None:
    image = world.builder.small(["1"])
    world.source.broken = Breaks("read_blob")
    outcome = copy(world, image)
    assert {type(error) for error in outcome.errors.values()} == {TransportError}
    assert world.private.store.create("hub/app").tags == {}
    assert world.private.count("push_manifest") == 0


@pytest.mark.parametrize("about", ["", "sha256:"])
def test_a_manifest_that_cannot_be_read_is_the_sources_error(world: World, about: str) -> None:
    image = world.builder.small(["1"])
    world.source.broken = Breaks("fetch_manifest", error=NotFoundError("gone", status=404), about=about)
    outcome = copy(world, image)
    assert isinstance(outcome.error, NotFoundError)
    assert outcome.tagged == set()


def test_content_that_a_registry_lost_is_sent_once_more(world: World) -> None:
    """ECR may say that a layer is there because another repository has it."""
    image = world.builder.image(Platform("linux", "amd64"), [], name="bare")
    liar = world.private
    liar.missing_blobs = lambda descriptors: frozenset()  # type: ignore[method-assign]
    outcome = copy(world, image, to=[liar])
    assert outcome.errors == {}
    assert outcome.tag_errors == {}
    assert is_complete(liar, image)


def test_content_that_stays_lost_is_refused(world: World) -> None:
    image = world.builder.image(Platform("linux", "amd64"), [], name="bare")
    liar = world.private
    liar.missing_blobs = lambda descriptors: frozenset()  # type: ignore[method-assign]
    liar.broken = Breaks("open_upload", error=RefusedError("no", status=400))
    outcome = copy(world, image, to=[liar])
    assert isinstance(outcome.tag_errors[TagRequest(world.target(liar), "1")], RefusedError)


def test_nothing_is_begun_after_the_deadline(world: World) -> None:
    image = world.builder.small(["1"])
    late = type(world.copier)(
        world.copier.board,
        world.copier.manifests,
        world.copier.side,
        world.copier.progress,
        Deadline(world.clock, world.clock.now - 1),
    )
    outcome = late.copy(world.source, image.descriptor, [TagRequest(world.target(world.private), "1")])
    assert isinstance(outcome.error, DeadlineError)
    assert world.source.calls == []


def test_progress_counts_what_moved(world: World) -> None:
    image = world.builder.small(["1"])
    outcome = copy(world, image)
    moved = world.copier.progress.now
    assert moved.downloaded == moved.expected == outcome.downloaded
    assert moved.uploaded == 2 * outcome.downloaded
