"""Puts what a store holds into a registry, as plainly as that can be done: no program under measurement is involved."""

import http.client
from urllib.parse import quote, urlsplit

from mirror.oci.digest import Digest
from sandbox.registries.store import Repository, Store


class PushError(Exception):
    """The registry did not take something."""


def push(store: Store, port: int) -> None:
    """Everything, blobs before the manifests that name them, children before their index."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        for repository in list(store.repositories.values()):
            _push(store, repository, connection)
    finally:
        connection.close()


def _push(store: Store, repository: Repository, connection: http.client.HTTPConnection) -> None:
    for digest in sorted(repository.blobs):
        location = _ask(connection, "POST", f"/v2/{repository.name}/blobs/uploads/", expected=202)
        parts = urlsplit(location)
        path = f"{parts.path}?{parts.query}&digest={quote(digest)}"
        _ask(connection, "PUT", path, store.blobs[digest], "application/octet-stream")
    for digest in _children_first(repository):
        put_manifest(connection, repository, digest)


def put_manifest(connection: http.client.HTTPConnection, repository: Repository, digest: Digest) -> None:
    """One manifest, by its digest and under all of its tags."""
    manifest = repository.manifests[digest].manifest
    for reference in (digest, *repository.tags_of(digest)):
        path = f"/v2/{repository.name}/manifests/{reference}"
        _ask(connection, "PUT", path, manifest.raw, manifest.media_type)


def _children_first(repository: Repository) -> list[Digest]:
    found: dict[Digest, None] = {}

    def visit(digest: Digest) -> None:
        for child in repository.manifests[digest].manifest.children:
            visit(child.digest)
        found.setdefault(digest)

    for digest in repository.manifests:
        visit(digest)
    return list(found)


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes = b"",
    media_type: str = "",
    *,
    expected: int = 201,
) -> str:
    """The Location of the answer."""
    connection.request(method, path, body, {"Content-Type": media_type} if media_type else {})
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != expected:
        raise PushError(f"{method} {path}: HTTP {answer.status} {said[:500].decode(errors='replace')}")
    return answer.headers.get("Location", "")
