"""When tags were pushed to Docker Hub, and how large they are, from its web interface: the registry protocol does not
tell.

``GET /v2/namespaces/<namespace>/repositories/<repository>/tags``: a hundred tags a page, the newest first. It is apart
from the registry and from its pull limits.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mirror.errors import UnavailableError
from mirror.oci.platform import Platform
from mirror.transport.session import Ask, Session

HUB_WEB_URL = "https://hub.docker.com"

PAGE = 100
"""The largest page there is."""

MAX_PAGES = 50
"""Repositories with more than five thousand tags exist; the newest of them are on the first pages."""

MAX_PAGES_OF_SIZES = 3
"""Sizes are wanted for an estimate only, and of many repositories at once."""


class HubTags:
    """What one Docker Hub's web interface says of tags."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def pushed(self, upstream: str, tags: Iterable[str]) -> dict[str, str]:
        """When each of these tags was last pushed, in RFC 3339, as far as the first pages tell."""
        return {
            name: str(result.get("tag_last_pushed") or result.get("last_updated") or "")
            for name, result in self._find(upstream, set(tags), MAX_PAGES)
        }

    def sizes(self, upstream: str, tags: Iterable[str], platforms: Sequence[Platform] = ()) -> dict[str, int]:
        """Bytes of each of these tags' layers, of these platforms or of all, as far as the first pages tell."""
        return {
            name: size
            for name, result in self._find(upstream, set(tags), MAX_PAGES_OF_SIZES)
            if (size := _size(result, platforms)) is not None
        }

    def _find(self, upstream: str, wanted: set[str], pages: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
        namespace, _, name = upstream.partition("/")
        path: str | None = f"/v2/namespaces/{namespace}/repositories/{name}/tags?page_size={PAGE}"
        found: set[str] = set()
        for _ in range(pages):
            if path is None or wanted <= found:
                break
            document = self._page(path, upstream)
            for result in document.get("results") or ():
                if result.get("name") in wanted:
                    found.add(result["name"])
                    yield result["name"], result
            path = document.get("next")

    def _page(self, path: str, upstream: str) -> dict[str, Any]:
        response = self._session.request(Ask("GET", path, f"tags of {upstream}", "tags"))
        try:
            document = json.loads(response.body)
        except ValueError as err:
            raise UnavailableError(f"tags of {upstream}: not JSON", status=response.status) from err
        if not isinstance(document, dict):
            raise UnavailableError(f"tags of {upstream}: not an object", status=response.status)
        return document


def _size(result: Mapping[str, Any], platforms: Sequence[Platform]) -> int | None:
    images: list[Mapping[str, Any]] = [each for each in result.get("images") or () if isinstance(each.get("size"), int)]
    if not images:
        whole = result.get("full_size")
        return whole if isinstance(whole, int) else None
    return sum(int(each["size"]) for each in images if not platforms or _is_wanted(each, platforms))


def _is_wanted(image: Mapping[str, Any], platforms: Sequence[Platform]) -> bool:
    found = Platform.from_json({name: image.get(name) or "" for name in ("os", "architecture", "variant")})
    return any(found.satisfies(each) for each in platforms)
