"""How builds run and who watches them: what a person may set, already checked."""

import enum
from dataclasses import dataclass


class Arch(enum.StrEnum):
    """The processor that builds run on. It has nothing to do with which platforms are mirrored."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


class ComputeType(enum.StrEnum):
    """The size of the machine, or no machine."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    LAMBDA = "lambda"
    """Starts in a second or two, and has 15 minutes."""


MAX_SHARDS = 16
"""Machines that share a run. ECR's rates are an account's (ten images a second into all repositories together), so more
of them would only wait for each other."""

LAMBDA_MINUTES = 15
"""What a build on Lambda has, whatever the project says."""


@dataclass(frozen=True, slots=True)
class Compute:
    """What a build runs on."""

    arch: Arch = Arch.ARM64
    type: ComputeType = ComputeType.SMALL
    timeout_minutes: int = 60
    """Not for `lambda`, which has its own."""


@dataclass(frozen=True, slots=True)
class Vpc:
    """The network that builds run in, instead of CodeBuild's own."""

    id: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...] = ()
    """Empty: the stack makes one that lets connections out, and none in."""


@dataclass(frozen=True, slots=True)
class Network:
    """How a build reaches Docker Hub and AWS."""

    vpc: Vpc | None = None
    proxy: str = ""
    """URL, for everything that `no_proxy` does not name."""
    no_proxy: tuple[str, ...] = ()
    """Hosts and domains that are reached directly."""
    ca_bundle: str = ""
    """PEM certificates of all authorities that a build is to trust, the file's text; empty: those of its image."""


@dataclass(frozen=True, slots=True)
class Reports:
    """What is kept of runs, beside the log."""

    keep_days: int = 90
    """For how long the reports of single runs stay in the bucket."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Metrics, alarms, the dashboard, and who is told."""

    email: tuple[str, ...] = ()
    topic: str = ""
    """ARN of an SNS topic that is there already; empty: the stack makes one."""
    no_success_hours: int | None = None
    """`None`: twice the time between two builds."""
    stale_hours: int = 48
    """How far a tag may be behind upstream."""
    low_budget: int = 20
    """Docker Hub pulls."""
    dashboard: bool = True
