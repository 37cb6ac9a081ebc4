import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from buildspecs import mirror
from mirror import cli, settings

GROUP = "arn:aws:codebuild:eu-central-1:123456789012:report-group/hub-mirror"
GOLDEN = Path(mirror.__file__).with_name("golden") / "mirror.yml"


@pytest.fixture
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(mirror.render(report_group=GROUP))
    return loaded


def commands(document: dict[str, Any], phase: str) -> list[str]:
    found: list[str] = document["phases"][phase]["commands"]
    return found


def test_the_text_is_the_golden_file() -> None:
    assert mirror.render(report_group=GROUP) == GOLDEN.read_text()


def test_it_is_far_below_what_codebuild_takes() -> None:
    assert len(mirror.render()) * 4 < mirror.MAX_CHARACTERS


def test_lines_fit_the_consoles_editor() -> None:
    assert [line for line in mirror.render().splitlines() if len(line) > 120 or line != line.rstrip()] == []


def test_phases_are_those_of_codebuild(document: dict[str, Any]) -> None:
    assert document["version"] == 0.2
    assert set(document) == {"version", "env", "phases", "reports"}
    assert list(document["phases"]) == ["pre_build", "build"]
    for phase in document["phases"]:
        assert all(isinstance(command, str) for command in commands(document, phase))


def test_the_build_is_a_command_line_that_the_engine_takes(document: dict[str, Any]) -> None:
    (command,) = commands(document, "build")
    assert f'"${settings.REPORT_DIR}"' in command
    words = shlex.split(command)
    assert words[:3] == ["python3", "-m", "mirror"]
    options = cli.build_parser().parse_args(words[3:])
    assert (options.command, options.config, options.report_dir) == ("sync", "mirror.json", f"${settings.REPORT_DIR}")


def test_reports_are_where_the_engine_writes_them(document: dict[str, Any]) -> None:
    assert document["reports"] == {
        GROUP: {"base-directory": "reports", "files": ["junit-*.xml"], "file-format": "JUNITXML"}
    }
    assert "reports" not in yaml.safe_load(mirror.render())


def test_only_the_engines_variables_are_named(document: dict[str, Any]) -> None:
    named = set(re.findall(r"\bMIRROR_[A-Z_]+\b", mirror.render()))
    assert named <= set(settings.ALL)
    assert {settings.IMAGES, settings.DRY_RUN} <= named
    # A variable set here would win over nothing, but show in the log of every build as if somebody had chosen it.
    assert set(document["env"]["variables"]) == {settings.REPORT_DIR}


def test_file_names_can_be_chosen() -> None:
    text = mirror.render(config="other.json", report_dir="elsewhere")
    assert "--config other.json " in text
    assert yaml.safe_load(text)["env"]["variables"] == {settings.REPORT_DIR: "elsewhere"}
