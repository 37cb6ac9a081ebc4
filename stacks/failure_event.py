"""Tells of builds that fail, in words."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks import nag

STATUSES = ("FAILED", "FAULT", "TIMED_OUT")
"""Not STOPPED: whoever stops a build knows."""


class FailureEvent(Construct):
    """Routes CodeBuild's event to the topic, as a message that a person can read."""

    def __init__(self, scope: Construct, id: str, *, project: str, topic: sns.ITopic) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "events.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            description=f"The rule for failed builds of {project}: publish to the alert topic.",
        )
        nag.acknowledge(role, nag.DATA_KEYS)
        field = events.EventField.from_path
        events.Rule(
            self,
            "Rule",
            description=f"Builds of {project} that fail, to the alert topic",
            event_pattern=events.EventPattern(
                source=["aws.codebuild"],
                detail_type=["CodeBuild Build State Change"],
                detail={"project-name": [project], "build-status": list(STATUSES)},
            ),
            targets=[
                targets.SnsTopic(
                    topic,
                    # A topic's policy could not limit the service to this account: it may have no conditions on it.
                    role=role,
                    message=events.RuleTargetInput.from_multiline_text(
                        f"A build of {project} ended with {field('$.detail.build-status')} at {field('$.time')}.\n"
                        "What is mirrored already is complete, and the next build goes on from there.\n"
                        f"Started by {field('$.detail.additional-information.initiator')}.\n"
                        f"Log: {field('$.detail.additional-information.logs.deep-link')}\n"
                        f"Build: {field('$.detail.build-id')}"
                    ),
                )
            ],
        )
