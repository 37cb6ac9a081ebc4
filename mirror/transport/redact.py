"""Keeps secrets out of everything that a person or a log gets to see."""

import re
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

HIDDEN = "…"

_SECRET_PARAMETERS = frozenset(
    {
        "signature",
        "x-amz-signature",
        "x-amz-credential",
        "x-amz-security-token",
        "key-pair-id",
        "policy",
        "token",
        "verify",
        "expires",
        "sig",
        "_state",
    }
)
# Signed URLs of the content networks behind registries (CloudFront, S3, R2, Cloudflare), and the session state that
# some registries put into upload URLs: whoever has one can read or write what it points at.

_HEADER = re.compile(
    r"(?i)\b(authorization|proxy-authorization|x-amz-security-token)(['\"]?\s*[:=]\s*['\"]?)([^\r\n'\"]+)"
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_DOCKER_TOKEN = re.compile(r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]+")
_URL = re.compile(r"https?://[^\s'\"<>]+")


def redact_url(url: str) -> str:
    """The URL without user information and with the values of signing parameters hidden."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(_redact_parameter(parameter) for parameter in parts.query.split("&"))
    return urlunsplit(SplitResult(parts.scheme, host, parts.path, query, ""))


def _redact_parameter(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    return f"{name}={HIDDEN}" if equals and unquote(name).lower() in _SECRET_PARAMETERS else parameter


def redact(text: str) -> str:
    """`text` with header values, tokens and signed URLs hidden."""
    text = _URL.sub(lambda found: redact_url(found.group()), text)
    text = _HEADER.sub(lambda found: f"{found.group(1)}{found.group(2)}{HIDDEN}", text)
    text = _SCHEME.sub(lambda found: f"{found.group(1)} {HIDDEN}", text)
    return _DOCKER_TOKEN.sub(HIDDEN, text)
