"""Environment variables of a build, in CodeBuild's order: start-build override over project over buildspec."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from sandbox.codebuild.buildspec import Buildspec
from sandbox.codebuild.record import PhaseFailure
from sandbox.codebuild.role import Role

PLAINTEXT = "PLAINTEXT"
PARAMETER_STORE = "PARAMETER_STORE"
SECRETS_MANAGER = "SECRETS_MANAGER"


def merge(project: Iterable[Mapping[str, str]], overrides: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The variables that the build is described with: an override replaces the project's of that name, or joins."""
    merged = {variable["name"]: dict(variable) for variable in (*project, *overrides)}
    return [{**variable, "type": variable.get("type", PLAINTEXT)} for variable in merged.values()]


def resolve(buildspec: Buildspec, variables: Iterable[Mapping[str, str]], role: Role) -> dict[str, str]:
    """Values for the names, secrets fetched; `PhaseFailure` for one that cannot be had."""
    lookups: Mapping[str, Callable[[str], str]] = {
        PLAINTEXT: str,
        PARAMETER_STORE: lambda name: _parameter(role, name),
        SECRETS_MANAGER: lambda reference: _secret(role, reference),
    }
    wanted: dict[str, tuple[str, str]] = {}
    for kind, values in (
        (PLAINTEXT, buildspec.variables),
        (PARAMETER_STORE, buildspec.parameters),
        (SECRETS_MANAGER, buildspec.secrets),
    ):
        wanted |= {name: (kind, value) for name, value in values.items()}
    wanted |= {v["name"]: (v.get("type", PLAINTEXT), v["value"]) for v in variables}
    return {name: lookups[kind](value) for name, (kind, value) in wanted.items()}


def _parameter(role: Role, name: str) -> str:
    arn = name if name.startswith("arn:") else f"arn:aws:ssm:{role.region}:{role.account}:parameter/{name.lstrip('/')}"
    role.require("ssm:GetParameters", arn)
    client = role.session().client("ssm", endpoint_url=role.endpoint_url)
    try:
        return str(client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except ClientError as error:
        raise PhaseFailure("PARAMETER_ERROR", f"parameter {name}: {error}") from error


def _secret(role: Role, reference: str) -> str:
    """`secret-id:json-key:version-stage:version-id`, where the id may be an ARN, which has six colons of its own."""
    parts = reference.split(":")
    taken = 7 if reference.startswith("arn:") else 1
    secret_id, rest = ":".join(parts[:taken]), [*parts[taken:], "", "", ""]
    key, stage, version = rest[:3]
    request: dict[str, Any] = {"SecretId": secret_id}
    request |= {"VersionStage": stage} if stage else {}
    request |= {"VersionId": version} if version else {}
    client = role.session().client("secretsmanager", endpoint_url=role.endpoint_url)
    try:
        found = client.get_secret_value(**request)
    except ClientError as error:
        raise PhaseFailure("SECRETS_MANAGER_ERROR", f"secret {secret_id}: {error}") from error
    # Policies name a secret by its full ARN, random ending included, which only the answer tells.
    role.require("secretsmanager:GetSecretValue", found["ARN"])
    text = found["SecretString"]
    if not key:
        return text
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError) as error:
        raise PhaseFailure("SECRETS_MANAGER_ERROR", f"secret {secret_id} has no key {key}") from error
