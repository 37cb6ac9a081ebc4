"""The numbers that alarms and the dashboard look at: CodeBuild's own, and those that the engine writes."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from mirror import settings

CODEBUILD = "AWS/CodeBuild"


class Metrics:
    """Metrics of one project."""

    def __init__(self, project: str) -> None:
        self._project = project

    def builds(self, name: str, *, period: Duration, statistic: str = "Sum") -> cloudwatch.Metric:
        """CodeBuild's: `Builds`, `SucceededBuilds`, `FailedBuilds`, `Duration`."""
        return cloudwatch.Metric(
            namespace=CODEBUILD,
            metric_name=name,
            dimensions_map={"ProjectName": self._project},
            statistic=statistic,
            period=period,
        )

    def run(
        self, name: str, *, statistic: str, period: Duration | None = None, label: str | None = None
    ) -> cloudwatch.Metric:
        """The engine's, named as in `mirror.settings`."""
        return cloudwatch.Metric(
            namespace=settings.METRIC_NAMESPACE,
            metric_name=name,
            dimensions_map={settings.METRIC_DIMENSION: self._project},
            statistic=statistic,
            period=period or Duration.minutes(5),
            label=label,
        )
