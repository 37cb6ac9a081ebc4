from collections.abc import Callable

import pytest

from mirror.config.model import MirrorConfig
from mirror.config.operation import Reports
from mirror.errors import Problem


@pytest.mark.parametrize(
    ("written", "reports"),
    [("false", None), ("true", Reports()), ("{}", Reports()), ("{keep_days: 7}", Reports(7))],
)
def test_what_is_kept(read: Callable[[str], MirrorConfig], written: str, reports: Reports | None) -> None:
    assert read(f"reports: {written}").reports == reports


def test_without_the_section_reports_are_kept_for_a_quarter(read: Callable[[str], MirrorConfig]) -> None:
    assert read("").reports == Reports(keep_days=90)


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ("daily", "reports", "expected true, false or a mapping"),
        ("{days: 7}", "reports.days", "allowed: keep_days"),
        ("{keep_days: 0}", "reports.keep_days", "a whole number, 1 or more"),
        ("{keep_days: 4000}", "reports.keep_days", "at most 3650 (ten years), got 4000"),
    ],
)
def test_what_cannot_be(refuse: Callable[[str], list[Problem]], written: str, path: str, message: str) -> None:
    (problem,) = refuse(f"reports: {written}")
    assert (problem.path, problem.line) == (path, 1)
    assert message in problem.message
