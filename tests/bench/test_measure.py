import os
import sys
from pathlib import Path

import pytest

from bench.measure import CommandFailedError, Measured, measure

pytestmark = pytest.mark.slow

MIB = 1024 * 1024


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_memory_is_the_childs_own_and_not_its_parents(tmp_path: Path) -> None:
    ballast = bytearray(64 * MIB)
    ballast[::4096] = b"x" * len(ballast[::4096])  # every page of it is really there

    small = measure([python("import time; time.sleep(0.1)")], env=os.environ, cwd=tmp_path)
    large = measure([python(f"x = b'x' * {96 * MIB}; import time; time.sleep(0.1)")], env=os.environ, cwd=tmp_path)

    assert 0 < small.peak < 40 * 1024
    assert large.peak - small.peak > 90 * 1024


def test_cpu_time_is_that_of_all_commands(tmp_path: Path) -> None:
    work = python("sum(range(6_000_000))")
    one = measure([work], env=os.environ, cwd=tmp_path)
    three = measure([work] * 3, env=os.environ, cwd=tmp_path, side_by_side=3)

    assert three.cpu > 2 * one.cpu
    assert one.wall >= 0.5 * one.cpu


def test_a_command_that_fails_says_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match=r"exit code 3\nno such image"):
        measure([python("import sys; print('no such image'); sys.exit(3)")], env=os.environ, cwd=tmp_path)


def test_the_best_of_two_tries_takes_the_smaller_of_each() -> None:
    assert Measured(1.0, 5.0, 30).best(Measured(2.0, 4.0, 20)) == Measured(1.0, 4.0, 20)
