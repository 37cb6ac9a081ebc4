"""What the CloudFormation types work on: one process is one sandbox, because moto's own state is global too."""

from dataclasses import dataclass

from sandbox.registries.ecr_service import EcrRegion, EcrService


@dataclass(slots=True)
class Backing:
    """The registries' services."""

    private: EcrRegion
    public: EcrService


_current: list[Backing] = []


def set_backing(backing: Backing) -> None:
    """From now on, templates define repositories there."""
    _current[:] = [backing]


def backing() -> Backing:
    """What was set last. `RuntimeError` before."""
    if not _current:
        raise RuntimeError("no sandbox is running in this process")
    return _current[0]
