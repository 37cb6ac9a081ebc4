"""Where alarms and failures are told."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

ALARMS = "cloudwatch.amazonaws.com"
"""Whose alarms publish. The rule for failed builds does so with a role."""


class AlertTopic(Construct):
    """An encrypted SNS topic with its key, and the addresses that get its messages.

    The key is the topic's own: with the one that AWS manages for SNS, alarms could not publish.
    """

    def __init__(self, scope: Construct, id: str, *, display_name: str, email: Sequence[str]) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        alarms = [iam.ServicePrincipal(ALARMS)]
        key = kms.Key(
            self,
            "Key",
            description=f"Messages about {display_name}",
            enable_key_rotation=True,
            pending_window=Duration.days(7),
            # Messages are not kept, so nothing is lost with the key.
            removal_policy=RemovalPolicy.DESTROY,
        )
        key.add_to_resource_policy(
            # Without a condition, as CloudWatch documents it; which alarms may publish is the topic's to say.
            iam.PolicyStatement(
                sid="Alarms", principals=alarms, actions=["kms:Decrypt", "kms:GenerateDataKey*"], resources=["*"]
            )
        )
        self.topic = sns.Topic(self, "Topic", display_name=display_name, master_key=key, enforce_ssl=True)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Alarms",
                principals=alarms,
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        for address in email:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))
