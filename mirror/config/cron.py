"""EventBridge's cron expressions: six fields, and a question mark in one of the two that name days.

Light on purpose: it finds what people get wrong by habit (five fields, two stars for the days, values out of range)
and leaves the rest to EventBridge.
"""

import re
from dataclasses import dataclass

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    least: int
    greatest: int
    words: tuple[str, ...] = ()
    special: re.Pattern[str] | None = None
    """What only this field may say, beside ``*``, values, ranges and steps."""


_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, special=re.compile(r"L|LW|([1-9]|[12][0-9]|3[01])W")),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _DAYS, special=re.compile(r"L|[1-7]L|[1-7]#[1-5]")),
    _Field("year", 1970, 2199),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


def problems(text: str) -> list[str]:
    """What is wrong with the expression, a sentence each; empty when nothing is."""
    parts = text.split()
    if len(parts) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        return [f"EventBridge's cron has six fields ({names}), got {len(parts)}: {text!r}"]
    days = (parts[_DAY_OF_MONTH], parts[_DAY_OF_WEEK])
    found = []
    if days.count("?") != 1:
        found.append(f"one of day of month and day of week must be '?', and only one; got {days[0]!r} and {days[1]!r}")
    for index, (part, field) in enumerate(zip(parts, _FIELDS, strict=True)):
        if part == "?" and index in {_DAY_OF_MONTH, _DAY_OF_WEEK}:
            continue
        if not all(_is_item(item, field) for item in part.split(",")):
            words = f" or {field.words[0]} to {field.words[-1]}" if field.words else ""
            found.append(f"the field {field.name} takes {field.least} to {field.greatest}{words}, got {part!r}")
    return found


def _is_item(item: str, field: _Field) -> bool:
    if field.special is not None and field.special.fullmatch(item):
        return True
    span, slash, step = item.partition("/")
    if slash and not (_is_digits(step) and int(step) >= 1):
        return False
    if span == "*":
        return True
    first, dash, last = span.partition("-")
    return _is_value(first, field) and (not dash or _is_value(last, field))


def _is_value(text: str, field: _Field) -> bool:
    return text.upper() in field.words or (_is_digits(text) and field.least <= int(text) <= field.greatest)


def _is_digits(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,4}", text) is not None
