"""``hub.docker.com``: the web interface that tells what a tag is made of, and when it was pushed. Here on the
registry's own host.

Answers have the members that Docker Hub's have (docker/docs, *Docker Hub API*), those that nobody reads included. A
tag's `images` are its index's children with their sizes as pulled; attestations are among them, of the platform
``unknown/unknown``, without a word about what they attest.
"""

import json
import re
from typing import Any

from aiohttp import web

from mirror.oci.digest import Digest
from mirror.oci.manifest import Manifest
from mirror.oci.platform import Platform
from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.answers import Refusal
from sandbox.registries.faults import Faults
from sandbox.registries.service import Service
from sandbox.registries.store import Repository, Store

PATH = re.compile(r"/v2/namespaces/(?P<namespace>[^/]+)/repositories/(?P<name>[^/]+)/tags(?:/(?P<tag>[^/]+))?")

LIMIT = 180
"""Requests a minute for an address, as the headers have it; apart from the pull quota."""

LARGEST_PAGE = 100


class HubWeb(Service):
    """Tags of a repository, one or a page at a time, the newest first."""

    def __init__(self, store: Store, log: AccessLog, faults: Faults) -> None:
        super().__init__("web", log, faults)
        self.store = store

    def describe(self, request: web.Request) -> Entry:
        """See `Service`."""
        match = PATH.fullmatch(request.path)
        if match is None:
            return Entry(self.name, request.method, "unknown", reference=request.path)
        repository, tag = f"{match['namespace']}/{match['name']}", match["tag"] or ""
        return Entry(self.name, request.method, "tag" if tag else "tags", repository, tag)

    async def answer(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        """One tag, or one page of them."""
        repository = self.store.get(entry.repository)
        if repository is None:
            raise _absent("object not found")
        with self.store.lock:
            if entry.action == "tag":
                if entry.reference not in repository.tags:
                    raise _absent(f"httperror 404: tag '{entry.reference}' not found")
                document = _tag(repository, entry.reference)
            else:
                document = _page(repository, request)
        return web.json_response(document, headers={"X-RateLimit-Limit": str(LIMIT), "X-RateLimit-Remaining": "179"})


def _absent(message: str) -> Refusal:
    return Refusal(404, "", text=json.dumps({"message": message, "errinfo": {}}))


def _page(repository: Repository, request: web.Request) -> dict[str, Any]:
    size, page = min(int(request.query.get("page_size", "10")), LARGEST_PAGE), int(request.query.get("page", "1"))
    tags = sorted(((repository.pushed_tags[tag], tag) for tag in repository.tags), reverse=True)
    base = f"http://{request.host}{request.path}?page_size={size}&page="
    return {
        "count": len(tags),
        "next": f"{base}{page + 1}" if page * size < len(tags) else None,
        "previous": f"{base}{page - 1}" if page > 1 else None,
        "results": [_tag(repository, tag) for _, tag in tags[(page - 1) * size : page * size]],
    }


def _tag(repository: Repository, tag: str) -> dict[str, Any]:
    digest = repository.tags[tag]
    manifest = repository.manifests[digest].manifest
    pushed = repository.pushed_tags[tag].isoformat()
    images = _images(repository, manifest, pushed)
    return {
        "creator": 1,
        "id": 1,
        "images": images,
        "last_updated": pushed,
        "last_updater": 1,
        "last_updater_username": "sandbox",
        "name": tag,
        "repository": 1,
        "full_size": images[0]["size"] if images else 0,
        "v2": True,
        "tag_status": "active",
        "tag_last_pulled": None,
        "tag_last_pushed": pushed,
        "media_type": manifest.media_type,
        "content_type": "image",
        "digest": digest,
    }


def _images(repository: Repository, manifest: Manifest, pushed: str) -> list[dict[str, Any]]:
    if not manifest.is_index:
        return [_image(repository, manifest.digest, Platform("linux", "amd64"), pushed)]
    known = [(child.digest, child.platform) for child in manifest.children]
    return [_image(repository, digest, platform or Platform("", ""), pushed) for digest, platform in known]


def _image(repository: Repository, digest: Digest, platform: Platform, pushed: str) -> dict[str, Any]:
    stored = repository.manifests.get(digest)
    layers = stored.manifest.blobs[1:] if stored is not None else ()  # without the config
    return {
        "architecture": platform.architecture,
        "features": "",
        "variant": platform.variant or None,
        "digest": digest,
        "os": platform.os,
        "os_features": "",
        "os_version": platform.os_version or None,
        "size": sum(layer.size for layer in layers),
        "status": "active",
        "last_pulled": None,
        "last_pushed": pushed,
    }
