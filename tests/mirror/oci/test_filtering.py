import pytest

from mirror.errors import UnsupportedError
from mirror.oci import media_types
from mirror.oci.filtering import PLATFORMS, SOURCE_DIGEST, filter_index
from mirror.oci.manifest import Manifest
from mirror.oci.platform import Platform
from sandbox.registries.images import ImageBuilder
from sandbox.registries.store import Store

AMD64, ARM64, V6, V7 = (Platform.parse(text) for text in ("linux/amd64", "linux/arm64", "linux/arm/v6", "linux/arm/v7"))


@pytest.fixture
def index() -> Manifest:
    names = ["linux/amd64", "linux/arm64/v8", "linux/arm/v7", "linux/arm/v6"]
    builder = ImageBuilder(Store(), "app")
    return builder.multi_platform(names, base="b", name="n", tags=[], base_size=9, top_size=9, attested=True)


def platforms(index: Manifest) -> list[str]:
    return [str(child.platform) for child in index.children]


def test_chosen_platforms_stay_with_their_attestations(index: Manifest) -> None:
    filtered = filter_index(index, [AMD64, V6])
    assert platforms(filtered) == ["linux/amd64", "linux/arm/v6", "unknown/unknown", "unknown/unknown"]
    assert filtered.media_type == media_types.OCI_INDEX
    assert {child.digest for child in filtered.children} < {child.digest for child in index.children}


def test_variants_are_understood(index: Manifest) -> None:
    assert platforms(filter_index(index, [ARM64]))[0] == "linux/arm64/v8"
    assert platforms(filter_index(index, [Platform.parse("linux/arm")]))[0] == "linux/arm/v7"


def test_the_result_says_what_it_was_made_of_and_is_always_the_same(index: Manifest) -> None:
    filtered = filter_index(index, [V6, AMD64])
    assert filtered.raw == filter_index(index, [V6, AMD64]).raw
    assert filtered.annotations == {SOURCE_DIGEST: index.digest, PLATFORMS: "linux/amd64,linux/arm/v6"}


def test_nothing_is_rewritten_without_need(index: Manifest) -> None:
    assert filter_index(index, [AMD64, ARM64, V6, V7]) is index
    assert filter_index(index, []) is index
    image = ImageBuilder(Store(), "app").image(AMD64, [])
    assert filter_index(image, [ARM64]) is image


def test_a_platform_that_does_not_exist_is_named_with_those_that_do(index: Manifest) -> None:
    with pytest.raises(UnsupportedError, match="has no linux/s390x, windows/amd64; it has linux/amd64, linux/arm64/v8"):
        filter_index(index, [AMD64, Platform.parse("linux/s390x"), Platform.parse("windows/amd64")])
