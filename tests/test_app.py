"""The app as the CDK CLI runs it: a process, with its context and output directory in variables."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run_app(
    outdir: Path, config: Path | None = None, *, name: str | None = None, region: str | None = None, timeout: int = 60
) -> subprocess.CompletedProcess[str]:
    """Runs it with none of this shell's AWS settings."""
    nowhere = str(outdir.parent / "no-aws-settings")
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    if config is not None:
        context["config"] = str(config)
    if name is not None:
        context["name"] = name
    environ = {
        "PATH": os.environ["PATH"],
        # The library unpacks itself below it once, which takes 20 s.
        "HOME": os.environ["HOME"],
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_OUTDIR": str(outdir),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    if region is not None:
        environ["CDK_DEFAULT_REGION"] = region
    node = ROOT / ".venv" / "bin" / "node"
    if "JSII_NODE" in os.environ or node.exists():
        environ["JSII_NODE"] = os.environ.get("JSII_NODE", str(node))
    return subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=timeout, check=False
    )


@pytest.mark.slow
def test_templates_are_made_without_credentials(tmp_path: Path) -> None:
    ran = run_app(tmp_path / "out")
    assert ran.returncode == 0, ran.stderr
    assert {path.name for path in (tmp_path / "out").glob("*.template.json")} == {
        "HubMirrorPublic.template.json",
        "HubMirrorPrivate.template.json",
        "HubMirror.template.json",
    }


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_thousand_images_take_less_than_half_a_minute(tmp_path: Path) -> None:
    config = tmp_path / "many.yaml"
    images = "".join(f"  - team/image-{number}:1\n" for number in range(1000))
    sections = "public: {prefix: hub, stacks: 4}\nprivate: {prefix: docker-hub, stacks: 4}\n"
    config.write_text(f"version: 1\n{sections}defaults: {{to: [public, private]}}\nimages:\n{images}")
    before = os.times()
    ran = run_app(tmp_path / "out", config, timeout=200)
    after = os.times()
    assert ran.returncode == 0, ran.stderr
    templates = list((tmp_path / "out").glob("*.template.json"))
    assert len(templates) == 9
    assert max(template.stat().st_size for template in templates) < 1_000_000
    # Of the processor: a machine that does other things too takes longer, and says nothing about this.
    taken = sum(getattr(after, part) - getattr(before, part) for part in ("children_user", "children_system"))
    assert 0 < taken < 30


@pytest.mark.slow
def test_a_bad_configuration_is_told_in_full_and_nothing_is_made(tmp_path: Path) -> None:
    config = tmp_path / "bad.yaml"
    config.write_text("version: 1\nimagse: []\nimages:\n  - maven\n  - {name: redis}\nschedule: {rate: 6 houres}\n")
    ran = run_app(tmp_path / "out", config)
    assert ran.returncode == 2
    lines = ran.stderr.splitlines()
    assert lines[0].startswith(f"{config}: ")
    for line in (2, 4, 5, 6):
        assert any(f"{config}:{line}:" in text for text in lines), ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_one_file_deploys_several_environments(tmp_path: Path) -> None:
    ran = run_app(tmp_path / "out", name="prod")
    assert ran.returncode == 0, ran.stderr
    assert {path.name.partition("-")[0] for path in (tmp_path / "out").glob("*.template.json")} == {"prod"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "told"),
    [({"name": "Prod"}, "not a name: 'Prod'"), ({"region": "mx-central-1"}, "there is no CodeBuild in mx-central-1")],
)
def test_what_cannot_be_deployed_is_told_and_nothing_is_made(asked: dict[str, str], told: str, tmp_path: Path) -> None:
    ran = run_app(tmp_path / "out", name=asked.get("name"), region=asked.get("region"))
    assert ran.returncode == 2
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_missing_file_is_told_likewise(tmp_path: Path) -> None:
    config = tmp_path / "none.yaml"
    ran = run_app(tmp_path / "out", config)
    assert ran.returncode == 2
    assert ran.stderr.splitlines() == [
        f"{config}: 1 problem",
        f"  {config}: the file cannot be read: No such file or directory",
    ]
