"""Whether the mirror is healthy, at one look."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from mirror import settings
from mirror.report.model import Action
from stacks.metrics import Metrics

DAY = Duration.days(1)
HOUR = Duration.hours(1)
_BUILDS = ("SucceededBuilds", "FailedBuilds")
_WIDTH = 24


class MirrorDashboard(Construct):
    """Top down: what is wrong now, the last day in numbers, the last weeks as curves, the last lines of log."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the name that every construct gives it
        *,
        project: str,
        alarms: Sequence[cloudwatch.IAlarm],
        log_group: logs.ILogGroup,
    ) -> None:
        super().__init__(scope, id)
        metrics = Metrics(project)
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=project,
            default_interval=Duration.days(7),
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=_WIDTH, height=3)],
                [_numbers("The last day", _last_day(metrics))],
                [
                    _graph("Tags", _tags(metrics)),
                    _graph("Builds", [metrics.builds(name, period=HOUR) for name in _BUILDS]),
                    _graph(
                        "Furthest behind, in seconds",
                        [metrics.run(settings.STALE_SECONDS, statistic="Maximum", period=HOUR)],
                    ),
                ],
                [
                    _graph(
                        "Docker Hub pulls",
                        [
                            metrics.run(settings.PULLS_USED, statistic="Sum", period=HOUR, label="used"),
                            metrics.run(settings.PULLS_REMAINING, statistic="Minimum", period=HOUR, label="left"),
                        ],
                    ),
                    _graph("Bytes read", [metrics.run(settings.BYTES_DOWNLOADED, statistic="Sum", period=HOUR)]),
                    _graph("Seconds a build takes", [metrics.builds("Duration", period=HOUR, statistic="Maximum")]),
                ],
                [
                    cloudwatch.LogQueryWidget(
                        title="Failed and deferred",
                        log_group_names=[log_group.log_group_name],
                        query_lines=[
                            "fields @timestamp, @message",
                            f"filter @message like /^({Action.FAILED}|{Action.DEFERRED}) /",
                            "sort @timestamp desc",
                            "limit 50",
                        ],
                        width=_WIDTH,
                        height=6,
                    )
                ],
            ],
        )


def _last_day(metrics: Metrics) -> list[cloudwatch.IMetric]:
    labelled = (
        (settings.IMAGES_FAILED, "Maximum", "tags failed"),
        (settings.IMAGES_DEFERRED, "Maximum", "tags deferred"),
        (settings.STALE_SECONDS, "Maximum", "seconds behind"),
        (settings.PULLS_REMAINING, "Minimum", "pulls left"),
        (settings.BYTES_DOWNLOADED, "Sum", "bytes read"),
    )
    return [
        *(metrics.builds(name, period=DAY) for name in _BUILDS),
        *(metrics.run(name, statistic=statistic, period=DAY, label=label) for name, statistic, label in labelled),
    ]


def _tags(metrics: Metrics) -> list[cloudwatch.IMetric]:
    labelled = (
        (settings.IMAGES_MIRRORED, "mirrored"),
        (settings.IMAGES_FAILED, "failed"),
        (settings.IMAGES_DEFERRED, "deferred"),
    )
    return [metrics.run(name, statistic="Maximum", period=HOUR, label=label) for name, label in labelled]


def _numbers(title: str, metrics: list[cloudwatch.IMetric]) -> cloudwatch.IWidget:
    return cloudwatch.SingleValueWidget(title=title, metrics=metrics, width=_WIDTH, height=3)


def _graph(title: str, metrics: list[cloudwatch.IMetric]) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title=title, left=metrics, left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False), width=8, height=6
    )
