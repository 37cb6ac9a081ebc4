"""`--json`: the report alone on stdout, everything for people on stderr."""

import json
from pathlib import Path

import pytest

from mirror import cli
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries


@pytest.mark.parametrize(("command", "action"), [("plan", "copied"), ("sync", "copied")])
def test_stdout_is_one_document(
    registries: Registries, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, action: str
) -> None:
    ImageBuilder(registries.hub, "library/app").small(["1"])
    file = tmp_path / "mirror.yaml"
    file.write_text("version: 1\npublic: false\ndefaults: {to: [private]}\nimages: ['app:1']\n")
    arguments = [command, "--json", "--config", str(file), "--private", registries.plain("mine")]
    code = cli.main(arguments, {"MIRROR_SOURCE": registries.hub_url})
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert code == 0
    assert document["dryRun"] is (command == "plan")
    assert [(image["reference"], image["action"]) for image in document["images"]] == [("app:1", action)]
    assert "app:1" in err
