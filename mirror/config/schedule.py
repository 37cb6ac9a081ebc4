"""The section `schedule`, in EventBridge's grammar."""

import re
import zoneinfo

from mirror.config import cron
from mirror.config.fields import Field, did_you_mean
from mirror.config.located import Kind, Scalar
from mirror.config.model import Schedule

NONE = "none"

_RATE = re.compile(r"([1-9][0-9]{0,8}) (minute|hour|day)(s?)")
_FORMS = "{rate: 6 hours}, {cron: '0 3 * * ? *', timezone: Europe/Berlin} or none"


def read_schedule(field: Field | None) -> Schedule | None:
    """When builds start by themselves; `None`: never."""
    if field is None:
        return None
    if isinstance(field.value, Scalar) and field.value.kind is Kind.TEXT and field.value.text == NONE:
        return None
    keys = field.mapping(_FORMS, optional=("rate", "cron", "timezone"))
    if keys is None:
        return None
    rate, cron_field, timezone = keys.get("rate"), keys.get("cron"), keys.get("timezone")
    if (rate is None) == (cron_field is None):
        got = "has neither" if rate is None else "has both"
        field.problem(f"a schedule has one of 'rate' and 'cron', this {got}; allowed: {_FORMS}")
    elif timezone is not None and cron_field is None:
        timezone.problem("'timezone' belongs to 'cron': a rate is the same in every time zone")
    return Schedule(
        rate=_read_rate(rate) if rate is not None else None,
        cron=_read_cron(cron_field) if cron_field is not None else None,
        timezone=(_read_timezone(timezone) if timezone is not None else None) or "UTC",
    )


def _read_rate(field: Field) -> str | None:
    text = field.text("a rate such as '6 hours'", quotable=False)
    if text is None:
        return None
    match = _RATE.fullmatch(text)
    if match is None:
        bare = _unwrapped(text, "rate")
        hint = f"; without the word, {bare!r}" if bare is not None else ""
        field.problem(f"not a rate: {text!r} (a number above 0, a space, and minutes, hours or days: '6 hours'){hint}")
        return None
    number, unit, plural = match.groups()
    if (number == "1") is bool(plural):
        right = f"{number} {unit}" + ("s" if number != "1" else "")
        field.problem(
            f"EventBridge wants one {unit} in the singular and several in the plural: {right!r}, got {text!r}"
        )
        return None
    return text


def _read_cron(field: Field) -> str | None:
    text = field.text("six fields such as '0 3 * * ? *'", quotable=False)
    if text is None:
        return None
    bare = _unwrapped(text, "cron")
    if bare is not None:
        field.problem(f"the fields are written without the word: {bare!r}, got {text!r}")
        return None
    problems = cron.problems(text)
    for problem in problems:
        field.problem(problem)
    return None if problems else " ".join(text.split())


def _unwrapped(text: str, word: str) -> str | None:
    match = re.fullmatch(rf"\s*{word}\s*\((.*)\)\s*", text)
    return match.group(1).strip() if match else None


def _read_timezone(field: Field) -> str | None:
    text = field.text("a time zone such as Europe/Berlin")
    known = zoneinfo.available_timezones() if text is not None and text != "UTC" else set()
    # A machine without the time zone database knows none; EventBridge then has the last word.
    if text is None or not known or text in known:
        return text
    field.problem(
        f"there is no time zone {text!r}{did_you_mean(text, sorted(known))} (names such as Europe/Berlin or UTC)"
    )
    return None
