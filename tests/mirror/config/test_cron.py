import pytest

from mirror.config import cron


@pytest.mark.parametrize(
    "text",
    [
        "0 3 * * ? *",
        "0/15 * * * ? *",
        "*/15 * * * ? *",
        "5,35 8-17 ? * MON-FRI *",
        "0 8 1 * ? *",
        "0 8 1,15 JAN,jul ? 2026-2030",
        "0 8 L * ? *",
        "0 8 LW * ? *",
        "0 8 15W * ? *",
        "0 8 ? * L *",
        "0 8 ? * 6L *",
        "0 8 ? * 3#2 *",
        "0 22-2/2 ? * 2-6 2199",
        "59 23 31 12 ? 1970",
    ],
)
def test_what_eventbridge_accepts(text: str) -> None:
    assert cron.problems(text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "six fields (minutes, hours, day of month, month, day of week, year), got 0"),
        ("0 3 * * *", "got 5: '0 3 * * *'"),
        ("0 0 3 * * ? *", "got 7"),
        ("0 3 * * * *", "must be '?', and only one; got '*' and '*'"),
        ("0 3 ? * ? *", "got '?' and '?'"),
        ("60 3 * * ? *", "the field minutes takes 0 to 59, got '60'"),
        ("0 24 * * ? *", "the field hours takes 0 to 23, got '24'"),
        ("0 3 0 * ? *", "the field day of month takes 1 to 31, got '0'"),
        ("0 3 32W * ? *", "day of month"),
        ("0 3 * 13 ? *", "the field month takes 1 to 12 or JAN to DEC, got '13'"),
        ("0 3 * MON ? *", "the field month"),
        ("0 3 ? * 0 *", "the field day of week takes 1 to 7 or SUN to SAT, got '0'"),
        ("0 3 ? * 3#6 *", "day of week"),
        ("0 3 * * ? 26", "the field year takes 1970 to 2199, got '26'"),
        ("? 3 * * ? *", "the field minutes"),
        ("0 L * * ? *", "the field hours"),
        ("0/0 3 * * ? *", "the field minutes"),
        ("0/ 3 * * ? *", "the field minutes"),
        ("1- 3 * * ? *", "the field minutes"),
        ("1, 3 * * ? *", "the field minutes"),
        ("a 3 * * ? *", "the field minutes"),
        ("*-5 3 * * ? *", "the field minutes"),
    ],
)
def test_what_it_does_not(text: str, message: str) -> None:
    (problem,) = cron.problems(text)

    assert message in problem
