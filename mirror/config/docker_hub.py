"""The section `docker_hub`: whose quota is used, and where its secret is."""

import re

from mirror.config import pulls
from mirror.config.fields import Field
from mirror.config.model import DockerHubConfig

KEYS = ("credentials_secret", "create_secret", "kms_key", *pulls.KEYS)

SECRET_NAME_PATTERN = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
SECRET_ARN_PATTERN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,519}")
KEY_ARN_PATTERN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,64}")

CREATED_SECRET = "ecr-pullthroughcache/docker-hub"  # noqa: S105 - the secret's name, not its value
"""The name where none is given. ECR's pull-through cache takes only secrets whose names begin like that."""

_TOKEN_PREFIXES = ("dckr_pat_", "dckr_oat_")
# Docker's personal and organisation access tokens; never repeated in a message: build logs are read by many.


def read_docker_hub(field: Field | None) -> DockerHubConfig:
    """The section `docker_hub`. A secret that is to be made has a name afterwards, if need be the usual one."""
    if field is None:
        return DockerHubConfig()
    # `secret`: someone may have written a token where the mapping belongs.
    keys = field.mapping("a mapping such as {credentials_secret: …}", optional=KEYS, secret=True) or {}
    secret = _read_secret(keys["credentials_secret"]) if "credentials_secret" in keys else None
    create = bool(keys["create_secret"].boolean()) if "create_secret" in keys else False
    key = _read_key(keys["kms_key"]) if "kms_key" in keys else None
    if create and secret is not None and secret.startswith("arn:"):
        keys["create_secret"].problem(
            f"a secret that has an ARN is there already ({keys['credentials_secret'].where}): name it instead"
        )
    if "kms_key" in keys and not create and "credentials_secret" not in keys:
        keys["kms_key"].problem("'kms_key' belongs to a secret: name it, or have it made by 'create_secret: true'")
    if create and "credentials_secret" not in keys:
        secret = CREATED_SECRET
    return DockerHubConfig(
        credentials_secret=secret,
        create_secret=create,
        kms_key=key or "",
        keep_pulls=pulls.read_keep_pulls(keys),
        twins=pulls.read_twins(keys),
    )


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


def _read_key(field: Field) -> str | None:
    text = field.text("the ARN of a KMS key")
    if text is None or KEY_ARN_PATTERN.fullmatch(text):
        return text
    # The role may use this key and no other, and only an ARN says which one that is.
    field.problem(f"not the ARN of a KMS key: {text!r} (arn:aws:kms:REGION:ACCOUNT:key/ID; an alias is not enough)")
    return None
