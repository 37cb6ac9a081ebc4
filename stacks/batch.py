"""What makes a project's builds batches: several builds that share a run."""

from aws_cdk import Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from constructs import Construct

from mirror.config.model import MirrorConfig

BESIDE_SHARDS = 2
"""Builds of a batch that are no shards: one divides, one combines."""
MAX_MINUTES = 2160

ACTIONS = ("codebuild:StartBuild", "codebuild:StopBuild", "codebuild:RetryBuild")
"""What CodeBuild does in the batch's name."""


def is_batch(config: MirrorConfig) -> bool:
    """Whether a run is several builds."""
    return config.shards > 1


class BatchBuilds(Construct):
    """Lets the project run batches, by a role that may start and stop its builds and do nothing else.

    It is not the builds' own role: with that, a build could start others.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the name that every construct gives it
        *,
        config: MirrorConfig,
        project: codebuild.Project,
        timeout_minutes: int,
    ) -> None:
        super().__init__(scope, id)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "codebuild.amazonaws.com",
                # CodeBuild acts for whole AWS; only what this account's projects do may use the role.
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            description="Batch builds of hub-mirror: start and stop the project's builds.",
        )
        self.role.add_to_policy(iam.PolicyStatement(actions=list(ACTIONS), resources=[project.project_arn]))
        resource = project.node.default_child
        if not isinstance(resource, codebuild.CfnProject):
            raise TypeError(f"the project is made of {resource}")
        builds = config.shards + BESIDE_SHARDS
        # Not by the construct's own method: its role could be used for any account's projects, and it sets no limits.
        resource.build_batch_config = codebuild.CfnProject.ProjectBuildBatchConfigProperty(
            service_role=self.role.role_arn,
            restrictions=codebuild.CfnProject.BatchRestrictionsProperty(maximum_builds_allowed=builds),
            # As long as it takes in an account that runs one build at a time.
            timeout_in_mins=min(builds * timeout_minutes, MAX_MINUTES),
        )
