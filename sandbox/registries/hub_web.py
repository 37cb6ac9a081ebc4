"""``hub.docker.com``: the web interface that tells when tags were pushed, and how large they are. Here on the
registry's own host.
"""

import re
from typing import Any

from aiohttp import web

from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.answers import Refusal
from sandbox.registries.faults import Faults
from sandbox.registries.service import Service
from sandbox.registries.store import Repository, Store

PATH = re.compile(r"/v2/namespaces/(?P<namespace>[^/]+)/repositories/(?P<name>[^/]+)/tags")


class HubWeb(Service):
    """Tags of a repository, a page at a time, the newest first."""

    def __init__(self, store: Store, log: AccessLog, faults: Faults) -> None:
        super().__init__("web", log, faults)
        self.store = store

    def describe(self, request: web.Request) -> Entry:
        """See `Service`."""
        match = PATH.fullmatch(request.path)
        repository = f"{match['namespace']}/{match['name']}" if match else ""
        return Entry(self.name, request.method, "tags", repository)

    async def answer(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        """One page."""
        repository = self.store.get(entry.repository)
        if repository is None:
            raise Refusal(404, "", text='{"message": "object not found"}')
        size, page = min(int(request.query.get("page_size", "10")), 100), int(request.query.get("page", "1"))
        with self.store.lock:
            tags = sorted(((repository.pushed_tags[tag], tag) for tag in repository.tags), reverse=True)
        chosen = tags[(page - 1) * size : page * size]
        following = f"http://{request.host}{request.path}?page_size={size}&page={page + 1}"
        return web.json_response(
            {
                "count": len(tags),
                "next": following if page * size < len(tags) else None,
                "results": [
                    {"name": tag, "tag_last_pushed": moment.isoformat(), **_sizes(repository, tag)}
                    for moment, tag in chosen
                ],
            }
        )


def _sizes(repository: Repository, tag: str) -> dict[str, Any]:
    """One entry a platform; attestations are entries of an unknown one."""
    stored = repository.find(tag)
    if stored is None:
        return {"full_size": 0, "images": []}
    children = [(each.platform, repository.find(each.digest)) for each in stored.manifest.children]
    images = [
        {
            "architecture": platform.architecture if platform else "",
            "os": platform.os if platform else "",
            "variant": (platform.variant if platform else "") or None,
            "size": sum(blob.size for blob in child.manifest.blobs),
        }
        for platform, child in children
        if child is not None
    ] or [
        {
            "architecture": "amd64",
            "os": "linux",
            "variant": None,
            "size": sum(blob.size for blob in stored.manifest.blobs),
        }
    ]
    return {"full_size": images[0]["size"], "images": images}
