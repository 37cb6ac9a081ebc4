"""The section `schedule`, in EventBridge's grammar."""

import fnmatch
import re
import zoneinfo
from collections.abc import Sequence

from mirror.config import cron
from mirror.config.environment import NAME_PATTERN
from mirror.config.fields import Field, did_you_mean, unique
from mirror.config.located import Items, Kind, Scalar
from mirror.config.model import ImageConfig, Schedule

NONE = "none"
MAX_NAME_CHARACTERS = 20
MAX_WINDOW_MINUTES = 1440

GLOB_PATTERN = re.compile(r"[a-z0-9_./*?!\[\]-]+")
"""The characters that an image's name may have, and those with a meaning in a glob."""

_KEYS = ("rate", "cron", "timezone", "window_minutes", "images")
_RATE = re.compile(r"([1-9][0-9]{0,8}) (minute|hour|day)(s?)")
_FORMS = "{rate: 6 hours}, {cron: '0 3 * * ? *', timezone: Europe/Berlin}, a list of such or none"


def read_schedules(field: Field | None, images: Sequence[ImageConfig]) -> tuple[Schedule, ...]:
    """When builds start by themselves, and of which of `images`; empty: never. In a list each has a name."""
    if field is None:
        return ()
    if isinstance(field.value, Scalar) and field.value.kind is Kind.TEXT and field.value.text == NONE:
        return ()
    if not isinstance(field.value, Items):
        schedule = _read_schedule(field, images, name=None)
        return () if schedule is None else (schedule,)
    found: list[Schedule] = []
    names: list[tuple[Field, str]] = []
    for item in field.items("schedules", empty="write none where builds are started by people only") or ():
        schedule = _read_schedule(item, images, name="name")
        if schedule is not None:
            found.append(schedule)
            names += [(item, schedule.name)] if schedule.name else []
    unique(names, "the schedule")
    return tuple(found)


def _read_schedule(field: Field, images: Sequence[ImageConfig], *, name: str | None) -> Schedule | None:
    forms = _FORMS if name is None else "{name: base, rate: 1 hour, images: [maven]}"
    keys = field.mapping(forms, required=() if name is None else (name,), optional=_KEYS)
    if keys is None:
        return None
    rate, cron_field, timezone = keys.get("rate"), keys.get("cron"), keys.get("timezone")
    if (rate is None) == (cron_field is None):
        got = "has neither" if rate is None else "has both"
        field.problem(f"a schedule has one of 'rate' and 'cron', this {got}; allowed: {forms}")
    elif timezone is not None and cron_field is None:
        timezone.problem("'timezone' belongs to 'cron': a rate is the same in every time zone")
    window = _read_window(keys["window_minutes"]) if "window_minutes" in keys else None
    return Schedule(
        rate=_read_rate(rate) if rate is not None else None,
        cron=_read_cron(cron_field) if cron_field is not None else None,
        timezone=(_read_timezone(timezone) if timezone is not None else None) or "UTC",
        name=(_read_name(keys["name"]) if "name" in keys else None) or "",
        images=_read_images(keys["images"], images) if "images" in keys else (),
        window_minutes=Schedule().window_minutes if window is None else window,
    )


def _read_name(field: Field) -> str | None:
    text = field.text("a name such as base")
    if text is None or (NAME_PATTERN.fullmatch(text) and len(text) <= MAX_NAME_CHARACTERS):
        return text
    field.problem(
        f"not a schedule's name: {text!r} (at most {MAX_NAME_CHARACTERS} lower-case letters, digits and single '-', "
        "beginning with a letter)"
    )
    return None


def _read_images(field: Field, images: Sequence[ImageConfig]) -> tuple[str, ...]:
    names = [image.name for image in images]
    found: list[tuple[Field, str]] = []
    for item in field.items("globs over images' names", empty="leave 'images' out for all of them") or ():
        text = item.text("a glob such as 'eclipse-*'")
        if text is None:
            continue
        if GLOB_PATTERN.fullmatch(text) is None:
            item.problem(f"{text!r} matches no image: names are without tags, a glob may have the signs * ? [ ] !")
        elif not fnmatch.filter(names, text):
            item.problem(f"{text!r} matches none of the {len(names)} images{did_you_mean(text, names)}")
        else:
            found.append((item, text))
    unique(found, "the glob")
    return tuple(text for _, text in found)


def _read_window(field: Field) -> int | None:
    minutes = field.whole_number(minimum=0)
    if minutes is not None and minutes > MAX_WINDOW_MINUTES:
        field.problem(f"a window is at most {MAX_WINDOW_MINUTES} minutes, a day; got {minutes}")
        return None
    return minutes


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
