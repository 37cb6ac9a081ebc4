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
    assert read(f"schedule: {written}").schedules == (() if schedule is None else (schedule,))


def test_without_the_section_nothing_starts_by_itself(read: Callable[[str], MirrorConfig]) -> None:
    assert read("").schedules == ()


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ("daily", "schedule", "expected {rate: 6 hours}"),
        ("6 hours", "schedule", "expected {rate: 6 hours}"),
        ("~", "schedule", "got nothing"),
        ("false", "schedule", "got false"),
        ("[none]", "schedule[0]", "expected {name: base"),
        ("[]", "schedule", "the list is empty"),
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

    (schedule,) = read("schedule: {cron: '0 3 * * ? *', timezone: Mars/Olympus}").schedules

    assert schedule.timezone == "Mars/Olympus"


def test_several_schedules_have_names_and_scopes(read: Callable[[str], MirrorConfig]) -> None:
    schedules = read(
        "schedule:\n"
        "  - {name: base, rate: 1 hour, images: [maven, 'eclipse-*'], window_minutes: 0}\n"
        "  - {name: rest, cron: '0 3 ? * MON *', timezone: Europe/Berlin}\n"
        "images: ['maven:3', 'eclipse-temurin:21']"
    ).schedules

    assert schedules == (
        Schedule(rate="1 hour", name="base", images=("maven", "eclipse-*"), window_minutes=0),
        Schedule(cron="0 3 ? * MON *", timezone="Europe/Berlin", name="rest"),
    )


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ("[{rate: 1 hour}]", "schedule[0]", "'name' is missing"),
        ("[{name: Base, rate: 1 hour}]", "schedule[0].name", "not a schedule's name: 'Base'"),
        (f"[{{name: {'a' * 21}, rate: 1 hour}}]", "schedule[0].name", "at most 20"),
        ("[{name: a, rate: 1 hour}, {name: a, rate: 1 day}]", "schedule[1]", "'a' is in this list twice (line 1)"),
        ("{name: base, rate: 1 hour}", "schedule.name", "unknown key 'name'"),
        (
            "{rate: 1 hour, images: [mavne]}",
            "schedule.images[0]",
            "(did you mean 'maven'?)",
        ),
        ("{rate: 1 hour, images: ['maven:3']}", "schedule.images[0]", "names are without tags"),
        ("{rate: 1 hour, images: [maven, maven]}", "schedule.images[1]", "twice"),
        ("{rate: 1 hour, images: []}", "schedule.images", "leave 'images' out"),
        ("{rate: 1 hour, window_minutes: 2000}", "schedule.window_minutes", "at most 1440 minutes"),
        ("{rate: 1 hour, window_minutes: -1}", "schedule.window_minutes", "0 or more"),
    ],
)
def test_what_is_no_schedule_of_several(
    refuse: Callable[[str], list[Problem]], written: str, path: str, message: str
) -> None:
    (problem,) = refuse(f"schedule: {written}\nimages: ['maven:3']")

    assert problem.path == path
    assert message in problem.message
