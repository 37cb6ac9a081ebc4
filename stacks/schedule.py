"""What starts builds without a person: EventBridge Scheduler."""

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack, TimeZone
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from mirror import settings
from mirror.config import model
from mirror.config.model import MirrorConfig
from stacks import checkov, nag, names
from stacks.batch import is_batch

RETRIES = 2
MAX_AGE = Duration.hours(1)
"""A start that could not be delivered for so long is left to the next one."""
KEPT = Duration.days(14)
MAX_DESCRIPTION = 512


class MirrorSchedules(Construct):
    """Start the project, all with one role that can do nothing else. Starts that fail end in a queue."""

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, project: codebuild.IProject) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        self._is_batch = is_batch(config)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            # The scheduler may not use the key that AWS manages for queues; this encryption needs none.
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEPT,
            removal_policy=RemovalPolicy.DESTROY,
        )
        nag.acknowledge(self.dead_letters, nag.IS_DEAD_LETTER_QUEUE)
        checkov.accept(self.dead_letters, checkov.ENCRYPTED_BY_SQS)
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
        fixed = names.project(config)
        for schedule in config.schedules:
            what = f" of {', '.join(schedule.images)}" if schedule.images else ""
            scheduler.Schedule(
                self,
                f"Schedule-{schedule.name}" if schedule.name else "Schedule",
                schedule_name=f"{fixed}-{schedule.name}" if schedule.name else fixed,
                description=f"Starts a build of {fixed}{what}, as mirror.yaml says."[:MAX_DESCRIPTION],
                schedule=scheduler.ScheduleExpression.expression(expression(schedule), TimeZone.of(schedule.timezone)),
                time_window=(
                    scheduler.TimeWindow.flexible(Duration.minutes(schedule.window_minutes))
                    if schedule.window_minutes
                    else scheduler.TimeWindow.off()
                ),
                target=self._target(schedule, project, role),
            )

    def _target(
        self, schedule: model.Schedule, project: codebuild.IProject, role: iam.IRole
    ) -> scheduler.IScheduleTarget:
        if self._is_batch:
            return self._start("startBuildBatch", schedule, project, role)
        if not schedule.images:
            return targets.CodeBuildStartBuild(
                project, role=role, retry_attempts=RETRIES, max_event_age=MAX_AGE, dead_letter_queue=self.dead_letters
            )
        # The target above takes an input too, in a form that is written down nowhere; the input of this one is the
        # request of StartBuild.
        return self._start("startBuild", schedule, project, role)

    def _start(
        self, action: str, schedule: model.Schedule, project: codebuild.IProject, role: iam.IRole
    ) -> scheduler.IScheduleTarget:
        """By the service's own action."""
        variables = {settings.SCOPE: ",".join(schedule.images)} if schedule.images else {}
        if self._is_batch:
            variables[settings.YIELD] = "true"
        request: dict[str, Any] = {
            "ProjectName": project.project_name,
            "EnvironmentVariablesOverride": [
                {"Name": name, "Value": value, "Type": "PLAINTEXT"} for name, value in variables.items()
            ],
        }
        permission = f"codebuild:{action[0].upper()}{action[1:]}"
        return targets.Universal(
            service="codebuild",
            action=action,
            input=scheduler.ScheduleTargetInput.from_object(request),
            policy_statements=[iam.PolicyStatement(actions=[permission], resources=[project.project_arn])],
            role=role,
            retry_attempts=RETRIES,
            max_event_age=MAX_AGE,
            dead_letter_queue=self.dead_letters,
        )


def expression(schedule: model.Schedule) -> str:
    """The schedule in EventBridge's words: ``rate(6 hours)``."""
    return f"rate({schedule.rate})" if schedule.rate is not None else f"cron({schedule.cron})"
