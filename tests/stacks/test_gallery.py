import pytest

from mirror.config.model import CatalogData, DestinationConfig, ExplicitTag, ImageConfig, TagPattern
from mirror.oci.platform import Platform
from stacks.gallery import catalog_data, catalog_of, upstream_link, usage_text

MAVEN = ImageConfig("maven", "library/maven", (TagPattern(glob="3.*"), ExplicitTag("3.9"), ExplicitTag("4")))
REDIS = ImageConfig("bitnami/redis", "bitnami/redis", (TagPattern(glob="7.*"),))


@pytest.mark.parametrize(
    ("image", "link"),
    [(MAVEN, "https://hub.docker.com/_/maven"), (REDIS, "https://hub.docker.com/r/bitnami/redis")],
)
def test_the_page_on_docker_hub(image: ImageConfig, link: str) -> None:
    assert upstream_link(image) == link
    assert link in usage_text(image, DestinationConfig())


@pytest.mark.parametrize(
    ("destination", "registry", "reference"),
    [
        (DestinationConfig(), "public.ecr.aws/<alias>", "public.ecr.aws/<alias>/maven:3.9"),
        (DestinationConfig(alias="me"), "public.ecr.aws/me", "public.ecr.aws/me/maven:3.9"),
        (
            DestinationConfig("team/hub", alias="me"),
            "public.ecr.aws/me/team/hub",
            "public.ecr.aws/me/team/hub/maven:3.9",
        ),
    ],
)
def test_how_to_pull_and_to_build(destination: DestinationConfig, registry: str, reference: str) -> None:
    text = usage_text(MAVEN, destination)
    assert f"docker pull {reference}\n" in text
    assert f"--build-arg PUBLIC_REGISTRY={registry} .\n" in text
    assert "FROM ${PUBLIC_REGISTRY}/maven:3.9\n" in text


def test_a_tag_that_nobody_knows_yet_is_left_open() -> None:
    assert "docker pull public.ecr.aws/me/bitnami/redis:<tag>" in usage_text(REDIS, DestinationConfig(alias="me"))


def test_digests_are_promised_only_where_they_are_kept() -> None:
    some = ImageConfig("maven", "library/maven", (), platforms=(Platform("linux", "amd64"), Platform("linux", "arm64")))
    assert "with the same digests." in usage_text(MAVEN, DestinationConfig())
    assert "for linux/amd64, linux/arm64." in usage_text(some, DestinationConfig())


@pytest.mark.parametrize(
    ("platforms", "architectures", "systems"),
    [
        ((), (), ()),
        (("linux/amd64",), ("x86-64",), ("Linux",)),
        (("linux/arm64", "linux/amd64", "linux/arm/v7", "linux/386"), ("x86-64", "x86", "ARM 64", "ARM"), ("Linux",)),
        (("windows/amd64", "linux/amd64"), ("x86-64",), ("Linux", "Windows")),
        (("linux/s390x",), (), ("Linux",)),
    ],
)
def test_badges_follow_from_platforms(
    platforms: tuple[str, ...], architectures: tuple[str, ...], systems: tuple[str, ...]
) -> None:
    image = ImageConfig("maven", "library/maven", (), platforms=tuple(Platform.parse(text) for text in platforms))
    catalog = catalog_of(image, DestinationConfig())
    assert (catalog.architectures, catalog.operating_systems) == (architectures, systems)


def test_what_somebody_wrote_stays() -> None:
    written = CatalogData("d", "a", "u", ("ARM",), ("Windows",))
    image = ImageConfig("maven", "library/maven", (), platforms=(Platform("linux", "amd64"),), catalog=written)
    assert catalog_of(image, DestinationConfig()) == written
    assert catalog_data(written) == {
        "RepositoryDescription": "d",
        "AboutText": "a",
        "UsageText": "u",
        "Architectures": ["ARM"],
        "OperatingSystems": ["Windows"],
    }


def test_nothing_is_no_property() -> None:
    assert catalog_data(CatalogData()) is None
