"""What the build runs, packed: the engine and its configuration."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from mirror.config import canonical
from mirror.config.model import MirrorConfig

CONFIG_FILE = "mirror.json"
CA_FILE = "ca.pem"

_ROOT = Path(__file__).resolve().parent.parent
_ENGINE = "mirror"
_PAGE = ("*.html", "*.css", "*.js")


class MirrorAsset(s3_assets.Asset):
    """A zip of the engine's modules and the canonical configuration, and of nothing else that lies around.

    Its hash is the content's alone, so deploying the same again starts nothing.
    """

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, root: Path = _ROOT) -> None:  # noqa: A002 - the name that every construct gives it
        # The library copies the directory into the cloud assembly before the constructor returns.
        with tempfile.TemporaryDirectory(prefix="hub-mirror-") as directory:
            stage(config, root=root, into=Path(directory))
            super().__init__(scope, id, path=directory, display_name="hub-mirror engine and configuration")


def stage(config: MirrorConfig, *, root: Path, into: Path) -> None:
    """Write what the asset holds below `into`: a list of what belongs there, never of what does not."""
    for module in engine_files(root):
        target = into / module.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(module, target)
    (into / CONFIG_FILE).write_bytes(canonical.dumps(config).encode())
    if config.network.ca_bundle:
        (into / CA_FILE).write_text(config.network.ca_bundle, encoding="ascii")


def engine_files(root: Path) -> Iterator[Path]:
    """The engine's source files, in a fixed order: modules, and what the status page is made of."""
    engine = root / _ENGINE
    found = [*engine.rglob("*.py"), *(path for kind in _PAGE for path in (engine / "report" / "page").glob(kind))]
    yield from sorted(path for path in found if path.is_file())
