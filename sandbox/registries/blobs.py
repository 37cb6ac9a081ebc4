"""Reading blobs (distribution-spec, *Pulling blobs*; RFC 9110 §14, *Range Requests*)."""

import re

from aiohttp import web

from sandbox.registries.answers import Refusal

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def read(request: web.Request, content: bytes | None, digest: str) -> web.Response:
    """GET and HEAD, with one Range."""
    if content is None:
        raise Refusal(404, "BLOB_UNKNOWN", f"blob unknown: {digest}")
    headers = {
        "Docker-Content-Digest": digest,
        "Content-Type": "application/octet-stream",
        "Accept-Ranges": "bytes",
    }
    if request.method == "HEAD":
        return web.Response(headers={**headers, "Content-Length": str(len(content))})
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None:
        return web.Response(body=content, headers=headers)
    first = int(match[1])
    last = min(int(match[2]), len(content) - 1) if match[2] else len(content) - 1
    if first >= len(content) or last < first:
        raise Refusal(416, "SIZE_INVALID", "no such range", headers={"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return web.Response(status=206, body=content[first : last + 1], headers=headers)
