import shutil
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest

from mirror.config.model import ExplicitTag, ImageConfig, MirrorConfig, Schedule
from mirror.config.operation import Network
from stacks.mirror_asset import CA_FILE, CONFIG_FILE, MirrorAsset, engine_files, stage

ROOT = Path(__file__).resolve().parents[2]
CONFIG = MirrorConfig(images=(ImageConfig("maven", "library/maven", (ExplicitTag("3.9"),)),))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout of the engine alone."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "mirror", root / "mirror", ignore=shutil.ignore_patterns("__pycache__"))
    return root


def hash_of(root: Path, config: MirrorConfig = CONFIG) -> str:
    return MirrorAsset(cdk.Stack(cdk.App(), "S"), "Asset", config=config, root=root).asset_hash


def test_what_lies_around_does_not_change_the_hash(root: Path) -> None:
    before = hash_of(root)
    for stray in (
        "__pycache__/cli.cpython-311.pyc",
        "oci/__pycache__/digest.cpython-314.pyc",
        "notes.txt",
        ".env",
        "report/page/page.html.orig",
    ):
        path = root / "mirror" / stray
        path.parent.mkdir(exist_ok=True)
        path.write_text("stray")
    (root / "mirror.yaml").write_text("stray")
    assert hash_of(root) == before


def test_engine_and_images_change_the_hash_and_the_schedule_does_not(root: Path) -> None:
    before = hash_of(root)
    assert hash_of(root, MirrorConfig(images=CONFIG.images, schedules=(Schedule(rate="1 hour"),))) == before
    assert hash_of(root, MirrorConfig(images=())) != before
    with (root / "mirror" / "cli.py").open("a") as module:
        module.write("\n")
    assert hash_of(root) != before


def test_certificates_are_staged_and_change_the_hash(root: Path, tmp_path: Path) -> None:
    config = MirrorConfig(images=CONFIG.images, network=Network(ca_bundle="certificates"))
    stage(config, root=root, into=tmp_path / "staged")
    assert (tmp_path / "staged" / CA_FILE).read_text() == "certificates"
    assert hash_of(root, config) != hash_of(root)


def test_every_module_is_staged_and_nothing_else(tmp_path: Path) -> None:
    stage(CONFIG, root=ROOT, into=tmp_path)
    staged = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert staged == {str(path.relative_to(ROOT)) for path in engine_files(ROOT)} | {CONFIG_FILE}
    assert {"mirror/__main__.py", "mirror/report/page/page.js"} <= staged


@pytest.mark.slow
def test_the_staged_engine_reads_its_configuration_without_the_checkout(tmp_path: Path) -> None:
    stage(CONFIG, root=ROOT, into=tmp_path)
    # Isolated from PYTHONPATH and user packages; the module path is the staging directory's.
    program = (
        "import sys; sys.path.insert(0, '.'); sys.modules['yaml'] = None; "
        "from mirror.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", program, "config", "--config", CONFIG_FILE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == (tmp_path / CONFIG_FILE).read_text()
