import os
import sys
from pathlib import Path

import pytest

from sandbox.processes import CommandFailedError, run


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
