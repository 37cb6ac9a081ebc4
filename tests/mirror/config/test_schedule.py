from collections.abc import Callable

import pytest

from mirror.config.model import MirrorConfig, Schedule
from mirror.errors import Problem


@pytest.mark.parametrize(
    ("written", "schedule"),
    [
        ("none", None),
        ("'none'", None),
        ("{rate: 6 hours}", Schedule(rate="6 hours")),
        ("{rate: 1 day}", Schedule(rate="1 day")),
        ("{rate: 1 minute}", Schedule(rate="1 minute")),
        ("{rate: 90 minutes}", Schedule(rate="90 minutes")),
        ("{cron: '0 3 * * ? *'}", Schedule(cron="0 3 * * ? *")),
        ("{cron: ' 0  3 * * ?  * '}", Schedule(cron="0 3 * * ? *")),
        ("{cron: '0 3 * * ? *', timezone: UTC}", Schedule(cron="0 3 * * ? *")),
        ("{cron: '0 3 ? * MON *', timezone: Europe/Berlin}", Schedule(cron="0 3 ? * MON *", timezone="Europe/Berlin")),
    ],
)
def test_schedules(read: Callable[[str], MirrorConfig], written: str, schedule: Schedule | None) -> None:
    assert read(f"schedule: {written}").schedule == schedule


def test_without_the_section_nothing_starts_by_itself(read: Callable[[str], MirrorConfig]) -> None:
    assert read("").schedule is None


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ("daily", "schedule", "expected {rate: 6 hours}"),
        ("6 hours", "schedule", "expected {rate: 6 hours}"),
        ("~", "schedule", "got nothing"),
        ("false", "schedule", "got false"),
        ("[none]", "schedule", "got a list"),
        ("{}", "schedule", "a schedule has one of 'rate' and 'cron', this has neither"),
        ("{timezone: UTC}", "schedule", "this has neither"),
        ("{rate: 6 hours, cron: '0 3 * * ? *'}", "schedule", "this has both"),
        ("{rat: 6 hours, rate: 6 hours}", "schedule.rat", "did you mean 'rate'?"),
        ("{rate: 6 hours, timezone: UTC}", "schedule.timezone", "belongs to 'cron'"),
        ("{rate: 6}", "schedule.rate", "expected a rate such as '6 hours', got the number 6"),
        ("{rate: 0 hours}", "schedule.rate", "not a rate: '0 hours'"),
        ("{rate: 06 hours}", "schedule.rate", "not a rate"),
        ("{rate: -1 hours}", "schedule.rate", "not a rate"),
        ("{rate: 1.5 hours}", "schedule.rate", "not a rate"),
        ("{rate: 2 weeks}", "schedule.rate", "not a rate"),
        ("{rate: 6h}", "schedule.rate", "not a rate"),
        ("{rate: 6  hours}", "schedule.rate", "not a rate"),
        ("{rate: 1 hours}", "schedule.rate", "'1 hour', got '1 hours'"),
        ("{rate: 6 hour}", "schedule.rate", "'6 hours', got '6 hour'"),
        ("{rate: 10 day}", "schedule.rate", "'10 days', got '10 day'"),
        ("{rate: rate(6 hours)}", "schedule.rate", "without the word, '6 hours'"),
        ("{cron: 'cron(0 3 * * ? *)'}", "schedule.cron", "without the word: '0 3 * * ? *'"),
        ("{cron: 0 3 * * *}", "schedule.cron", "six fields"),
        ("{cron: [0, 3]}", "schedule.cron", "got a list"),
        ("{cron: '0 3 * * ? *', timezone: Europe/Berlim}", "schedule.timezone", "did you mean 'Europe/Berlin'?"),
        ("{cron: '0 3 * * ? *', timezone: 2}", "schedule.timezone", "expected a time zone"),
        ("{cron: '0 3 * * ? *', timezone: +02:00}", "schedule.timezone", "there is no time zone '+02:00'"),
    ],
)
def test_what_is_no_schedule(refuse: Callable[[str], list[Problem]], written: str, path: str, message: str) -> None:
    (problem,) = refuse(f"schedule: {written}")

    assert problem.path == path
    assert message in problem.message


def test_every_wrong_field_of_a_cron_expression_is_a_problem(refuse: Callable[[str], list[Problem]]) -> None:
    problems = refuse("schedule: {cron: '60 24 * 13 * 1969'}")

    assert len(problems) == 5
    assert {problem.path for problem in problems} == {"schedule.cron"}


def test_without_a_time_zone_database_eventbridge_has_the_last_word(
    read: Callable[[str], MirrorConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoneinfo.available_timezones", set)

    schedule = read("schedule: {cron: '0 3 * * ? *', timezone: Mars/Olympus}").schedule

    assert schedule is not None
    assert schedule.timezone == "Mars/Olympus"
