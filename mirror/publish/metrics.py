"""What alarms and dashboards look at: a run's figures as CloudWatch metrics."""

from collections.abc import Mapping
from typing import Any

from mirror import settings
from mirror.errors import MirrorError
from mirror.registry import aws
from mirror.report.model import Action, RunReport

_WELL = frozenset({Action.COPIED, Action.RETAGGED, Action.UNCHANGED, Action.KEPT, Action.GONE})
_BEHIND = frozenset({Action.FAILED, Action.DEFERRED})

_UNITS = {settings.STALE_SECONDS: "Seconds", settings.BYTES_DOWNLOADED: "Bytes"}


def metrics(report: RunReport, *, partial: bool, succeeded: bool | None = None) -> Mapping[str, float]:
    """The figures by metric name. A partial run says what it used, but nothing of how the whole mirror is.

    `succeeded` is for runs of several builds, which no count of CodeBuild's tells of.
    """
    found: dict[str, float] = {
        settings.BYTES_DOWNLOADED: report.bytes_downloaded,
        settings.PULLS_USED: report.pulls,
    }
    if report.quota_after is not None:
        found[settings.PULLS_REMAINING] = report.quota_after.remaining
    if succeeded is not None:
        found[settings.RUNS_SUCCEEDED] = float(succeeded)
    if not partial:
        found[settings.IMAGES_MIRRORED] = sum(1 for image in report.images if image.action in _WELL)
        found[settings.IMAGES_FAILED] = len(report.with_action(Action.FAILED))
        found[settings.IMAGES_DEFERRED] = len(report.with_action(Action.DEFERRED))
        found[settings.STALE_SECONDS] = _stale_seconds(report)
    return found


def put_metrics(report: RunReport, project: str, *, partial: bool, succeeded: bool | None = None) -> MirrorError | None:
    """Write them, once a run. What went wrong is returned: metrics that cannot be written fail no image.

    `succeeded` as in `metrics`.
    """
    data = [
        {
            "MetricName": name,
            "Dimensions": [{"Name": settings.METRIC_DIMENSION, "Value": project}],
            "Timestamp": report.finished,
            "Value": value,
            "Unit": _UNITS.get(name, "Count"),
        }
        for name, value in metrics(report, partial=partial, succeeded=succeeded).items()
    ]
    try:
        with aws.translated("metrics"):
            client: Any = aws.client("cloudwatch")
            client.put_metric_data(Namespace=settings.METRIC_NAMESPACE, MetricData=data)
    except MirrorError as err:
        return err
    return None


def _stale_seconds(report: RunReport) -> float:
    """Of references that are not what upstream has: since when a run has seen the newer content there."""
    behind = [image.moved_at for image in report.images if image.action in _BEHIND and image.moved_at is not None]
    return (report.finished - min(behind)).total_seconds() if behind else 0.0
