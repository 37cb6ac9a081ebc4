"""From an HTTP answer to a typed error (distribution-spec, *Error Codes*, and what ECR and Docker Hub make of it)."""

import json
from typing import Final

from mirror.errors import (
    DeniedError,
    LimitKind,
    NotFoundError,
    RateLimitError,
    RefusedError,
    RegistryError,
    RegistryErrorDetail,
    RepositoryNotFoundError,
    TagImmutableError,
    UnavailableError,
)
from mirror.transport.client import Response
from mirror.transport.redact import redact
from mirror.transport.retry import retry_after_seconds

MAX_TEXT = 300
# Of a server's own words in a message: enough for a sentence, too little for an HTML page.

_DENIED_CODES: Final = frozenset({"DENIED", "UNAUTHORIZED"})
_REFUSED_STATUSES: Final = frozenset({400, 405, 406, 409, 411, 413, 415, 416, 422})


def error_details(body: bytes) -> tuple[RegistryErrorDetail, ...]:
    """The entries of the error document in `body`; empty when it is none."""
    try:
        document = json.loads(body)
    except ValueError:
        return ()
    entries = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        return ()
    return tuple(
        RegistryErrorDetail(code=str(entry.get("code", "")).upper(), message=str(entry.get("message") or ""))
        for entry in entries
        if isinstance(entry, dict)
    )


def error_for(response: Response, *, what: str, now: float) -> RegistryError:
    """The error that this answer means. `what` begins its message, ``maven:3.9 in public``; `now` is wall time."""
    details = error_details(response.body)
    codes = {detail.code for detail in details}
    status = response.status
    message = f"{what}: {_said(response, details)}"
    if status == 429 or "TOOMANYREQUESTS" in codes:
        return _rate_limit(response, details, message, now)
    if "NAME_UNKNOWN" in codes or "REPOSITORY_NOT_FOUND" in codes:
        return RepositoryNotFoundError(message, status=status, details=details)
    if status == 404:
        return NotFoundError(message, status=status, details=details)
    if "TAG_INVALID" in codes and status < 500:
        return TagImmutableError(message, status=status, details=details)
    if status in {401, 403} or codes & _DENIED_CODES:
        return DeniedError(message, status=status, details=details)
    if status in _REFUSED_STATUSES:
        return RefusedError(message, status=status, details=details)
    retry_after = retry_after_seconds(response.header("Retry-After"), now=now)
    return UnavailableError(message, status=status, retry_after=retry_after, details=details)


def _rate_limit(
    response: Response, details: tuple[RegistryErrorDetail, ...], message: str, now: float
) -> RateLimitError:
    """Docker Hub answers both limits with 429: the quota with an error document and headers, abuse with plain text."""
    remaining = (response.header("ratelimit-remaining") or "").partition(";")[0].strip()
    counted = response.header("ratelimit-limit") is not None or response.header("docker-ratelimit-source") is not None
    quota = (counted and remaining in {"", "0"}) and bool(details)
    return RateLimitError(
        message,
        kind=LimitKind.QUOTA if quota else LimitKind.RATE,
        retry_after=retry_after_seconds(response.header("Retry-After"), now=now),
        details=details,
        advice=(
            "The pull quota of this account or address is spent. Log in with docker_hub.credentials_secret, or wait."
            if quota
            else None
        ),
    )


def _said(response: Response, details: tuple[RegistryErrorDetail, ...]) -> str:
    if details:
        said = "; ".join(f"{detail.code} {detail.message}".strip() for detail in details)
    else:
        said = " ".join(response.body[: 2 * MAX_TEXT].decode("utf-8", "replace").split())
        if said.startswith("<"):
            said = ""
    said = redact(said)
    if len(said) > MAX_TEXT:
        said = said[:MAX_TEXT] + "…"
    return f"HTTP {response.status}" + (f" ({said})" if said else "")
