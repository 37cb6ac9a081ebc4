from collections.abc import Callable

import pytest

from mirror.config.model import MirrorConfig
from mirror.config.operation import Watch
from mirror.errors import Problem

TOPIC = "arn:aws:sns:eu-central-1:123456789012:ops"


@pytest.mark.parametrize(
    ("written", "watch"),
    [
        ("false", None),
        ("true", Watch()),
        ("{}", Watch()),
        ("{email: [a@example.com, b@example.com]}", Watch(email=("a@example.com", "b@example.com"))),
        (f"{{topic: '{TOPIC}'}}", Watch(topic=TOPIC)),
        (
            "{no_success_hours: 24, stale_hours: 12, low_budget: 0, dashboard: false}",
            Watch(no_success_hours=24, stale_hours=12, low_budget=0, dashboard=False),
        ),
    ],
)
def test_what_is_watched(read: Callable[[str], MirrorConfig], written: str, watch: Watch | None) -> None:
    assert read(f"watch: {written}").watch == watch


def test_without_the_section_nothing_is(read: Callable[[str], MirrorConfig]) -> None:
    assert read("").watch is None


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ("email", "watch", "expected true, false or a mapping"),
        ("{emails: [a@example.com]}", "watch.emails", "did you mean 'email'?"),
        ("{email: []}", "watch.email", "name at least one"),
        ("{email: [ops]}", "watch.email[0]", "not an e-mail address: 'ops'"),
        ("{email: [a@b.de, a@b.de]}", "watch.email[1]", "twice (line 1)"),
        ("{topic: ops}", "watch.topic", "not the ARN of an SNS topic: 'ops'"),
        (f"{{topic: '{TOPIC}', email: [a@example.com]}}", "watch.email", "keep one"),
        ("{no_success_hours: 200}", "watch.no_success_hours", "at most 168 (7 days), got 200"),
        ("{stale_hours: 0}", "watch.stale_hours", "a whole number, 1 or more"),
        ("{low_budget: few}", "watch.low_budget", "a whole number, 0 or more"),
        ("{dashboard: 1}", "watch.dashboard", "expected true or false"),
    ],
)
def test_what_cannot_be(refuse: Callable[[str], list[Problem]], written: str, path: str, message: str) -> None:
    (problem,) = refuse(f"watch: {written}")
    assert (problem.path, problem.line) == (path, 1)
    assert message in problem.message
