"""The registries that are written to: reachable, with the repositories that are declared, and with permissions."""

from collections.abc import Callable, Mapping

from mirror.config.model import DestinationConfig, DestinationName, MirrorConfig
from mirror.credentials.registries import Network, open_plain, open_private, open_public
from mirror.doctor.finding import Finding, bad, failed, ok, warning
from mirror.doctor.permissions import permissions
from mirror.errors import MirrorError
from mirror.registry.ecr import EcrRegistry
from mirror.registry.remote import RemoteRegistry

SHOWN = 5
# Names in one line; the rest is counted.

_LOGIN = {
    DestinationName.PRIVATE: "Allow ecr:GetAuthorizationToken on *.",
    DestinationName.PUBLIC: (
        "Allow ecr-public:GetAuthorizationToken, ecr-public:DescribeRegistries and sts:GetServiceBearerToken on *."
    ),
}
_OPEN: Mapping[DestinationName, Callable[[Network], EcrRegistry]] = {
    DestinationName.PRIVATE: open_private,
    DestinationName.PUBLIC: open_public,
}


def destination(
    network: Network, config: MirrorConfig, name: DestinationName, url: str | None
) -> tuple[list[Finding], RemoteRegistry | None]:
    """What there is to say of one of them, and the registry itself, if it could be opened."""
    settings = config.destination(name) or DestinationConfig()
    declared = [settings.repository(image.name) for image in config.images_to(name)]
    if url is not None:
        registry = open_plain(network, url, option=f"--{name}")
        return permissions(name, registry.repository(declared[0]), public=False), registry
    try:
        ecr = _OPEN[name](network)
    except MirrorError as err:
        return [failed(_title(name), err, denied=_LOGIN[name])], None
    findings = [ok(_title(name), f"{ecr.host}, API in {ecr.api.meta.region_name}")]
    if ecr.public:
        findings.append(_alias(ecr, settings))
    try:
        absent = ecr.absent(declared)
    except MirrorError as err:
        prefix = "ecr-public" if ecr.public else "ecr"
        fix = f"Allow {prefix}:DescribeRepositories on the declared repositories."
        return [*findings, failed(f"repositories in {name}", err, denied=fix)], ecr
    findings.append(_repositories(name, declared, sorted(absent)))
    present = next((repository for repository in declared if repository not in absent), None)
    if present is not None:
        findings += permissions(name, ecr.repository(present), public=ecr.public)
    return findings, ecr


def _title(name: DestinationName) -> str:
    return "ECR Public" if name is DestinationName.PUBLIC else "ECR"


def _alias(registry: EcrRegistry, settings: DestinationConfig) -> Finding:
    what = "public alias"
    if settings.alias and settings.alias != registry.path:
        fix = f"Write public.alias: {registry.path}, or ask for the other in the console under Registries."
        return warning(what, f"{registry.path}, but mirror.yaml says {settings.alias}", fix)
    return ok(what, f"{registry.path}: FROM {registry.pull_name('…')}")


def _repositories(name: DestinationName, declared: list[str], absent: list[str]) -> Finding:
    what = f"repositories in {name}"
    if not absent:
        return ok(what, f"all {len(declared)} are there")
    more = f" and {len(absent) - SHOWN} more" if len(absent) > SHOWN else ""
    detail = f"{len(absent)} of {len(declared)} do not exist: {', '.join(absent[:SHOWN])}{more}"
    return bad(what, detail, "Deploy the stacks: make deploy. An adopted one has to be made by whoever owns it.")
