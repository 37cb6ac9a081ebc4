from mirror.copier.holdings import Holdings
from mirror.oci.digest import digest_of
from sandbox.registries.images import ImageBuilder
from tests.memory import World


def test_what_was_foreseen_is_not_asked_again(world: World) -> None:
    target, holdings = world.target(world.private), Holdings()
    digest = ImageBuilder(world.private.store, world.private.path).small([]).digest
    for known, has in ((digest, True), (digest_of(b"absent"), False)):
        assert holdings.foresee(target, known) is has
        assert holdings.foresee(target, known) is has
        assert holdings.has(target, known) is has
    assert world.private.count("has_manifest") == 2


def test_an_answer_is_good_for_one_copy(world: World) -> None:
    """By the next, somebody may have copied the content."""
    target, holdings = world.target(world.private), Holdings()
    digest = world.builder.small([]).digest
    assert not holdings.foresee(target, digest)
    assert not holdings.has(target, digest)
    assert ImageBuilder(world.private.store, world.private.path).small([]).digest == digest
    assert holdings.has(target, digest)
    assert world.private.count("has_manifest") == 2


def test_targets_and_digests_are_told_apart(world: World) -> None:
    private, public, holdings = world.target(world.private), world.target(world.public), Holdings()
    digest = ImageBuilder(world.private.store, world.private.path).small([]).digest
    assert (holdings.foresee(private, digest), holdings.foresee(public, digest)) == (True, False)
    assert (holdings.has(public, digest), holdings.has(private, digest)) == (False, True)
    assert (world.private.count("has_manifest"), world.public.count("has_manifest")) == (1, 1)
