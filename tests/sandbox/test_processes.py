import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import processes
from sandbox.processes import CommandFailedError, end_group, run


def test_the_output_of_both_streams(tmp_path: Path) -> None:
    script = "import sys; print('out'); sys.stdout.flush(); print('err', file=sys.stderr)"
    assert run([sys.executable, "-c", script], env={}, cwd=tmp_path).split() == ["out", "err"]


def test_a_failure_carries_what_was_said(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="exit code 3") as caught:
        run([sys.executable, "-c", "print('because'); raise SystemExit(3)"], env={}, cwd=tmp_path)
    assert "because" in str(caught.value)


def test_only_the_given_environment_is_passed_on(tmp_path: Path) -> None:
    os.environ["HUB_MIRROR_SECRET"] = "1"
    try:
        script = "import os; print('HUB_MIRROR_SECRET' in os.environ, os.environ['GIVEN'])"
        assert run([sys.executable, "-c", script], env={"GIVEN": "yes"}, cwd=tmp_path).split() == ["False", "yes"]
    finally:
        del os.environ["HUB_MIRROR_SECRET"]


@pytest.mark.parametrize(
    "script",
    [
        "sleep 1000 & echo ready; wait",  # the child goes when asked, its own child is asked too
        "trap '' TERM; sleep 1000 & echo ready; wait",  # neither goes when asked
        "(trap '' TERM; echo ready; sleep 1000) & wait",  # the child goes, its own child does not
    ],
)
def test_a_group_is_ended_whole(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.2)
    with subprocess.Popen(
        ["/bin/sh", "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        end_group(process)
        # The pipe ends with the last process that holds it.
        assert process.stdout.read() == ""
        assert process.returncode


def test_ending_a_group_that_is_gone_is_harmless() -> None:
    with subprocess.Popen(["/bin/sh", "-c", "exit 3"], stdout=subprocess.PIPE, text=True, start_new_session=True) as it:
        it.wait()
        end_group(it)
    assert it.returncode == 3
