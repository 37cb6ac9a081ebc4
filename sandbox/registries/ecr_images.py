"""What the APIs `ecr` and `ecr-public` do with images."""

from typing import Any, Final

from mirror.errors import MirrorError
from mirror.oci.digest import Digest
from mirror.oci.manifest import parse_manifest
from sandbox.registries.ecr_pages import paged
from sandbox.registries.ecr_service import ACCOUNT, EcrService, ServiceError
from sandbox.registries.store import Repository, StoredManifest

_BATCH: Final = 100


def describe_images(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """DescribeImages: those that are named, all of which must exist, or all."""
    with service.store.lock:
        if len(parameters.get("imageIds", ())) > _BATCH:
            raise ServiceError("InvalidParameterException", f"imageIds: at most {_BATCH}")
        if parameters.get("imageIds"):
            found = [_find(repository, image) for image in parameters["imageIds"]]
        else:
            status = (parameters.get("filter") or {}).get("tagStatus", "ANY")
            found = [
                stored
                for stored in repository.manifests.values()
                if status == "ANY" or bool(repository.tags_of(stored.manifest.digest)) == (status == "TAGGED")
            ]
        page, token = paged(found, parameters)
        answer: dict[str, Any] = {"imageDetails": [_image_detail(repository, stored) for stored in page]}
    return {**answer, "nextToken": token} if token else answer


def describe_image_tags(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """DescribeImageTags, which only ECR Public has."""
    with service.store.lock:
        page, token = paged(sorted(repository.tags.items()), parameters)
        details = [
            {
                "imageTag": tag,
                "createdAt": repository.manifests[digest].pushed_at.timestamp(),
                "imageDetail": {"imageDigest": digest, "imageSizeInBytes": _size(repository.manifests[digest])},
            }
            for tag, digest in page
        ]
    return {"imageTagDetails": details, "nextToken": token} if token else {"imageTagDetails": details}


def list_images(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """ListImages: an entry for each tag, and one for each digest without."""
    with service.store.lock:
        found = [
            {"imageDigest": digest, **({"imageTag": tag} if tag else {})}
            for digest in repository.manifests
            for tag in repository.tags_of(digest) or [""]
        ]
    page, token = paged(found, parameters)
    return {"imageIds": page, "nextToken": token} if token else {"imageIds": page}


def batch_check(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """BatchCheckLayerAvailability: what this repository has, whatever others have."""
    digests = parameters.get("layerDigests", [])
    if not 1 <= len(digests) <= _BATCH:
        raise ServiceError("InvalidParameterException", "layerDigests: between 1 and 100")
    layers = []
    for digest in digests:
        content = service.store.blob(repository, digest)
        availability = "UNAVAILABLE" if content is None else "AVAILABLE"
        layers.append({"layerDigest": digest, "layerAvailability": availability, "layerSize": len(content or b"")})
    return {"layers": layers, "failures": []}


def batch_get(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """BatchGetImage, which only the private service has."""
    images, failures = [], []
    with service.store.lock:
        for image in parameters.get("imageIds", []):
            stored = repository.find(image.get("imageTag") or image.get("imageDigest", ""))
            if stored is None:
                failures.append({"imageId": image, "failureCode": "ImageNotFound", "failureReason": "not found"})
                continue
            images.append(
                {
                    "registryId": ACCOUNT,
                    "repositoryName": repository.name,
                    "imageId": {**image, "imageDigest": stored.manifest.digest},
                    "imageManifest": stored.manifest.raw.decode(),
                    "imageManifestMediaType": stored.manifest.media_type,
                }
            )
    return {"images": images, "failures": failures}


def batch_delete(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """BatchDeleteImage."""
    gone, failures = [], []
    for image in parameters.get("imageIds", []):
        digest = image.get("imageDigest")
        try:
            tag, found = service.delete_image(
                repository, tag=image.get("imageTag"), digest=Digest(digest) if digest else None
            )
        except ServiceError as err:
            failures.append({"imageId": image, "failureCode": err.code, "failureReason": err.message})
        else:
            gone.append({"imageDigest": found, **({"imageTag": tag} if tag else {})})
    return {"imageIds": gone, "failures": failures}


def put_image(service: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """PutImage: what the manifest names must be there, and the same image under the same tag is an error."""
    raw = str(parameters["imageManifest"]).encode()
    tag, expected = parameters.get("imageTag"), parameters.get("imageDigest")
    try:
        manifest = parse_manifest(raw, media_type=str(parameters.get("imageManifestMediaType", "")))
        needed = [blob.digest for blob in manifest.blobs], [child.digest for child in manifest.children]
    except MirrorError as err:
        raise ServiceError("InvalidParameterException", str(err)) from err
    if expected is not None and expected != manifest.digest:
        raise ServiceError("ImageDigestDoesNotMatchException", f"the manifest's digest is {manifest.digest}")
    if not service.may_put_image():
        raise ServiceError("ThrottlingException", "Rate exceeded")
    with service.store.lock:
        layers = [digest for digest in needed[0] if digest not in repository.blobs]
        children = [digest for digest in needed[1] if digest not in repository.manifests]
        if layers:
            raise ServiceError("LayersNotFoundException", f"Layers with digests '{layers}' do not exist")
        if children:
            raise ServiceError("ReferencedImagesNotFoundException", f"Images with digests '{children}' do not exist")
        if tag and tag in repository.tags and repository.is_immutable(tag):
            raise ServiceError("ImageTagAlreadyExistsException", f"the tag {tag} is immutable")
        if repository.tags.get(tag) == manifest.digest if tag else manifest.digest in repository.manifests:
            raise ServiceError("ImageAlreadyExistsException", f"Image with digest '{manifest.digest}' already exists")
        service.store.put_manifest(repository, manifest, tag)
    image_id = {"imageDigest": manifest.digest, **({"imageTag": tag} if tag else {})}
    return {"image": {"registryId": ACCOUNT, "repositoryName": repository.name, "imageId": image_id}}


def _find(repository: Repository, image: dict[str, str]) -> StoredManifest:
    stored = repository.find(image.get("imageTag") or image.get("imageDigest", ""))
    if stored is None:
        raise ServiceError(
            "ImageNotFoundException",
            f"The image with imageId {image} does not exist within the repository with name '{repository.name}'",
        )
    return stored


def _image_detail(repository: Repository, stored: StoredManifest) -> dict[str, Any]:
    tags = repository.tags_of(stored.manifest.digest)
    return {
        "registryId": ACCOUNT,
        "repositoryName": repository.name,
        "imageDigest": stored.manifest.digest,
        "imageSizeInBytes": _size(stored),
        "imagePushedAt": stored.pushed_at.timestamp(),
        "imageManifestMediaType": stored.manifest.media_type,
        **({"imageTags": tags} if tags else {}),
    }


def _size(stored: StoredManifest) -> int:
    return sum(blob.size for blob in stored.manifest.blobs) if not stored.manifest.is_index else 0
