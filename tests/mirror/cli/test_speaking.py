"""Where words go: pipes that close, disks that are full, terminals of another alphabet."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
MIRROR = [sys.executable, "-m", "mirror"]

pytestmark = pytest.mark.slow


def test_a_pipe_that_closes_ends_the_command_like_any_other(file: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*MIRROR, "config", "--config", str(file)], cwd=CHECKOUT, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_told_in_one_line(file: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*MIRROR, "config", "--config", str(file)],
            cwd=CHECKOUT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "cannot write to <stdout>: No space left on device\n")


def test_another_alphabet_is_no_reason_to_fail(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*MIRROR, "sync", "--config", str(tmp_path / "nothing.yaml")],
        cwd=CHECKOUT,
        env=environ,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"\\u2192 Say where the file is: --config FILE." in done.stderr
