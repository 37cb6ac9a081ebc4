"""The endpoints of the distribution specification (*Endpoints*), one function each."""

from urllib.parse import urlencode, urlsplit, urlunsplit


def manifest(repository: str, reference: str) -> str:
    """end-2, end-3, end-7: ``/v2/<name>/manifests/<reference>``."""
    return f"/v2/{repository}/manifests/{reference}"


def blob(repository: str, digest: str) -> str:
    """end-2: ``/v2/<name>/blobs/<digest>``."""
    return f"/v2/{repository}/blobs/{digest}"


def uploads(repository: str) -> str:
    """end-4a: ``/v2/<name>/blobs/uploads/``."""
    return f"/v2/{repository}/blobs/uploads/"


def mount(repository: str, digest: str, from_repository: str) -> str:
    """end-11: an upload that asks for a blob of another repository."""
    return f"{uploads(repository)}?{urlencode({'mount': digest, 'from': from_repository}, safe='/:')}"


def complete(location: str, digest: str) -> str:
    """end-6: the session's URL with the digest added; a session's URL may have a query of its own."""
    parts = urlsplit(location)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{query}digest={digest}"))


def tags(repository: str, page_size: int) -> str:
    """end-8b: ``/v2/<name>/tags/list?n=<integer>``; later pages come as `Link`."""
    return f"/v2/{repository}/tags/list?n={page_size}"


def referrers(repository: str, digest: str) -> str:
    """end-12a: ``/v2/<name>/referrers/<digest>``."""
    return f"/v2/{repository}/referrers/{digest}"


def next_page(link: str | None) -> str | None:
    """The target of a `Link` header with ``rel="next"`` (RFC 8288), `None` where there is no further page."""
    for part in (link or "").split(","):
        target, _, parameters = part.partition(">")
        if "<" in target and 'rel="next"' in parameters.replace("rel=next", 'rel="next"'):
            return target.partition("<")[2].strip()
    return None
