"""What a build runs on, in CodeBuild's words."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_codebuild as codebuild

from mirror.config.operation import LAMBDA_MINUTES, Arch, Compute, ComputeType

MARGIN_MINUTES = 5
LAMBDA_MARGIN_MINUTES = 2
"""How long before the end of its time a run ends by itself, with a report."""
QUEUED_TIMEOUT = Duration.hours(8)

_SIZES = {
    ComputeType.SMALL: codebuild.ComputeType.SMALL,
    ComputeType.MEDIUM: codebuild.ComputeType.MEDIUM,
    ComputeType.LARGE: codebuild.ComputeType.LARGE,
    ComputeType.LAMBDA: codebuild.ComputeType.LAMBDA_1GB,
}
_IMAGES = {
    Arch.ARM64: codebuild.LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0,
    Arch.X86_64: codebuild.LinuxBuildImage.AMAZON_LINUX_2023_5,
}
_LAMBDA_IMAGES = {
    Arch.ARM64: codebuild.LinuxArmLambdaBuildImage.AMAZON_LINUX_2023_PYTHON_3_13,
    Arch.X86_64: codebuild.LinuxLambdaBuildImage.AMAZON_LINUX_2023_PYTHON_3_13,
}


@dataclass(frozen=True)
class BuildMachine:
    """The image with its size, and the time that a build has."""

    image: codebuild.IBuildImage
    size: codebuild.ComputeType
    minutes: int
    """How long a build may take."""
    deadline_minutes: int
    timeout: Duration | None
    """`None` on Lambda, where the library refuses both time-outs."""
    queued_timeout: Duration | None


def machine(compute: Compute) -> BuildMachine:
    """The machine that the configuration asks for. Each has Python with boto3, which is all that a build needs."""
    if compute.type is ComputeType.LAMBDA:
        return BuildMachine(
            image=_LAMBDA_IMAGES[compute.arch],
            size=_SIZES[compute.type],
            minutes=LAMBDA_MINUTES,
            deadline_minutes=LAMBDA_MINUTES - LAMBDA_MARGIN_MINUTES,
            timeout=None,
            queued_timeout=None,
        )
    return BuildMachine(
        image=_IMAGES[compute.arch],
        size=_SIZES[compute.type],
        minutes=compute.timeout_minutes,
        deadline_minutes=compute.timeout_minutes - MARGIN_MINUTES,
        timeout=Duration.minutes(compute.timeout_minutes),
        queued_timeout=QUEUED_TIMEOUT,
    )
