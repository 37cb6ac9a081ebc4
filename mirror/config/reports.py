"""The section `reports`: the bucket of the status page, and the report group."""

from mirror.config.fields import Field
from mirror.config.located import Kind, Scalar
from mirror.config.operation import Reports

KEYS = ("keep_days",)
MAX_KEEP_DAYS = 3650

_FORMS = "true, false or a mapping such as {keep_days: 90}"


def read_reports(field: Field | None) -> Reports | None:
    """What is kept of runs; `None`: only the log."""
    if field is None:
        return Reports()
    if isinstance(field.value, Scalar) and field.value.kind is Kind.BOOLEAN:
        return Reports() if field.value.is_true else None
    keys = field.mapping(_FORMS, optional=KEYS)
    if keys is None or "keep_days" not in keys:
        return Reports()
    days = keys["keep_days"].whole_number(minimum=1)
    if days is not None and days > MAX_KEEP_DAYS:
        keys["keep_days"].problem(f"'keep_days' is at most {MAX_KEEP_DAYS} (ten years), got {days}")
    return Reports() if days is None else Reports(days)
