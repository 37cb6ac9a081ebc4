import pytest

from mirror.errors import UnsupportedError
from mirror.oci import media_types
from mirror.oci.digest import Digest, digest_of
from mirror.oci.platform import Platform
from mirror.registry.hub_tags import ListedImage, ListedTag
from mirror.run.children import Children, of_index, of_listing
from sandbox.registries.images import ImageBuilder, Layer
from sandbox.registries.store import Store

AMD64, ARM64, ARM7 = (Platform.parse(text) for text in ("linux/amd64", "linux/arm64/v8", "linux/arm/v7"))
UNKNOWN = Platform("unknown", "unknown")


def named(text: str) -> Digest:
    return digest_of(text.encode())


def listed(*platforms: Platform, attestations: int = 0) -> ListedTag:
    images = [ListedImage(named(str(platform)), platform, 9) for platform in platforms]
    attesting = [ListedImage(named(f"attests {number}"), UNKNOWN, 1) for number in range(attestations)]
    return ListedTag(named("index"), (*images, *attesting))


def test_an_index_names_its_children() -> None:
    builder = ImageBuilder(Store(), "app")
    one, two = (builder.image(each, [Layer(str(each), 9)], name=str(each)) for each in (AMD64, ARM64))
    inner = builder.index([(ARM64, two)])
    index = builder.index([(AMD64, one), (ARM64, inner), (AMD64, one)])
    assert of_index(index) == Children((one.digest, inner.digest), frozenset({inner.digest}))
    assert inner.media_type in media_types.INDEXES


def test_without_a_filter_all_that_is_listed_is_read() -> None:
    assert of_listing(listed(AMD64, ARM64, attestations=2), ()) == Children(
        (named("linux/amd64"), named("linux/arm64/v8"), named("attests 0"), named("attests 1"))
    )


def test_a_filter_leaves_the_platforms_it_names() -> None:
    found = of_listing(listed(AMD64, ARM64, ARM7), [Platform.parse("linux/arm64"), Platform.parse("linux/arm")])
    assert found == Children((named("linux/arm64/v8"), named("linux/arm/v7")))


def test_each_image_has_its_attestation() -> None:
    found = of_listing(listed(AMD64, ARM64, ARM7, attestations=3), [AMD64, ARM7])
    assert (len(found.digests), found.attesting, found.is_sure) == (2, 2, True)
    assert found.attestations == (named("attests 0"), named("attests 1"), named("attests 2"))


def test_a_filter_that_leaves_everything_leaves_all_attestations() -> None:
    found = of_listing(listed(AMD64, ARM64, attestations=1), [AMD64, ARM64])
    assert (len(found.digests), found.attesting, found.is_sure) == (3, 0, True)


@pytest.mark.parametrize(("attestations", "share"), [(1, 0), (2, 1), (6, 2)])
def test_any_other_number_of_attestations_is_a_guess(attestations: int, share: int) -> None:
    found = of_listing(listed(AMD64, ARM64, ARM7, attestations=attestations), [AMD64])
    assert (found.attesting, found.is_sure) == (share, False)


def test_a_platform_that_is_not_listed_is_named_with_those_that_are() -> None:
    with pytest.raises(UnsupportedError, match=r"has no linux/s390x; it has linux/amd64, linux/arm64/v8$"):
        of_listing(listed(AMD64, ARM64, attestations=2), [AMD64, Platform.parse("linux/s390x")])


def test_only_attestations_are_no_platforms() -> None:
    with pytest.raises(UnsupportedError, match="it has no platforms at all"):
        of_listing(listed(attestations=2), [AMD64])
