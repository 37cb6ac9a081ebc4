import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from buildspecs import mirror
from mirror import cli, settings
from mirror.config.operation import MAX_SHARDS
from sandbox.codebuild.batchspec import parse_batch

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


BATCH = Path(mirror.__file__).with_name("golden") / "batch.yml"


def batch(shards: int) -> dict[str, dict[str, Any]]:
    """The tasks by identifier."""
    loaded = yaml.safe_load(mirror.render(report_group=GROUP, shards=shards))
    return {task["identifier"]: task for task in loaded["batch"]["build-graph"]}


def test_several_shards_are_a_batch() -> None:
    assert mirror.render(report_group=GROUP, shards=3) == BATCH.read_text()


def test_without_shards_nothing_is_said_of_batches() -> None:
    assert "batch" not in mirror.render()
    assert settings.STEP not in mirror.render()


@pytest.mark.parametrize("shards", [2, MAX_SHARDS])
def test_every_build_of_a_batch_is_a_command_line_that_the_engine_takes(shards: int) -> None:
    text = mirror.render(report_group=GROUP, shards=shards)
    (command,) = commands(yaml.safe_load(text), "build")
    found = []
    for task in batch(shards).values():
        step = task["env"]["variables"][settings.STEP]
        words = shlex.split(command.replace(f"${{{settings.STEP}:-sync}}", step))
        found.append(cli.build_parser().parse_args(words[3:]))
    assert [options.command for options in found] == ["divide", *["shard"] * shards, "combine"]
    assert [options.shard for options in found[1:-1]] == [(number, shards) for number in range(1, shards + 1)]
    assert {options.shards for options in (found[0], found[-1])} == {shards}
    assert len(text) * 2 < mirror.MAX_CHARACTERS


def test_a_build_that_a_person_starts_does_everything() -> None:
    (command,) = commands(yaml.safe_load(mirror.render(shards=2)), "build")
    step = subprocess.run(
        ["sh", "-c", command.replace("python3 -m mirror", "echo")], capture_output=True, text=True, check=True, env={}
    )
    assert step.stdout.split()[0] == "sync"


def test_the_graph_divides_fans_out_and_combines() -> None:
    tasks = batch(3)
    assert list(tasks) == ["divide", "shard1", "shard2", "shard3", "report"]
    assert all(name.isalnum() for name in tasks)
    assert "depend-on" not in tasks["divide"]
    for name in ("shard1", "shard2", "shard3"):
        assert tasks[name]["depend-on"] == ["divide"]
        assert tasks[name]["ignore-failure"] is True
    assert tasks["report"]["depend-on"] == ["shard1", "shard2", "shard3"]
    assert "ignore-failure" not in tasks["divide"].keys() | tasks["report"].keys()


def test_the_sandbox_can_run_it() -> None:
    assert len(parse_batch(mirror.render(shards=4)).tasks) == 6
