"""boto3, imported only when a registry is Amazon's, and its errors in the engine's words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mirror.errors import (
    CredentialsError,
    DeniedError,
    LimitKind,
    MirrorError,
    NotFoundError,
    RateLimitError,
    RepositoryNotFoundError,
    TransportError,
    UnavailableError,
)

PUBLIC_REGION = "us-east-1"
"""ECR Public authenticates and answers there, whatever the region of anything else."""

CONNECTIONS = 32
# Kept open to one service: above the number of lookups that a run has in flight.

_THROTTLED = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"})
_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})
_CREDENTIALS = frozenset(
    {
        "ExpiredTokenException",
        "ExpiredToken",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "MissingAuthenticationTokenException",
    }
)
_ADVICE = "Log in to AWS (aws sso login, or AWS_PROFILE), or name the registry by --private URL and --public URL."


def client(service: str, *, region: str | None = None) -> Any:
    """A boto3 client with retries of its own. `CredentialsError` when what is set up here does not make one."""
    import boto3  # noqa: PLC0415 - 127 ms that a run between plain registries need not wait for
    from botocore import config, exceptions  # noqa: PLC0415

    session: Any = boto3
    # boto3 alone among Amazon's tools does not look at AWS_REGION.
    region = region or os.environ.get("AWS_REGION") or None
    # All tries of a call that hangs end within the minutes that a build has beyond its deadline.
    settings = config.Config(
        retries={"mode": "adaptive", "max_attempts": 6},
        connect_timeout=10,
        read_timeout=30,
        max_pool_connections=CONNECTIONS,
    )
    try:
        return session.client(service, region_name=region, config=settings)
    except exceptions.NoRegionError as err:
        raise CredentialsError("no AWS region is set", advice="Set AWS_REGION.") from err
    except exceptions.BotoCoreError as err:  # a profile or a region that does not exist, a file that is malformed
        raise CredentialsError(f"AWS {service}: {err}", advice=_ADVICE) from err
    except ValueError as err:  # an endpoint that is no URL
        raise CredentialsError(f"AWS {service}: {err}", advice="Look at AWS_ENDPOINT_URL and its like.") from err


@contextmanager
def translated(what: str) -> Iterator[None]:
    """boto3's errors as the engine's, by code."""
    from botocore import exceptions  # noqa: PLC0415 - as above

    try:
        yield
    except exceptions.ClientError as err:
        raise _from_code(err, what) from err
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
        exceptions.TokenRetrievalError,
        exceptions.SSOError,
        exceptions.ProfileNotFound,
    ) as err:
        raise CredentialsError(f"{what}: {err}", advice=_ADVICE) from err
    except exceptions.BotoCoreError as err:
        raise TransportError(f"{what}: {err}") from err


def _from_code(err: Any, what: str) -> MirrorError:
    code = str(err.response.get("Error", {}).get("Code", ""))
    status = int(err.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    message = f"{what}: {code}: {err.response.get('Error', {}).get('Message', '')}".rstrip(": ")
    if code in _CREDENTIALS:
        return CredentialsError(message, advice=_ADVICE)
    if code in _DENIED:
        return DeniedError(message, status=status, advice="The role lacks this permission on this resource.")
    if code in _THROTTLED:
        return RateLimitError(message, kind=LimitKind.RATE, retry_after=None)
    if code in {"RepositoryNotFoundException", "RegistryNotFoundException"}:
        return RepositoryNotFoundError(message, status=status)
    if code in {"ImageNotFoundException", "ResourceNotFoundException"}:
        return NotFoundError(message, status=status)
    return UnavailableError(message, status=status)
