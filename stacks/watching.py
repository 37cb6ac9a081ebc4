"""Who notices when the mirror is not healthy."""

from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from mirror.config.model import MirrorConfig
from mirror.config.operation import Watch
from stacks import names
from stacks.alarms import MirrorAlarms
from stacks.alert_topic import AlertTopic
from stacks.dashboard import MirrorDashboard
from stacks.failure_event import FailureEvent


class Watching(Construct):
    """The topic, what is told there, and the dashboard."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the name that every construct gives it
        *,
        config: MirrorConfig,
        watch: Watch,
        log_group: logs.ILogGroup,
        dead_letters: sqs.IQueue | None,
    ) -> None:
        super().__init__(scope, id)
        project = names.project(config)
        self.topic: sns.ITopic = (
            sns.Topic.from_topic_arn(self, "Topic", watch.topic)
            if watch.topic
            else AlertTopic(self, "Alerts", display_name=project, email=watch.email).topic
        )
        self.alarms = MirrorAlarms(
            self, "Alarms", config=config, watch=watch, topic=self.topic, dead_letters=dead_letters
        )
        FailureEvent(self, "Failure", project=project, topic=self.topic)
        self.dashboard = (
            MirrorDashboard(self, "Dashboard", project=project, alarms=self.alarms.all, log_group=log_group)
            if watch.dashboard
            else None
        )
