"""When somebody should look."""

import math
from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from mirror import settings
from mirror.config.model import MirrorConfig, Schedule
from mirror.config.operation import Watch
from mirror.config.watch import MAX_ALARM_HOURS
from stacks import names
from stacks.batch import is_batch
from stacks.metrics import Metrics

HOURS_OF_CRON = 48
"""Without a build for so long, where the time between two builds is not simply a number."""

_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}


class MirrorAlarms(Construct):
    """The alarms of one project. What they say goes to `topic`.

    A failed build is told by an event, which says more than an alarm can; its alarm is for the dashboard, and tells
    nobody, so that one failure is one message.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the name that every construct gives it
        *,
        config: MirrorConfig,
        watch: Watch,
        topic: sns.ITopic,
        dead_letters: sqs.IQueue | None,
    ) -> None:
        super().__init__(scope, id)
        self._project = names.project(config)
        self._action = actions.SnsAction(topic)
        metrics = Metrics(self._project)
        self.all = [self._failed(metrics)]
        hours = watch.no_success_hours or hours_without_success(config.schedules)
        if hours is not None:
            no_success = self._no_whole_success if is_batch(config) else self._no_success
            self.all.append(no_success(metrics, hours))
        self.all += [self._stale(metrics, watch.stale_hours), self._low_budget(metrics, watch.low_budget)]
        if dead_letters is not None:
            self.all.append(self._not_started(dead_letters))

    def _failed(self, metrics: Metrics) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            "FailedRun",
            alarm_name=f"{self._project}-failed-run",
            alarm_description="A build failed in the last hour. Its log says what failed.",
            metric=metrics.builds("FailedBuilds", period=Duration.hours(1)),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _no_success(self, metrics: Metrics, hours: int) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            "NoSuccess",
            alarm_name=f"{self._project}-no-success",
            alarm_description=f"No build succeeded for {hours} h. It begins like this, until the first one does.",
            # An hour that passed without a build has no data at all, which must count.
            metric=metrics.builds("SucceededBuilds", period=Duration.hours(1)),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=hours,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        return self._told(alarm)

    def _no_whole_success(self, metrics: Metrics, hours: int) -> cloudwatch.Alarm:
        """The same of batches: CodeBuild counts their builds, of which most succeed whatever becomes of the run."""
        alarm = cloudwatch.Alarm(
            self,
            "NoSuccess",
            alarm_name=f"{self._project}-no-success",
            alarm_description=f"No batch succeeded for {hours} h. It begins like this, until the first one does.",
            metric=metrics.run(settings.RUNS_SUCCEEDED, statistic="Maximum", period=Duration.hours(1)),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=hours,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        return self._told(alarm)

    def _stale(self, metrics: Metrics, hours: int) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            "Stale",
            alarm_name=f"{self._project}-stale",
            alarm_description=f"A mirrored tag is more than {hours} h behind Docker Hub.",
            metric=metrics.run(settings.STALE_SECONDS, statistic="Maximum", period=Duration.hours(1)),
            threshold=hours * 3600,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        return self._told(alarm)

    def _low_budget(self, metrics: Metrics, pulls: int) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            "LowBudget",
            alarm_name=f"{self._project}-low-budget",
            alarm_description=f"Fewer than {pulls} Docker Hub pulls were left after a run.",
            metric=metrics.run(settings.PULLS_REMAINING, statistic="Minimum", period=Duration.hours(1)),
            threshold=pulls,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        return self._told(alarm)

    def _not_started(self, dead_letters: sqs.IQueue) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            "NotStarted",
            alarm_name=f"{self._project}-not-started",
            alarm_description="A schedule could not start a build. The dead-letter queue says why.",
            metric=dead_letters.metric_approximate_number_of_messages_visible(
                statistic="Maximum", period=Duration.minutes(5)
            ),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        return self._told(alarm)

    def _told(self, alarm: cloudwatch.Alarm) -> cloudwatch.Alarm:
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        return alarm


def hours_without_success(schedules: Sequence[Schedule]) -> int | None:
    """Twice the time between two builds, as far as an alarm can look back; `None` where only people start builds."""
    if not schedules:
        return None
    hours = []
    for schedule in schedules:
        if schedule.rate is None:
            hours.append(HOURS_OF_CRON)
            continue
        number, unit = schedule.rate.split()
        hours.append(math.ceil(2 * int(number) * _MINUTES[unit.removesuffix("s")] / 60))
    return max(2, min(*hours, MAX_ALARM_HOURS))
