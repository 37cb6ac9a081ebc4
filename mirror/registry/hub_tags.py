"""When tags were pushed to Docker Hub, from its web interface: the registry protocol does not tell.

``GET /v2/namespaces/<namespace>/repositories/<repository>/tags``: a hundred tags a page, the newest first. It is apart
from the registry and from its pull limits.
"""

import json
from collections.abc import Iterable
from typing import Any

from mirror.errors import UnavailableError
from mirror.transport.session import Ask, Session

HUB_WEB_URL = "https://hub.docker.com"

PAGE = 100
"""The largest page there is."""

MAX_PAGES = 50
"""Repositories with more than five thousand tags exist; the newest of them are on the first pages."""


class HubTags:
    """Push dates of one Docker Hub's tags."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def pushed(self, upstream: str, tags: Iterable[str]) -> dict[str, str]:
        """When each of these tags was last pushed, in RFC 3339, as far as the first pages tell."""
        wanted = set(tags)
        namespace, _, name = upstream.partition("/")
        path: str | None = f"/v2/namespaces/{namespace}/repositories/{name}/tags?page_size={PAGE}"
        found: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            if path is None or wanted <= found.keys():
                break
            document = self._page(path, upstream)
            for result in document.get("results") or ():
                if result.get("name") in wanted:
                    found[str(result["name"])] = str(result.get("tag_last_pushed") or result.get("last_updated") or "")
            path = document.get("next")
        return found

    def _page(self, path: str, upstream: str) -> dict[str, Any]:
        response = self._session.request(Ask("GET", path, f"push dates of {upstream}", "tags"))
        try:
            document = json.loads(response.body)
        except ValueError as err:
            raise UnavailableError(f"push dates of {upstream}: not JSON", status=response.status) from err
        if not isinstance(document, dict):
            raise UnavailableError(f"push dates of {upstream}: not an object", status=response.status)
        return document
