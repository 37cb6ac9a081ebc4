"""The section `watch`: metrics, alarms, the dashboard, and who is told."""

import re

from mirror.config.fields import Field, unique
from mirror.config.located import Kind, Scalar
from mirror.config.operation import Watch

KEYS = ("email", "topic", "no_success_hours", "stale_hours", "low_budget", "dashboard")

EMAIL_PATTERN = re.compile(r"[^@\s,]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
TOPIC_PATTERN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}")
MAX_ALARM_HOURS = 168
"""An alarm of CloudWatch's looks back seven days at most."""
MAX_STALE_HOURS = 8760

_FORMS = "true, false or a mapping such as {email: [ops@example.com]}"


def read_watch(field: Field | None) -> Watch | None:
    """What is watched; `None`: nothing."""
    if field is None:
        return None
    if isinstance(field.value, Scalar) and field.value.kind is Kind.BOOLEAN:
        return Watch() if field.value.is_true else None
    keys = field.mapping(_FORMS, optional=KEYS)
    if keys is None:
        return None
    default = Watch()
    hours = _read_number(keys.get("no_success_hours"), "no_success_hours", MAX_ALARM_HOURS)
    stale = _read_number(keys.get("stale_hours"), "stale_hours", MAX_STALE_HOURS)
    low = keys["low_budget"].whole_number(minimum=0) if "low_budget" in keys else None
    dashboard = keys["dashboard"].boolean() if "dashboard" in keys else None
    topic = _read_topic(keys["topic"]) if "topic" in keys else None
    if "topic" in keys and "email" in keys:
        keys["email"].problem("'email' is for the topic that the stack makes, and 'topic' names another: keep one")
    return Watch(
        email=_read_email(keys["email"]) if "email" in keys else (),
        topic=topic or "",
        no_success_hours=hours,
        stale_hours=default.stale_hours if stale is None else stale,
        low_budget=default.low_budget if low is None else low,
        dashboard=default.dashboard if dashboard is None else dashboard,
    )


def _read_number(field: Field | None, name: str, greatest: int) -> int | None:
    number = field.whole_number(minimum=1) if field is not None else None
    if field is not None and number is not None and number > greatest:
        field.problem(f"{name!r} is at most {greatest} ({greatest // 24} days), got {number}")
        return None
    return number


def _read_email(field: Field) -> tuple[str, ...]:
    found: list[tuple[Field, str]] = []
    for item in field.items("e-mail addresses", empty="name at least one, or leave 'email' out") or ():
        text = item.text("an e-mail address")
        if text is not None and EMAIL_PATTERN.fullmatch(text) is None:
            item.problem(f"not an e-mail address: {text!r}")
        elif text is not None:
            found.append((item, text))
    unique(found, "the address")
    return tuple(text for _, text in found)


def _read_topic(field: Field) -> str | None:
    text = field.text("the ARN of an SNS topic")
    if text is None or TOPIC_PATTERN.fullmatch(text):
        return text
    field.problem(f"not the ARN of an SNS topic: {text!r} (arn:aws:sns:REGION:ACCOUNT:NAME)")
    return None
