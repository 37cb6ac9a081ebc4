"""The section `pull_through_cache`: ECR's own cache, for the images that nobody lists."""

from mirror.config.destinations import Destinations
from mirror.config.ecr import PullThroughCache, RepositorySettings
from mirror.config.fields import Field
from mirror.config.model import DestinationName
from mirror.config.names import PATTERN
from mirror.config.repository_settings import read_settings

SECRET_PREFIX = "ecr-pullthroughcache/"  # noqa: S105 - the beginning of a secret's name
"""ECR reads secrets with such names only."""
PREFIX_CHARACTERS = (2, 30)

_SETTINGS = ("mutability", "lifecycle", "pull_access")
# With encryption by KMS and with resource tags ECR wants a role to make repositories with; these need none.


def read_pull_through_cache(
    field: Field | None, secret: str | None, destinations: Destinations
) -> PullThroughCache | None:
    """The cache. `secret` is what `docker_hub` names."""
    keys = (
        field.mapping("a mapping such as {prefix: hub}", required=("prefix",), optional=_SETTINGS)
        if field is not None
        else None
    )
    if field is None or keys is None:
        return None
    name = (secret or "").rpartition(":secret:")[2]
    if not name.startswith(SECRET_PREFIX):
        got = f"got {name!r}" if name else "there is none"
        field.problem(
            f"ECR reads Docker Hub with 'docker_hub.credentials_secret', whose name must begin with "
            f"{SECRET_PREFIX!r}: {got}"
        )
    prefix = _read_prefix(keys["prefix"], destinations) if "prefix" in keys else None
    return PullThroughCache(prefix or "", read_settings(keys, RepositorySettings()))


def _read_prefix(field: Field, destinations: Destinations) -> str | None:
    text = field.text("a prefix such as 'hub'")
    if text is None:
        return None
    least, most = PREFIX_CHARACTERS
    if PATTERN.fullmatch(text) is None or not least <= len(text) <= most or not text[0].isalpha():
        field.problem(
            f"not a prefix: {text!r} ({least} to {most} lower-case letters and digits, joined by single '.', '_' or "
            "'-', in parts divided by '/', beginning with a letter)"
        )
        return None
    private = destinations.configs[DestinationName.PRIVATE]
    if private is not None and f"{private.prefix}/".startswith(f"{text}/"):
        field.problem(
            f"mirrored repositories lie below {private.prefix!r} too, and ECR would fill them by itself: take another"
        )
        return None
    return text
