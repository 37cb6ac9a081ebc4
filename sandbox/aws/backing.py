"""What the CloudFormation types work on: one process is one sandbox, because moto's own state is global too."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.registries.ecr_service import EcrRegion, EcrService


@dataclass(slots=True)
class Backing:
    """The registries' services, and what calls of a deployment's own need: see `SdkCall`."""

    private: EcrRegion
    public: EcrService
    registries_url: str = ""
    control_plane_url: str = ""
    """Known once the control plane runs."""
    keys: tuple[str, str] = ("", "")
    """Of whom AWS's services act as."""
    authorize: Callable[[str, str, str], bool] = lambda _key, _action, _resource: False
    """(access key id, action, resource ARN) -> permitted."""

    def endpoint(self, service: str) -> str:
        """Where boto3 finds a service."""
        return self.registries_url if service in {"ecr", "ecr-public"} else self.control_plane_url


_current: list[Backing] = []


def set_backing(backing: Backing) -> None:
    """From now on, templates define repositories there."""
    _current[:] = [backing]


def backing() -> Backing:
    """What was set last. `RuntimeError` before."""
    if not _current:
        raise RuntimeError("no sandbox is running in this process")
    return _current[0]
