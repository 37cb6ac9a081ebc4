"""What the ECR Public gallery shows of an image, with what nobody wrote filled in."""

from dataclasses import replace
from typing import Any

from mirror.config.model import CatalogData, DestinationConfig, ExplicitTag, ImageConfig

ALIAS_IN_TEXT = "<alias>"
"""Where the alias of the registry is not known: the gallery's page has the right one at its top."""

_ARCHITECTURES = {"amd64": "x86-64", "386": "x86", "arm64": "ARM 64", "arm": "ARM"}
_SYSTEMS = {"linux": "Linux", "windows": "Windows"}
# Badges. Other platforms have none.

_OFFICIAL = "library/"


def catalog_of(image: ImageConfig, destination: DestinationConfig) -> CatalogData:
    """The image's texts and badges. Badges follow from its platforms, the usage text from its name and tags."""
    catalog = image.catalog
    return replace(
        catalog,
        usage=catalog.usage or usage_text(image, destination),
        architectures=catalog.architectures or _badges(_ARCHITECTURES, [p.architecture for p in image.platforms]),
        operating_systems=catalog.operating_systems or _badges(_SYSTEMS, [p.os for p in image.platforms]),
    )


def usage_text(image: ImageConfig, destination: DestinationConfig) -> str:
    """How to pull it and to build from it, and where it comes from."""
    tag = next((selector.tag for selector in image.selectors if isinstance(selector, ExplicitTag)), "<tag>")
    registry = f"public.ecr.aws/{destination.alias or ALIAS_IN_TEXT}"
    reference = f"{registry}/{destination.repository(image.name)}:{tag}"
    prefix = f"{registry}/{destination.prefix}" if destination.prefix else registry
    # A choice of platforms makes an index of its own, with a digest of its own.
    what = f"for {', '.join(map(str, image.platforms))}" if image.platforms else "with the same digests"
    return (
        f"A copy of [{image.name}]({upstream_link(image)}) from Docker Hub, {what}.\n"
        f"\n```sh\ndocker pull {reference}\n```\n"
        f"\nIn a Dockerfile that builds from Docker Hub as well as from here:\n"
        f"\n```dockerfile\nARG PUBLIC_REGISTRY=docker.io\nFROM ${{PUBLIC_REGISTRY}}/{image.name}:{tag}\n```\n"
        f"\n```sh\ndocker build --build-arg PUBLIC_REGISTRY={prefix} .\n```\n"
    )


def upstream_link(image: ImageConfig) -> str:
    """The image's page on Docker Hub."""
    if image.upstream.startswith(_OFFICIAL):
        return f"https://hub.docker.com/_/{image.upstream.removeprefix(_OFFICIAL)}"
    return f"https://hub.docker.com/r/{image.upstream}"


def catalog_data(catalog: CatalogData) -> dict[str, Any] | None:
    """The property of the resource. It is untyped, so the library translates nothing: the keys are CloudFormation's."""
    data: dict[str, Any] = {
        "RepositoryDescription": catalog.description,
        "AboutText": catalog.about,
        "UsageText": catalog.usage,
        "Architectures": list(catalog.architectures),
        "OperatingSystems": list(catalog.operating_systems),
    }
    return {key: value for key, value in data.items() if value} or None


def _badges(names: dict[str, str], found: list[str]) -> tuple[str, ...]:
    wanted = {names[name] for name in found if name in names}
    return tuple(badge for badge in names.values() if badge in wanted)
