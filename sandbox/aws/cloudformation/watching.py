"""Alarms and what they publish to: `AWS::CloudWatch::Alarm`, SNS's policies and subscriptions, SQS's policies."""

import json
from abc import abstractmethod
from typing import Self

from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.sns.models import SNSBackend, sns_backends
from moto.sqs.models import SQSBackend, sqs_backends

from sandbox.aws.cloudformation.resource import Resource, register


@register
class Alarm(Resource):
    """An alarm on one metric. Nothing evaluates it."""

    TYPE = "AWS::CloudWatch::Alarm"
    NAME_PROPERTY = "AlarmName"

    @property
    def _backend(self) -> CloudWatchBackend:
        return cloudwatch_backends[self.account][self.region]

    def attributes(self) -> dict[str, str]:
        """Arn."""
        return {"Arn": f"arn:aws:cloudwatch:{self.region}:{self.account}:alarm:{self.name}"}

    def create(self) -> None:
        """Make it."""
        properties = self.properties
        self._backend.put_metric_alarm(
            name=self.name,
            namespace=properties["Namespace"],
            metric_name=properties["MetricName"],
            comparison_operator=properties["ComparisonOperator"],
            evaluation_periods=int(properties["EvaluationPeriods"]),
            period=int(properties["Period"]),
            threshold=float(properties["Threshold"]),
            statistic=properties["Statistic"],
            description=properties.get("AlarmDescription", ""),
            dimensions=properties.get("Dimensions", []),
            alarm_actions=properties.get("AlarmActions", []),
            ok_actions=properties.get("OKActions", []),
            treat_missing_data=properties.get("TreatMissingData"),
        )

    def update(self, old: Self) -> None:  # noqa: ARG002 - everything is set anew
        """Set everything anew."""
        self.create()

    def remove(self) -> None:
        """Delete it."""
        self._backend.delete_alarms([self.name])


@register
class Subscription(Resource):
    """Who gets a topic's messages. In moto everybody has confirmed."""

    TYPE = "AWS::SNS::Subscription"
    REPLACED_BY = ("TopicArn", "Protocol", "Endpoint")

    @property
    def _backend(self) -> SNSBackend:
        return sns_backends[self.account][self.region]

    def create(self) -> None:
        """Its name is the ARN that SNS gives it."""
        properties = self.properties
        made = self._backend.subscribe(properties["TopicArn"], properties["Endpoint"], properties["Protocol"])
        self.name = made.arn

    def update(self, old: Self) -> None:
        """Nothing that a template of ours sets."""

    def remove(self) -> None:
        """Delete it; with its topic it is gone already."""
        if self.name in self._backend.subscriptions:
            self._backend.unsubscribe(self.name)


class _Policy(Resource):
    """A document that is set on other resources."""

    TARGETS = ""

    @abstractmethod
    def set(self, target: str, document: str) -> None:
        """Put it on one of them."""

    def create(self) -> None:
        for target in self.properties[self.TARGETS]:
            self.set(target, json.dumps(self.properties["PolicyDocument"]))

    def update(self, old: Self) -> None:  # noqa: ARG002 - everything is set anew
        self.create()

    def remove(self) -> None:
        """The resources themselves go just after it."""


@register
class TopicPolicy(_Policy):
    """Who may publish."""

    TYPE = "AWS::SNS::TopicPolicy"
    TARGETS = "Topics"

    def set(self, target: str, document: str) -> None:
        """On a topic by its ARN."""
        backend: SNSBackend = sns_backends[self.account][self.region]
        backend.set_topic_attribute(target, "policy", document)


@register
class QueuePolicy(_Policy):
    """Who may send."""

    TYPE = "AWS::SQS::QueuePolicy"
    TARGETS = "Queues"

    def set(self, target: str, document: str) -> None:
        """On a queue by its URL."""
        backend: SQSBackend = sqs_backends[self.account][self.region]
        backend.set_queue_attributes(target.rpartition("/")[2], {"Policy": document})
