"""Where what a configuration asks for does not exist."""

from mirror.config.model import DestinationName, MirrorConfig
from mirror.config.operation import ComputeType
from mirror.errors import ConfigError, Problem

WITHOUT_CODEBUILD = ("ap-east-2", "ca-west-1", "mx-central-1")

WITH_LAMBDA = (
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-central-1",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
)
"""Where CodeBuild builds on Lambda."""

OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
"""Regions that begin like this are not in the partition that has ECR Public."""

_NEAREST = {
    "ap-east-2": ("ap-east-1", "ap-northeast-1", "ap-southeast-1"),
    "ca-west-1": ("ca-central-1", "us-west-2"),
    "mx-central-1": ("us-west-2", "us-east-2", "sa-east-1"),
}


def has_public(region: str | None) -> bool:
    """Whether an account with this region has ECR Public. Of a region that is not known it is taken for granted."""
    return region is None or not region.startswith(OTHER_PARTITIONS)


def check(config: MirrorConfig, region: str | None, source: str) -> None:
    """`ConfigError` for everything that the region of the app lacks. A region that is not known lacks nothing."""
    if region is None:
        return
    messages: dict[str, str] = {}
    if region in WITHOUT_CODEBUILD:
        near = _list(_NEAREST[region])
        messages[""] = f"there is no CodeBuild in {region}; deploy to {near}, and pull across regions"
    elif config.compute.type is ComputeType.LAMBDA and region not in WITH_LAMBDA:
        messages["compute.type"] = (
            f"CodeBuild does not build on Lambda in {region}; take small, medium or large, "
            f"or one of these regions: {', '.join(WITH_LAMBDA)}"
        )
    if not has_public(region) and config.images_to(DestinationName.PUBLIC):
        messages["public"] = f"an account in {region} has no ECR Public: send its images to private"
    if messages:
        raise ConfigError(source, tuple(Problem(0, 0, path, message) for path, message in messages.items()))


def _list(regions: tuple[str, ...]) -> str:
    return f"{', '.join(regions[:-1])} or {regions[-1]}"
