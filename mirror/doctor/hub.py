"""Docker Hub: credentials, pull budget, and whom the budget is shared with. Spends no pull."""

import ipaddress
from collections.abc import Mapping

from mirror.config.model import ExplicitDigest, ExplicitTag, ImageConfig, MirrorConfig
from mirror.credentials.docker_hub import HubCredentials
from mirror.credentials.registries import Network, open_source
from mirror.doctor.finding import Finding, bad, failed, ok, warning
from mirror.errors import DeniedError, MirrorError
from mirror.registry.protocols import PullQuota
from mirror.registry.remote import RemoteRegistry
from mirror.run.options import RunOptions

_LOGIN = "Name a secret with a read-only access token in docker_hub.credentials_secret, and deploy."


def hub(
    network: Network, config: MirrorConfig, options: RunOptions, environ: Mapping[str, str]
) -> tuple[list[Finding], RemoteRegistry | None]:
    """What there is to say of the source, and the source itself, if it could be opened."""
    is_hub = options.source is None or options.source_is_hub
    credentials = HubCredentials(config.docker_hub.credentials_secret, environ) if is_hub else None
    try:
        if credentials is not None:
            credentials()
    except MirrorError as err:
        return [failed("Docker Hub credentials", err, denied="Allow secretsmanager:GetSecretValue on it.")], None
    source = open_source(network, options.source, credentials)
    anonymous = credentials is None or credentials.anonymous
    login = "Docker Hub login" if is_hub else "source"
    image = next(iter(config.images), None)
    if image is None:
        return [warning(login, "there is no image to try it with", "Name images in mirror.yaml.")], source
    reference = f"{image.name}, by HEAD"
    try:
        source.repository(image.upstream).resolve(_reference(image))
    except DeniedError as err:
        fix = f"Check that {image.name} exists there, and that it is public or the account may read it."
        return [bad(login, str(err), fix)], source
    except MirrorError as err:
        return [failed(login, err)], source
    how = "not asked for" if not is_hub else "anonymous" if anonymous else "user name and token are accepted"
    findings = [ok(login, f"{how} ({reference})")]
    quota = source.meter.last
    findings.append(budget(quota, config.docker_hub.keep_pulls))
    if is_hub and quota is not None:
        findings.append(sharing(quota, anonymous=anonymous, in_codebuild="CODEBUILD_BUILD_ID" in environ))
    return findings, source


def _reference(image: ImageConfig) -> str:
    """Any that the file names; that of a pattern need not exist, for the answer to tell what is asked here."""
    for selector in image.selectors:
        if isinstance(selector, ExplicitTag):
            return selector.tag
        if isinstance(selector, ExplicitDigest):
            return selector.digest
    return "latest"


def budget(quota: PullQuota | None, keep: int) -> Finding:
    """What is left of the quota, above the floor."""
    what = "pull budget"
    if quota is None:
        return ok(what, "no limit is named")
    hours = f" in {quota.window_seconds / 3600:g} h" if quota.window_seconds else ""
    left = f"{quota.remaining} of {quota.limit} pulls{hours} are left"
    if quota.remaining <= keep:
        floor = f", and {keep} are kept for others (keep_pulls)" if keep else ""
        return warning(
            what, left + floor, "New images are deferred until the window moves on; wait, or use an account."
        )
    return ok(what, left)


def sharing(quota: PullQuota, *, anonymous: bool, in_codebuild: bool) -> Finding:
    """Whose quota that is."""
    what = "pull budget's owner"
    by_address = _is_address(quota.source)
    if not anonymous:
        if by_address:
            return warning(what, f"counted by the address {quota.source}, in spite of the login", _LOGIN)
        return ok(what, "the account")
    if in_codebuild:
        return warning(what, f"the address {quota.source}, which CodeBuild gives to other customers too", _LOGIN)
    used = quota.limit - quota.remaining
    if used > 0:
        detail = f"the address {quota.source}: {used} used already, by this machine or others behind it"
        return warning(what, detail, _LOGIN)
    return ok(what, f"the address {quota.source}; nobody has used any of it in this window")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
