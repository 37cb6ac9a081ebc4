"""The section `compute`: what builds run on."""

from mirror.config.fields import Field
from mirror.config.operation import LAMBDA_MINUTES, Arch, Compute, ComputeType

KEYS = ("arch", "type", "timeout_minutes")
TIMEOUT_MINUTES = (10, 2160)
"""CodeBuild takes 5 and more; a run ends by itself some minutes before, and needs some to do anything."""


def read_compute(field: Field | None) -> Compute:
    """The machine, and how long a build may take."""
    default = Compute()
    keys = field.mapping("a mapping such as {arch: arm64, type: small}", optional=KEYS) if field is not None else None
    if not keys:
        return default
    arch = keys["arch"].choice(Arch) if "arch" in keys else default.arch
    size = keys["type"].choice(ComputeType) if "type" in keys else default.type
    timeout = _read_timeout(keys["timeout_minutes"]) if "timeout_minutes" in keys else None
    if size == ComputeType.LAMBDA and "timeout_minutes" in keys:
        keys["timeout_minutes"].problem(
            f"a build on Lambda has {LAMBDA_MINUTES} minutes and no setting for it: leave 'timeout_minutes' out"
        )
    return Compute(
        arch=Arch(arch) if arch in tuple(Arch) else default.arch,
        type=ComputeType(size) if size in tuple(ComputeType) else default.type,
        timeout_minutes=timeout or default.timeout_minutes,
    )


def _read_timeout(field: Field) -> int | None:
    least, greatest = TIMEOUT_MINUTES
    number = field.whole_number(minimum=least)
    if number is not None and number > greatest:
        field.problem(f"CodeBuild takes at most {greatest} minutes, got {number}")
        return None
    return number
