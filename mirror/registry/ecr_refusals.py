"""What ECR does not take, in words that a person can work with: its own answers name a constraint, not a reason."""

from mirror.errors import RefusedError
from mirror.oci import media_types
from mirror.oci.manifest import Manifest
from mirror.registry.protocols import Piece, Upload

_IMAGE_CONFIGS = frozenset({media_types.OCI_CONFIG, media_types.DOCKER_CONFIG})

EMPTY_BLOB = "ECR takes no empty blobs, so this image cannot be kept there as it is."
NO_LAYERS = "ECR takes no image without layers."
ARTEFACT = "ECR does not take this kind of artefact; take it out of mirror.yaml, or mirror it to another registry."
HANGS_UP = (
    "ECR hangs up like this, without an answer, where the repository does not exist any more or the role may not push "
    "to it (InitiateLayerUpload): deploy the stacks, or try `mirror doctor`. Otherwise look at the network."
)
NESTED = "ECR may not take an index inside an index; mirror the inner one by its own tag, if it has one."


class EmptyUpload:
    """An upload of no bytes, whose refusal is explained."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload

    def write(self, piece: Piece) -> None:
        """See `Upload`."""
        self._upload.write(piece)

    def commit(self) -> None:
        """See `Upload`."""
        try:
            self._upload.commit()
        except RefusedError as err:
            raise RefusedError(str(err), status=err.status, details=err.details, advice=EMPTY_BLOB) from err

    def abort(self) -> None:
        """See `Upload`."""
        self._upload.abort()


def explained(err: RefusedError, manifest: Manifest) -> RefusedError:
    """The refusal of this manifest with what it is likely about; as it was where nothing is known."""
    advice = _reason(manifest)
    if advice is None or err.codes & {"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"}:
        return err
    return RefusedError(str(err), status=err.status, details=err.details, advice=advice)


def _reason(manifest: Manifest) -> str | None:
    if manifest.is_index:
        nested = any(child.media_type in media_types.INDEXES for child in manifest.children)
        return NESTED if nested else None
    config = manifest.document.get("config")
    kind = config.get("mediaType") if isinstance(config, dict) else None
    if kind not in _IMAGE_CONFIGS or "artifactType" in manifest.document:
        return ARTEFACT
    return None if manifest.document.get("layers") else NO_LAYERS
