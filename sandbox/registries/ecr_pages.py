"""Lists a page at a time, as the APIs give them."""

from typing import Any, Final

from sandbox.registries.ecr_service import ServiceError

_PAGE: Final = 100
_LARGEST_PAGE: Final = 1000


def paged(items: list[Any], parameters: dict[str, Any]) -> tuple[list[Any], str | None]:
    """The page that `maxResults` and `nextToken` ask for, and the next token if there is more."""
    size = int(parameters.get("maxResults") or _PAGE)
    token = str(parameters.get("nextToken") or "0")
    if not 1 <= size <= _LARGEST_PAGE:
        raise ServiceError("InvalidParameterException", f"maxResults: between 1 and {_LARGEST_PAGE}")
    if not token.isdigit():
        raise ServiceError("InvalidParameterException", "nextToken: not a token of this service")
    start, end = int(token), int(token) + size
    return items[start:end], str(end) if end < len(items) else None
