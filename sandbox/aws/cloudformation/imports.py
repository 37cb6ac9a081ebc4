"""`cdk import`: resources that exist already come under a stack, and none is made.

moto 5.2.5 takes a change set of the type IMPORT for one that creates, into a second stack of the same name if there is
one already.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

IMPORT = "IMPORT"

_running: ContextVar[bool] = ContextVar("importing", default=False)


def is_running() -> bool:
    """Whether what a template adds is to be found rather than made."""
    return _running.get()


@contextmanager
def running() -> Iterator[None]:
    """As long as a change set of that type is executed."""
    token = _running.set(True)
    try:
        yield
    finally:
        _running.reset(token)


def into_the_stack_that_is_there(create_change_set: Any) -> Any:
    """For `CloudFormationBackend.create_change_set`."""

    def creating(self: Any, *, stack_name: str, change_set_type: str, **others: Any) -> tuple[str, str]:
        exists = any(stack.name == stack_name for stack in self.stacks.values())
        kind = "UPDATE" if change_set_type == IMPORT and exists else change_set_type
        change_set_id, stack_id = create_change_set(self, stack_name=stack_name, change_set_type=kind, **others)
        self.change_sets[change_set_id].change_set_type = change_set_type
        return change_set_id, stack_id

    return creating


def finding(apply: Any) -> Any:
    """For `ChangeSet.apply`."""

    def applying(self: Any) -> None:
        if self.change_set_type != IMPORT:
            apply(self)
            return
        with running():
            apply(self)

    return applying
