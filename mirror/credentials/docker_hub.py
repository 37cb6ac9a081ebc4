"""Docker Hub's user name and access token."""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from mirror import settings
from mirror.errors import CredentialsError, NotFoundError
from mirror.registry import aws
from mirror.transport.auth import Credentials

_FORM = '{"username": "…", "accessToken": "…"}'


class HubCredentials:
    """Reads the secret on first use, once; `None` when the run is anonymous. Safe for threads."""

    def __init__(self, secret: str | None, environ: Mapping[str, str]) -> None:
        self._secret = secret
        self._environ = environ
        self._lock = threading.Lock()
        self._read = False
        self._credentials: Credentials | None = None

    @property
    def anonymous(self) -> bool:
        """Whether neither a secret nor environment variables are given; asks nobody."""
        return self._secret is None and not self._environ.get(settings.HUB_TOKEN)

    def __call__(self) -> Credentials | None:
        """See `CredentialsSource`. `CredentialsError` when the secret cannot be read or has another form."""
        with self._lock:
            if not self._read:
                self._credentials = self._find()
                self._read = True
            return self._credentials

    def _find(self) -> Credentials | None:
        username, token = (self._environ.get(name, "") for name in (settings.HUB_USERNAME, settings.HUB_TOKEN))
        if username and token:
            return Credentials(username, token)
        if username or token:
            raise CredentialsError(
                f"{settings.HUB_USERNAME} and {settings.HUB_TOKEN} go together; only one of them is set"
            )
        return from_secret(self._secret) if self._secret is not None else None


def from_secret(name: str, *, client: Callable[..., Any] = aws.client) -> Credentials:
    """What the Secrets Manager secret holds; `name` may be its ARN, which also says the region."""
    region = name.split(":")[3] if name.startswith("arn:") else None
    what = f"the Docker Hub secret {name}"
    try:
        with aws.translated(what):
            answer = client("secretsmanager", region=region).get_secret_value(SecretId=name)
    except NotFoundError as err:
        # Secrets Manager answers the same in both cases.
        raise CredentialsError(f"{what} does not exist, or nobody has filled it yet", advice=_fill(name)) from err
    try:
        document = json.loads(answer.get("SecretString") or "")
        username, token = document["username"], document["accessToken"]
    except (ValueError, KeyError, TypeError) as err:
        raise CredentialsError(f"{what} does not have the form {_FORM}", advice=_fill(name)) from err
    if not (isinstance(username, str) and isinstance(token, str) and username and token):
        raise CredentialsError(f"{what} has an empty user name or token", advice=_fill(name))
    return Credentials(username, token)


def _fill(name: str) -> str:
    return f"Put it in: aws secretsmanager put-secret-value --secret-id {name} --secret-string '{_FORM}'"
