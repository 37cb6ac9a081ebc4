"""Every call that a run makes of a destination, tried so that it changes nothing.

Each is made with content that does not exist. Whoever may do it is told so; whoever may not is refused before.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mirror.doctor.finding import Finding, failed, ok
from mirror.errors import DeniedError, MirrorError, RegistryError, TransportError, UnavailableError, VerificationError
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from mirror.oci.manifest import Manifest, parse_manifest
from mirror.registry.ecr import EcrRepository
from mirror.registry.remote import RemoteRepository

_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_NOTHING = b"hub-mirror doctor: content that does not exist"
_BLOB = Descriptor(media_types.OCI_CONFIG, digest_of(_NOTHING), 1)


_ACTION = re.compile(r"not authorized to perform: ([a-z-]+:\w+)")
# As AWS says it; one request to a registry may need several actions.


@dataclass(frozen=True, slots=True)
class Try:
    """One call."""

    calls: str
    """By their names in IAM policies; for other registries what is done."""
    make: Callable[[], object]


def permissions(destination: str, repository: RemoteRepository, *, public: bool) -> list[Finding]:
    """One finding for each call that is not allowed or gets no answer; one for all where all are well."""
    tries = _ecr(repository, public=public) if isinstance(repository, EcrRepository) else _plain(repository)
    # Several calls may fail for want of the same permission, the login's above all.
    findings = {
        finding.what: finding for each in tries if (finding := _tried(destination, repository, each)) is not None
    }
    return list(findings.values()) or [
        ok(f"permissions in {destination}", f"{len(tries)} calls tried on {repository.name}, all allowed")
    ]


def _tried(destination: str, repository: RemoteRepository, each: Try) -> Finding | None:
    what = f"{each.calls} in {destination}"
    try:
        each.make()
    except DeniedError as err:
        named = _ACTION.search(str(err))
        call = named[1] if named else each.calls
        what = f"{call} in {destination}"
        resource = "*" if call.endswith("Token") else repository.name
        fix = (
            f"Allow {call} on {resource}. The build's role has it for declared repositories: deploy the "
            "stacks. Your own identity needs it by a policy of yours."
        )
        return failed(what, err, denied=fix)
    except (TransportError, UnavailableError) as err:
        return failed(what, err)
    except (RegistryError, VerificationError):
        return None  # what does not exist was not found, or not taken: it was allowed to ask
    except MirrorError as err:
        return failed(what, err)
    return None


def _ecr(repository: RemoteRepository, *, public: bool) -> Sequence[Try]:
    prefix = "ecr-public" if public else "ecr"
    upload = f"{prefix}:InitiateLayerUpload, {prefix}:UploadLayerPart and {prefix}:CompleteLayerUpload"
    tries = [
        Try(f"{prefix}:DescribeImages", lambda: repository.has_manifest(_BLOB.digest)),
        Try(f"{prefix}:BatchCheckLayerAvailability", lambda: repository.missing_blobs([_BLOB])),
        Try(upload, lambda: _upload(repository)),
        Try(f"{prefix}:PutImage", lambda: repository.push_manifest(_manifest())),
    ]
    if public:
        return [*tries, Try(f"{prefix}:DescribeImageTags", lambda: repository.digests_of(["latest"]))]
    return [
        *tries,
        Try(f"{prefix}:BatchGetImage", lambda: repository.fetch_manifest(_BLOB.digest)),
        Try(f"{prefix}:GetDownloadUrlForLayer", lambda: _read(repository)),
    ]


def _plain(repository: RemoteRepository) -> Sequence[Try]:
    """No manifest is pushed: some registries take one whose layers they do not have."""
    return [
        Try("pull", lambda: repository.has_manifest(_BLOB.digest)),
        Try("push", lambda: _upload(repository)),
    ]


def _upload(repository: RemoteRepository) -> None:
    """A byte that is not what its digest says: refused at the end, so nothing is stored."""
    upload = repository.open_upload(_BLOB)
    try:
        upload.write(b"\n")
        upload.commit()
    finally:
        upload.abort()


def _read(repository: RemoteRepository) -> None:
    with repository.open_blob(_BLOB) as pieces:
        for _ in pieces:
            pass


def _manifest() -> Manifest:
    """An image whose config and layer do not exist, so no registry of Amazon's stores it."""
    entry = {"mediaType": media_types.OCI_CONFIG, "digest": _BLOB.digest, "size": _BLOB.size}
    layer = {**entry, "mediaType": _LAYER}
    document = {"schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST, "config": entry, "layers": [layer]}
    return parse_manifest(json.dumps(document).encode())
