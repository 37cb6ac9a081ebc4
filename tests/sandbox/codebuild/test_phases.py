import os
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.codebuild.buildspec import parse
from sandbox.codebuild.container import Container
from sandbox.codebuild.phases import Phases
from sandbox.codebuild.record import TIMED_OUT, PhaseFailure, Record
from tests.sandbox.codebuild.support import statuses


def run(tmp_path: Path, phases: str, *, seconds: float = 60) -> tuple[str, dict[str, Any], list[str]]:
    """The status, the record, and what the commands wrote, of a buildspec's phases."""
    lines: list[str] = []
    record = Record({"id": "p:1", "projectName": "p", "artifacts": {"type": "NO_ARTIFACTS"}})
    with Container(
        tmp_path, interpreter="sh", environment={"PATH": os.defpath}, cwd=tmp_path, output=lines.append
    ) as container:
        status = Phases(
            container,
            record,
            parse(f"version: 0.2\nphases:\n{phases}"),
            deadline=time.monotonic() + seconds,
            verdict=lambda: PhaseFailure("BUILD_TIMED_OUT", "Build has timed out. ", TIMED_OUT),
        ).run()
    return status, record.describe(), [line[4:] for line in lines if line.startswith("out:")]


@pytest.mark.parametrize(
    ("phases", "status", "output", "ran"),
    [
        pytest.param(
            "  install: {commands: ['echo out:i']}\n  build: {commands: ['echo out:b'], finally: ['echo out:f']}",
            "SUCCEEDED",
            ["i", "b", "f"],
            {"INSTALL": "SUCCEEDED", "PRE_BUILD": "SUCCEEDED", "BUILD": "SUCCEEDED", "POST_BUILD": "SUCCEEDED"},
            id="all pass",
        ),
        pytest.param(
            "  build: {commands: ['echo out:1', 'exit 3', 'echo out:2'], finally: ['echo out:f']}\n"
            "  post_build: {commands: ['echo out:$CODEBUILD_BUILD_SUCCEEDING']}",
            "FAILED",
            ["1", "f", "0"],
            {"INSTALL": "SUCCEEDED", "PRE_BUILD": "SUCCEEDED", "BUILD": "FAILED", "POST_BUILD": "SUCCEEDED"},
            id="post_build follows a failed build",
        ),
        pytest.param(
            "  pre_build: {commands: ['false'], finally: ['echo out:f']}\n  build: {commands: ['echo out:b']}",
            "FAILED",
            ["f"],
            {"INSTALL": "SUCCEEDED", "PRE_BUILD": "FAILED"},
            id="nothing follows a failed pre_build",
        ),
        pytest.param(
            "  pre_build: {on-failure: CONTINUE, commands: ['false']}\n  build: {commands: ['echo out:b']}",
            "FAILED",
            ["b"],
            {"INSTALL": "SUCCEEDED", "PRE_BUILD": "FAILED", "BUILD": "SUCCEEDED", "POST_BUILD": "SUCCEEDED"},
            id="unless it may go on",
        ),
        pytest.param(
            "  build: {on-failure: ABORT, commands: ['false']}\n  post_build: {commands: ['echo out:p']}",
            "FAILED",
            [],
            {"INSTALL": "SUCCEEDED", "PRE_BUILD": "SUCCEEDED", "BUILD": "FAILED"},
            id="a build may abort",
        ),
        pytest.param(
            "  build: {commands: ['true'], finally: ['false']}",
            "FAILED",
            [],
            {"INSTALL": "SUCCEEDED", "PRE_BUILD": "SUCCEEDED", "BUILD": "FAILED", "POST_BUILD": "SUCCEEDED"},
            id="finally may fail",
        ),
    ],
)
def test_what_follows_what(tmp_path: Path, phases: str, status: str, output: list[str], ran: dict[str, str]) -> None:
    found_status, build, found_output = run(tmp_path, phases)
    assert found_status == status
    assert found_output == output
    found = {name: state for name, state in statuses(build).items() if name in ran or name.endswith("BUILD")}
    assert found == ran


def test_a_failure_is_told_with_its_command_and_code(tmp_path: Path) -> None:
    _, build, _ = run(tmp_path, "  build: {commands: ['exit 3']}")
    (context,) = next(phase for phase in build["phases"] if phase["phaseType"] == "BUILD")["contexts"]
    assert context == {
        "statusCode": "COMMAND_EXECUTION_ERROR",
        "message": "Error while executing command: exit 3. Reason: exit status 3",
    }


def test_time_out_ends_the_build_without_its_finally(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never")
    status, build, output = run(
        tmp_path,
        "  build: {commands: ['read -r x < never'], finally: ['echo out:f']}\n  post_build: {commands: ['echo out:p']}",
        seconds=0.05,
    )
    assert status == "TIMED_OUT"
    assert output == []
    assert statuses(build)["BUILD"] == "TIMED_OUT"
    assert "POST_BUILD" not in statuses(build)
