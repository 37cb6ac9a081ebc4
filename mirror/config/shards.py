"""The key `shards`: over how many machines a run is divided."""

from mirror.config.fields import Field
from mirror.config.operation import MAX_SHARDS, Reports

ONE = 1


def read_shards(field: Field | None, reports: Reports | None) -> int:
    """How many builds share a run; one: the project is an ordinary one."""
    number = field.whole_number(minimum=ONE) if field is not None else ONE
    if field is None or number is None:
        return ONE
    if number > MAX_SHARDS:
        field.problem(
            f"at most {MAX_SHARDS}, got {number}: ECR takes images at an account's rate, however many send them"
        )
        return ONE
    if number > ONE and reports is None:
        field.problem("shards meet in the bucket of 'reports', which is switched off: leave 'reports: false' out")
    return number
