"""Places that keep report files by name. Errors are `MirrorError`: a report that cannot be kept fails no image."""

from pathlib import Path
from typing import Any, Protocol

from mirror.errors import MirrorError
from mirror.registry.aws import client


class ShelfError(MirrorError):
    """A file could not be read or kept."""


class Shelf(Protocol):
    """Keeps files."""

    def read(self, name: str) -> bytes | None:
        """The file; `None` when there is none."""

    def write(self, name: str, content: bytes, media_type: str) -> None:
        """Keep it, in place of what had its name."""

    def where(self, name: str) -> str:
        """How a person is told of the file."""


class Directory:
    """Files below a directory, which need not exist."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> bytes | None:
        """See `Shelf`."""
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as err:
            raise ShelfError(f"{self._path / name}: {err.strerror}") from err

    def write(self, name: str, content: bytes, media_type: str) -> None:  # noqa: ARG002 - a file system has no types
        """See `Shelf`."""
        file = self._path / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        except OSError as err:
            raise ShelfError(f"{file}: {err.strerror}") from err

    def where(self, name: str) -> str:
        """See `Shelf`."""
        return str(self._path / name)


class Bucket:
    """Objects in S3."""

    def __init__(self, name: str, *, region: str | None = None) -> None:
        self._name = name
        self._s3: Any = client("s3", region=region)

    def read(self, name: str) -> bytes | None:
        """See `Shelf`."""
        from botocore import exceptions  # noqa: PLC0415 - see `client`

        try:
            body: bytes = self._s3.get_object(Bucket=self._name, Key=name)["Body"].read()
            return body
        except self._s3.exceptions.NoSuchKey:
            return None
        except (exceptions.BotoCoreError, exceptions.ClientError) as err:
            raise ShelfError(f"{self.where(name)} cannot be read: {err}") from err

    def write(self, name: str, content: bytes, media_type: str) -> None:
        """See `Shelf`. Nobody keeps a copy of what is under a stable name."""
        from botocore import exceptions  # noqa: PLC0415 - see `client`

        try:
            self._s3.put_object(
                Bucket=self._name, Key=name, Body=content, ContentType=media_type, CacheControl="no-cache"
            )
        except (exceptions.BotoCoreError, exceptions.ClientError) as err:
            raise ShelfError(f"{self.where(name)} cannot be written: {err}") from err

    def where(self, name: str) -> str:
        """See `Shelf`."""
        return f"s3://{self._name}/{name}"
