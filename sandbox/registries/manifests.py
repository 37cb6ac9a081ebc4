"""Manifests (distribution-spec, *Pulling manifests*, *Pushing Manifests*, *Listing Referrers*)."""

import json
from typing import Any

from aiohttp import web

from mirror.errors import MirrorError, VerificationError
from mirror.oci import media_types
from mirror.oci.digest import Digest, parse_digest
from mirror.oci.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from mirror.oci.reference import TAG_PATTERN
from sandbox.registries.answers import Refusal, empty
from sandbox.registries.store import Repository, Store


def read(request: web.Request, repository: Repository, reference: str) -> web.Response:
    """GET and HEAD."""
    stored = repository.find(reference)
    if stored is None:
        raise Refusal(404, "MANIFEST_UNKNOWN", f"manifest unknown: {reference}")
    manifest = stored.manifest
    _check_accept(request, manifest)
    headers = {"Docker-Content-Digest": manifest.digest, "Content-Type": manifest.media_type}
    if request.method == "HEAD":
        return web.Response(headers={**headers, "Content-Length": str(manifest.size)})
    return web.Response(body=manifest.raw, headers=headers)


def _check_accept(request: web.Request, manifest: Manifest) -> None:
    """An image index is not given to those who do not say that they take one, as registries do."""
    accepted = ",".join(request.headers.getall("Accept", []))
    if accepted and "*/*" not in accepted and manifest.media_type not in accepted:
        raise Refusal(404, "MANIFEST_UNKNOWN", f"{manifest.media_type} is not among the accepted types")


async def write(request: web.Request, store: Store, repository: Repository, reference: str, base: str) -> web.Response:
    """PUT: everything that the manifest names must be there."""
    raw = await request.read()
    if len(raw) > MAX_MANIFEST_BYTES:
        raise Refusal(413, "MANIFEST_INVALID", f"larger than {MAX_MANIFEST_BYTES} bytes")
    content_type = request.headers.get("Content-Type", "")
    is_digest = ":" in reference
    try:
        manifest = parse_manifest(raw, media_type=content_type, expected=parse_digest(reference) if is_digest else None)
        _ = manifest.blobs, manifest.children, manifest.subject
    except (ValueError, VerificationError) as err:
        raise Refusal(400, "DIGEST_INVALID", str(err)) from err
    except MirrorError as err:
        raise Refusal(400, "MANIFEST_INVALID", str(err)) from err
    own = manifest.document.get("mediaType")
    if own is not None and own != content_type:
        raise Refusal(400, "MANIFEST_INVALID", f"Content-Type {content_type} is not the document's {own}")
    if not is_digest and TAG_PATTERN.fullmatch(reference) is None:
        raise Refusal(400, "TAG_INVALID", "not a tag")
    with store.lock:
        _check_content(repository, manifest)
        if not is_digest and reference in repository.tags and repository.is_immutable(reference):
            raise Refusal(
                400,
                "TAG_INVALID",
                f"The image tag '{reference}' already exists in the '{repository.name}' repository and cannot be "
                "overwritten because the tag is immutable.",
            )
        store.put_manifest(repository, manifest, None if is_digest else reference)
    headers = {"Location": f"{base}/manifests/{manifest.digest}", "Docker_Content_Digest": manifest.digest}
    if manifest.subject is not None:
        headers["OCI_Subject"] = manifest.subject.digest
    return empty(201, **headers)


def _check_content(repository: Repository, manifest: Manifest) -> None:
    foreign = media_types.FOREIGN_LAYERS
    blobs = [blob for blob in manifest.blobs if not (blob.urls and blob.media_type in foreign)]
    missing = [blob.digest for blob in blobs if blob.digest not in repository.blobs]
    missing += [child.digest for child in manifest.children if child.digest not in repository.manifests]
    if missing:
        raise Refusal(400, "MANIFEST_BLOB_UNKNOWN", f"not in this repository: {', '.join(missing)}")


def delete(store: Store, repository: Repository, reference: str) -> web.Response:
    """DELETE: a tag alone, or a manifest with all its tags."""
    with store.lock:
        if repository.find(reference) is None:
            raise Refusal(404, "MANIFEST_UNKNOWN", f"manifest unknown: {reference}")
        if ":" in reference:
            for tag in repository.tags_of(Digest(reference)):
                del repository.tags[tag]
            del repository.manifests[Digest(reference)]
        else:
            del repository.tags[reference]
    return empty(202)


def tags(request: web.Request, repository: Repository, largest_page: int) -> web.Response:
    """GET tags/list: in order, from after `last`, with a Link where there are more."""
    asked = request.query.get("n", "")
    size = min(int(asked), largest_page) if asked.isdigit() else largest_page
    names = [tag for tag in sorted(repository.tags) if tag > request.query.get("last", "")]
    page = names[:size]
    headers = {}
    if len(names) > len(page) and page:
        headers["Link"] = f'<{request.path}?n={size}&last={page[-1]}>; rel="next"'
    return web.json_response({"name": repository.name, "tags": page}, headers=headers)


def referrers(request: web.Request, repository: Repository, digest: str) -> web.Response:
    """GET referrers: an index of what is attached, empty rather than 404."""
    wanted = request.query.get("artifactType")
    entries: list[dict[str, Any]] = []
    for manifest in repository.referrers_of(Digest(digest)):
        kind = manifest.document.get("artifactType") or manifest.document.get("config", {}).get("mediaType", "")
        if wanted is None or kind == wanted:
            descriptor = manifest.descriptor
            entry = {"mediaType": descriptor.media_type, "digest": descriptor.digest, "size": descriptor.size}
            entries.append({**entry, "artifactType": kind, "annotations": dict(manifest.annotations)})
    headers = {"OCI-Filters-Applied": "artifactType"} if wanted else {}
    body = json.dumps({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries}).encode()
    return web.Response(body=body, headers={"Content-Type": media_types.OCI_INDEX, **headers})
