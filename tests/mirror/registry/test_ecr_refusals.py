import json
from typing import Any

import pytest

from mirror.errors import RefusedError, TransportError
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from mirror.oci.manifest import Manifest, parse_manifest
from mirror.oci.platform import Platform
from mirror.registry.ecr import EcrRegistry
from mirror.registry.ecr_refusals import ARTEFACT, EMPTY_BLOB, HANGS_UP, NESTED, NO_LAYERS, explained
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries

REFUSED = RefusedError("no", status=405)


def manifest(**members: Any) -> Manifest:
    config = {"mediaType": media_types.OCI_CONFIG, "digest": "sha256:" + "0" * 64, "size": 2}
    document = {"schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST, "config": config, "layers": [], **members}
    return parse_manifest(json.dumps(document).encode())


def test_an_empty_blob(registries: Registries, private: EcrRegistry) -> None:
    registries.private["eu-central-1"].create_repository("app")
    upload = private.repository("app").open_upload(Descriptor("x", digest_of(b""), 0))
    upload.write(b"")
    with pytest.raises(RefusedError, match="does not have any parts") as caught:
        upload.commit()
    assert caught.value.advice == EMPTY_BLOB
    private.repository("app").open_upload(Descriptor("x", digest_of(b""), 0)).abort()


def test_what_the_sandboxs_ecr_refuses_is_explained(registries: Registries, private: EcrRegistry) -> None:
    service = registries.private["eu-central-1"]
    service.create_repository("app")
    builder = ImageBuilder(service.store, "app")
    bare = builder.image(Platform("linux", "amd64"), [], name="bare")
    with pytest.raises(RefusedError) as caught:
        private.repository("app").push_manifest(bare)
    assert caught.value.advice == NO_LAYERS


@pytest.mark.parametrize(
    ("refused", "advice"),
    [
        (manifest(), NO_LAYERS),
        (manifest(artifactType="x/y"), ARTEFACT),
        (manifest(config={"mediaType": "x/y", "digest": "sha256:" + "0" * 64, "size": 2}), ARTEFACT),
        (
            manifest(
                mediaType=media_types.OCI_INDEX,
                manifests=[{"mediaType": media_types.OCI_INDEX, "digest": "sha256:" + "0" * 64, "size": 2}],
            ),
            NESTED,
        ),
        (manifest(mediaType=media_types.OCI_INDEX, manifests=[]), None),
    ],
)
def test_a_refusal_is_explained_by_what_was_refused(refused: Manifest, advice: str | None) -> None:
    assert explained(REFUSED, refused).advice == advice


def test_a_connection_that_ends_without_an_answer(registries: Registries, private: EcrRegistry) -> None:
    """As ECR does where the repository went away after the survey."""
    registries.private["eu-central-1"].create_repository("app")
    registries.faults.add(Fault(registry="private", method="POST", action="upload", drop=True, times=6))
    with pytest.raises(TransportError, match="POST http") as caught:
        private.repository("app").open_upload(Descriptor("x", digest_of(b"x"), 1))
    assert caught.value.advice == HANGS_UP
