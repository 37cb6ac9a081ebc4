from collections.abc import Callable

import pytest

from mirror.config.model import MirrorConfig
from mirror.config.operation import Arch, Compute, ComputeType
from mirror.errors import Problem


@pytest.mark.parametrize(
    ("written", "compute"),
    [
        ("{}", Compute()),
        ("{arch: x86_64}", Compute(arch=Arch.X86_64)),
        ("{type: medium, timeout_minutes: 10}", Compute(type=ComputeType.MEDIUM, timeout_minutes=10)),
        ("{type: lambda}", Compute(type=ComputeType.LAMBDA)),
    ],
)
def test_machines(read: Callable[[str], MirrorConfig], written: str, compute: Compute) -> None:
    assert read(f"compute: {written}").compute == compute


def test_without_the_section_builds_run_on_the_smallest(read: Callable[[str], MirrorConfig]) -> None:
    assert read("").compute == Compute(Arch.ARM64, ComputeType.SMALL, 60)


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ("arm64", "compute", "expected a mapping"),
        ("{arch: amd64}", "compute.arch", "expected arm64 or x86_64, got 'amd64'"),
        ("{type: xlarge}", "compute.type", "got 'xlarge' (did you mean 'large'?)"),
        ("{type: tiny}", "compute.type", "expected small, medium, large or lambda, got 'tiny'"),
        ("{tpye: small}", "compute.tpye", "did you mean 'type'?"),
        ("{timeout_minutes: 5}", "compute.timeout_minutes", "a whole number, 10 or more"),
        ("{timeout_minutes: 3000}", "compute.timeout_minutes", "at most 2160 minutes, got 3000"),
        ("{type: lambda, timeout_minutes: 15}", "compute.timeout_minutes", "a build on Lambda has 15 minutes"),
    ],
)
def test_what_is_no_machine(refuse: Callable[[str], list[Problem]], written: str, path: str, message: str) -> None:
    (problem,) = refuse(f"compute: {written}")
    assert (problem.path, problem.line) == (path, 1)
    assert message in problem.message


def test_every_problem_at_once(refuse: Callable[[str], list[Problem]]) -> None:
    problems = refuse("compute:\n  arch: i386\n  type: huge\n  timeout_minutes: 1")
    assert [problem.line for problem in problems] == [2, 3, 4]
