"""The sections `public`, `private` and `docker_hub`: the registries at both ends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mirror.config.fields import Field
from mirror.config.located import Kind, Scalar
from mirror.config.model import DestinationConfig, DestinationName, DockerHubConfig
from mirror.config.names import PATTERN

SECRET_NAME_PATTERN = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
SECRET_ARN_PATTERN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,519}")

_TOKEN_PREFIXES = ("dckr_pat_", "dckr_oat_")
# Docker's personal and organisation access tokens; never repeated in a message: build logs are read by many.


@dataclass(frozen=True, slots=True)
class Destinations:
    """Both destinations, and where each was written."""

    configs: Mapping[DestinationName, DestinationConfig | None]
    fields: Mapping[DestinationName, Field]

    def switched_off(self, name: DestinationName) -> Field | None:
        """What switches the destination off, `None` when it is on."""
        return self.fields[name] if self.configs[name] is None else None


def read_destinations(keys: Mapping[str, Field]) -> Destinations:
    """The sections `public` and `private`, among the keys of the file."""
    fields = {name: keys[name] for name in DestinationName if name in keys}
    configs = {
        name: _read_destination(fields[name], name) if name in fields else DestinationConfig()
        for name in DestinationName
    }
    return Destinations(configs, fields)


def read_docker_hub(field: Field | None) -> DockerHubConfig:
    """The section `docker_hub`."""
    if field is None:
        return DockerHubConfig()
    # `secret`: someone may have written a token where the mapping belongs.
    keys = field.mapping("a mapping such as {credentials_secret: …}", optional=("credentials_secret",), secret=True)
    secret = keys.get("credentials_secret") if keys else None
    return DockerHubConfig(credentials_secret=_read_secret(secret) if secret is not None else None)


def _read_destination(field: Field, name: DestinationName) -> DestinationConfig | None:
    if isinstance(field.value, Scalar) and field.value.kind is Kind.BOOLEAN:
        return DestinationConfig() if field.value.is_true else None
    keys = field.mapping("true, false or a mapping such as {prefix: team}", optional=("prefix",))
    prefix = keys.get("prefix") if keys else None
    return DestinationConfig(prefix=_read_prefix(prefix, name) if prefix is not None else "")


def _read_prefix(field: Field, name: DestinationName) -> str:
    text = field.text("a prefix such as 'team'; for none leave it out")
    if text is None:
        return ""
    if text != text.strip("/"):
        field.problem(f"the prefix is written without slashes at its ends: {text.strip('/')!r}, got {text!r}")
        return text.strip("/")
    if PATTERN.fullmatch(text) is None:
        field.problem(
            f"not a prefix: {text!r} (lower-case letters and digits, joined by single '.', '_' or '-', "
            "in parts divided by '/')"
        )
    elif name is DestinationName.PRIVATE and not text[0].isalpha():
        field.problem(f"private repositories begin with a letter, so their prefix does, got {text!r}")
    else:
        return text
    return ""


def _read_secret(field: Field) -> str | None:
    text = field.text("the name or ARN of a Secrets Manager secret")
    if text is None:
        return None
    if text.startswith(_TOKEN_PREFIXES):
        field.problem("this is an access token itself: keep it in Secrets Manager and name the secret here")
        return None
    pattern = SECRET_ARN_PATTERN if text.startswith("arn:") else SECRET_NAME_PATTERN
    if pattern.fullmatch(text) is None:
        what = "the ARN of a Secrets Manager secret" if text.startswith("arn:") else "a secret's name"
        field.problem(
            f"not {what}: {text!r} (a name has letters, digits and /_+=.@-; an ARN is arn:aws:secretsmanager:…)"
        )
        return None
    return text
