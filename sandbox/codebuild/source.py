"""The source of a build: an S3 zip unpacked into the source directory, and the buildspec that goes with it."""

import io
import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from sandbox.codebuild.buildspec import Buildspec, BuildspecError, parse
from sandbox.codebuild.record import PhaseFailure
from sandbox.codebuild.role import Role

_DEFAULT_FILE = "buildspec.yml"


def download(source: dict[str, Any], role: Role, target: Path) -> None:
    """Fills `target`; a `PhaseFailure` says what is wrong with the source."""
    kind = source.get("type")
    if kind == "NO_SOURCE":
        return
    if kind != "S3":
        raise PhaseFailure("INVALID_INPUT", f"source type, got {kind}, allowed in the sandbox: S3, NO_SOURCE")
    location = str(source["location"]).removeprefix("arn:aws:s3:::")
    bucket, _, key = location.partition("/")
    role.require("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")
    s3 = role.session().client("s3", endpoint_url=role.endpoint_url)
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise PhaseFailure("CLIENT_ERROR", f"{code}: {error} for source {location}") from error
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            archive.extractall(target)
    except zipfile.BadZipFile as error:
        raise PhaseFailure("CLIENT_ERROR", f"source {location} is not a zip file") from error


def read_buildspec(source: dict[str, Any], directory: Path) -> Buildspec:
    """The inline buildspec, or the file that it names, or `buildspec.yml` of the source."""
    text = str(source.get("buildspec") or _DEFAULT_FILE)
    if "\n" not in text and text.endswith((".yml", ".yaml")):
        file = directory / text
        if not file.is_file():
            raise PhaseFailure("YAML_FILE_ERROR", f"stat {text}: no such file or directory")
        text = file.read_text(encoding="utf-8")
    try:
        return parse(text)
    except BuildspecError as error:
        raise PhaseFailure("YAML_FILE_ERROR", str(error)) from error
