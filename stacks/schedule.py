"""What starts builds without a person: EventBridge Scheduler."""

from aws_cdk import Duration, Stack, TimeZone
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from mirror.config import model
from stacks import names

RETRIES = 2
MAX_AGE = Duration.hours(1)
"""A start that could not be delivered for so long is left to the next one."""
WINDOW = Duration.minutes(15)
"""Builds start at some time in it, so that not everybody's reach Docker Hub on the hour."""


class MirrorSchedule(Construct):
    """Starts the project, with a role that can do nothing else."""

    def __init__(self, scope: Construct, id: str, *, schedule: model.Schedule, project: codebuild.IProject) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                # The service acts for every account; only schedules of this one may use the role.
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            description="The schedule of hub-mirror: start the project's builds.",
        )
        scheduler.Schedule(
            self,
            "Schedule",
            schedule_name=names.PROJECT,
            description=f"Starts a build of {names.PROJECT}, as mirror.yaml says.",
            schedule=scheduler.ScheduleExpression.expression(expression(schedule), TimeZone.of(schedule.timezone)),
            time_window=scheduler.TimeWindow.flexible(WINDOW),
            target=targets.CodeBuildStartBuild(project, role=role, retry_attempts=RETRIES, max_event_age=MAX_AGE),
        )


def expression(schedule: model.Schedule) -> str:
    """The schedule in EventBridge's words: ``rate(6 hours)``."""
    return f"rate({schedule.rate})" if schedule.rate is not None else f"cron({schedule.cron})"
