"""What Docker Hub's web interface tells of tags and the registry protocol does not, or only for a pull.

``GET /v2/namespaces/<namespace>/repositories/<repository>/tags``: a hundred tags a page, the newest first, and
``…/tags/<tag>``: one. When each was pushed, and which images its index names. It is apart from the registry, from its
pull limits and from its digests: nothing that it says is proved by a hash.
"""

import json
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mirror.errors import MirrorError, UnavailableError
from mirror.oci.digest import Digest, parse_digest
from mirror.oci.platform import Platform
from mirror.transport.session import Ask, Session

HUB_WEB_URL = "https://hub.docker.com"

PAGE = 100
"""The largest page there is."""

MAX_PAGES = 50
"""Repositories with more than five thousand tags exist; the newest of them are on the first pages."""

MAX_PAGES_OF_SIZES = 3
"""Sizes are wanted for an estimate only, and of many repositories at once."""

MAX_QUESTIONS = 100
"""About what tags are made of, in one run. The interface has a limit of its own, of some hundred requests a minute."""

_SINGLES = 2
# So many tags of a repository are asked for one by one; for more the first page is read, which mostly has them all.

_NOT_FOUND = frozenset({404})


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One child of an index."""

    digest: Digest
    platform: Platform
    """``unknown/unknown`` for attestations."""
    size: int
    """Bytes of its layers."""


@dataclass(frozen=True, slots=True)
class ListedTag:
    """A tag, as the web interface knows it, which may be a moment behind the registry."""

    digest: str
    images: tuple[ListedImage, ...]


class HubTags:
    """One Docker Hub's tags. Safe for threads.

    `quick` is for questions that a run can do without; it should neither wait nor retry. `note` is told, once, when it
    got no answer.
    """

    def __init__(self, session: Session, quick: Session, note: Callable[[str], None]) -> None:
        self._session = session
        self._quick = quick
        self._note = note
        self._lock = threading.Lock()
        self._questions = MAX_QUESTIONS

    def pushed(self, upstream: str, tags: Iterable[str], *, newest: int | None = None) -> dict[str, str]:
        """When these tags were last pushed, in RFC 3339, as far as the first pages tell.

        With `newest` no more pages are read than it takes to find so many of them: pages begin with the newest.
        """
        wanted = set(tags)
        enough = len(wanted) if newest is None else min(newest, len(wanted))
        return {
            name: str(result.get("tag_last_pushed") or result.get("last_updated") or "")
            for name, result in self._find(upstream, wanted, MAX_PAGES, enough)
        }

    def sizes(self, upstream: str, tags: Iterable[str], platforms: Sequence[Platform] = ()) -> dict[str, int]:
        """Bytes of each of these tags' layers, of these platforms or of all, as far as the first pages tell."""
        wanted = set(tags)
        return {
            name: size
            for name, result in self._find(upstream, wanted, MAX_PAGES_OF_SIZES, len(wanted))
            if (size := _size(result, platforms)) is not None
        }

    def _find(
        self, upstream: str, wanted: set[str], pages: int, enough: int
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        path: str | None = f"{_path(upstream)}?page_size={PAGE}"
        found: set[str] = set()
        for _ in range(pages):
            if path is None or len(found) >= enough:
                break
            document = _get(self._session, path, f"tags of {upstream}")
            for result in document.get("results") or ():
                if result.get("name") in wanted:
                    found.add(result["name"])
                    yield result["name"], result
            path = document.get("next")

    def listed(self, upstream: str, tags: Collection[str]) -> dict[str, ListedTag]:
        """What each of these tags is made of. What it does not tell is left out: nothing is raised."""
        found: dict[str, ListedTag] = {}
        if len(tags) > _SINGLES:
            for result in self._ask(f"{_path(upstream)}?page_size={PAGE}", upstream).get("results") or ():
                _add(found, result)
        for tag in tags:
            if tag not in found:
                _add(found, self._ask(f"{_path(upstream)}/{tag}", upstream))
        return {tag: found[tag] for tag in tags if tag in found}

    def _ask(self, path: str, upstream: str) -> Mapping[str, Any]:
        with self._lock:
            if self._questions <= 0:
                return {}
            self._questions -= 1
        try:
            return _get(self._quick, path, f"tags of {upstream}", accept=_NOT_FOUND)
        except MirrorError as err:
            with self._lock:
                told, self._questions = self._questions < 0, -1
            if not told:
                self._note(f"Docker Hub's web interface is not asked any more, so pulls are estimated: {err}")
            return {}


def _path(upstream: str) -> str:
    namespace, _, name = upstream.partition("/")
    return f"/v2/namespaces/{namespace}/repositories/{name}/tags"


def _get(session: Session, path: str, what: str, *, accept: frozenset[int] = frozenset()) -> dict[str, Any]:
    response = session.request(Ask("GET", path, what, "tags", accept=accept))
    try:
        document = json.loads(response.body)
    except ValueError as err:
        raise UnavailableError(f"{what}: not JSON", status=response.status) from err
    if not isinstance(document, dict):
        raise UnavailableError(f"{what}: not an object", status=response.status)
    return document


def _add(found: dict[str, ListedTag], result: Any) -> None:
    """A tag that is described in full; there are some of which Docker Hub shows no digest, or no images."""
    try:
        images = tuple(_image(image) for image in result["images"])
        if images:
            found[str(result["name"])] = ListedTag(str(result["digest"]), images)
    except (KeyError, TypeError, ValueError, AttributeError):
        return


def _image(image: Mapping[str, Any]) -> ListedImage:
    platform = Platform(str(image["os"] or ""), str(image["architecture"] or ""), str(image.get("variant") or ""))
    return ListedImage(parse_digest(image["digest"]), platform, int(image.get("size") or 0))


def _size(result: Mapping[str, Any], platforms: Sequence[Platform]) -> int | None:
    images: list[Mapping[str, Any]] = [each for each in result.get("images") or () if isinstance(each.get("size"), int)]
    if not images:
        whole = result.get("full_size")
        return whole if isinstance(whole, int) else None
    return sum(int(each["size"]) for each in images if not platforms or _is_wanted(each, platforms))


def _is_wanted(image: Mapping[str, Any], platforms: Sequence[Platform]) -> bool:
    found = Platform.from_json({name: image.get(name) or "" for name in ("os", "architecture", "variant")})
    return any(found.satisfies(each) for each in platforms)
