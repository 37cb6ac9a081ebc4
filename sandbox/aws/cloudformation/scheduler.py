"""`AWS::Scheduler::Schedule` and its group, in moto's Scheduler."""

from contextlib import suppress
from typing import Any, Self

from moto.scheduler.exceptions import ScheduleGroupNotFound
from moto.scheduler.models import scheduler_backends

from sandbox.aws.cloudformation.resource import Resource, register


@register
class ScheduleGroup(Resource):
    """A group of schedules."""

    TYPE = "AWS::Scheduler::ScheduleGroup"
    NAME_PROPERTY = "Name"

    def attributes(self) -> dict[str, str]:
        """Arn."""
        return {"Arn": f"arn:aws:scheduler:{self.region}:{self.account}:schedule-group/{self.name}"}

    def create(self) -> None:
        """Make it."""
        scheduler_backends[self.account][self.region].create_schedule_group(self.name, [])

    def update(self, old: Self) -> None:
        """Only tags could change."""

    def remove(self) -> None:
        """Delete it, with all that is in it."""
        scheduler_backends[self.account][self.region].delete_schedule_group(self.name)


@register
class Schedule(Resource):
    """A schedule."""

    TYPE = "AWS::Scheduler::Schedule"
    NAME_PROPERTY = "Name"
    REPLACED_BY = ("GroupName",)

    @property
    def _group(self) -> str:
        return str(self.properties.get("GroupName") or "default")

    def attributes(self) -> dict[str, str]:
        """Arn."""
        return {"Arn": f"arn:aws:scheduler:{self.region}:{self.account}:schedule/{self._group}/{self.name}"}

    def create(self) -> None:
        """Make it."""
        backend = scheduler_backends[self.account][self.region]
        backend.create_schedule(**self._arguments(), action_after_completion=None)

    def update(self, old: Self) -> None:  # noqa: ARG002 - everything is set anew
        """Set everything anew."""
        scheduler_backends[self.account][self.region].update_schedule(**self._arguments())

    def remove(self) -> None:
        """Delete it, unless it went with its group: moto deletes in no order."""
        with suppress(ScheduleGroupNotFound):
            scheduler_backends[self.account][self.region].delete_schedule(group_name=self._group, name=self.name)

    def _arguments(self) -> dict[str, Any]:
        properties = self.properties
        return {
            "description": properties.get("Description"),
            "end_date": properties.get("EndDate"),
            "flexible_time_window": properties["FlexibleTimeWindow"],
            "group_name": self._group,
            "kms_key_arn": properties.get("KmsKeyArn"),
            "name": self.name,
            "schedule_expression": properties["ScheduleExpression"],
            "schedule_expression_timezone": properties.get("ScheduleExpressionTimezone", "UTC"),
            "start_date": properties.get("StartDate"),
            "state": properties.get("State", "ENABLED"),
            "target": properties["Target"],
        }
