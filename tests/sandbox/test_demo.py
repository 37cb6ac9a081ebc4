"""`make demo` as a person runs it: a process of its own, judged by what it prints and by what it leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal import CTRL_C, HIDDEN, SHOWN, Terminal

CHECKOUT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def environment() -> dict[str, str]:
    path = os.pathsep.join(str(CHECKOUT / each) for each in (".venv/bin", "node_modules/.bin"))
    kept = {name: value for name, value in os.environ.items() if name not in {"TERM", "COLUMNS", "LINES", "NO_COLOR"}}
    return {**kept, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}


def start(config: Path, **variables: str) -> "subprocess.Popen[str]":
    # A shell that starts the tests in the background has SIGINT ignored in all that comes of it; a terminal has not.
    with_ctrl_c = ["env", "--default-signal=INT"]
    return subprocess.Popen(
        [*with_ctrl_c, sys.executable, "-u", "-m", "sandbox", "demo", "--config", str(config)],
        cwd=CHECKOUT,
        env={**environment(), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def marked(marker: str) -> list[str]:
    """Processes of this machine whose environment holds the marker: whatever the demo started, and however."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if marker.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def test_the_whole_way(tmp_path: Path) -> None:
    marker = f"HUB_MIRROR_TEST={tmp_path}"
    with start(CHECKOUT / "mirror.yaml", HUB_MIRROR_TEST=str(tmp_path)) as process:
        output, _ = process.communicate()
    assert process.returncode == 0, output
    rows = [line.split() for line in output.splitlines() if "localhost:" in line and "sha256:" in line]
    names = {row[0].partition("/")[2] for row in rows}
    assert names == {
        "docker-hub/eclipse-temurin:21-jre",
        "docker-hub/eclipse-temurin:21.0.8_9-jre",
        "a1b2c3d4/eclipse-temurin:21-jre",
        "a1b2c3d4/eclipse-temurin:21.0.8_9-jre",
        "a1b2c3d4/maven:3.6.3-jdk-11",
        "a1b2c3d4/openjdk:11-jre-slim",
    }
    assert "12 Docker Hub pulls used by the first build" in output
    assert "0 Docker Hub pulls used by the second build" in output
    assert "unchanged     maven:3.6.3-jdk-11" in output
    assert "Traceback" not in output
    assert "\x1b" not in output, "piped, there are only lines"
    assert marked(marker) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    marker = f"HUB_MIRROR_TEST={tmp_path}"
    with start(CHECKOUT / "mirror.yaml", HUB_MIRROR_TEST=str(tmp_path)) as process:
        assert process.stdout is not None
        assert "a sandbox on this machine" in process.stdout.readline()
        # Now the CDK CLI is at work: the moment in which most processes live.
        process.send_signal(number)
        rest, _ = process.communicate()
    assert process.returncode == 130, rest
    assert "Traceback" not in rest
    assert marked(marker) == []


def test_on_a_terminal_something_moves_and_ctrl_c_gives_the_cursor_back(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "demo", "--config", str(CHECKOUT / "mirror.yaml")]
    marker = f"HUB_MIRROR_TEST={tmp_path}"
    with Terminal(command, environ={**environment(), "HUB_MIRROR_TEST": str(tmp_path)}) as terminal:
        terminal.wait_for(lambda text: text.count("cdk bootstrap") > 2)
        assert HIDDEN in terminal.raw
        terminal.press(CTRL_C)
        assert terminal.end() == 130
        assert terminal.raw.rindex(SHOWN) > terminal.raw.rindex(HIDDEN)
        assert "Traceback" not in terminal.text
    assert marked(marker) == []


def test_a_bad_file_is_told_before_anything_is_started(tmp_path: Path) -> None:
    config = tmp_path / "mirror.yaml"
    config.write_text("version: 1\nimages: [Maven]\nschedules: never\n")
    with start(config) as process:
        output, _ = process.communicate()
    assert process.returncode == 2
    assert "2 problems" in output
    assert "a sandbox on this machine" not in output
