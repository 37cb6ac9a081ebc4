"""The CodeBuild project that mirrors."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from mirror import settings
from stacks import nag, names
from stacks.mirror_asset import MirrorAsset

TIMEOUT_MINUTES = 60
MARGIN_MINUTES = 5
"""How long before CodeBuild's time-out the run ends by itself, with a report."""
QUEUED_TIMEOUT = Duration.hours(8)


class MirrorProject(Construct):
    """The project with its log group.

    It is unprivileged, because the engine needs no Docker, and runs one build at a time: a second one would do the same
    work again. CodeBuild refuses a start meanwhile, it does not queue it.
    """

    def __init__(self, scope: Construct, id: str, *, asset: MirrorAsset, buildspec: str, role: iam.Role) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        self.log_group = logs.LogGroup(
            self,
            "Log",
            log_group_name=names.LOG_GROUP,
            retention=logs.RetentionDays.ONE_MONTH,
            # Logs tell about runs, they are not what the mirror is for; and kept, the fixed name would stand in the
            # way of the next deployment.
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.project = codebuild.Project(
            self,
            "Project",
            project_name=names.PROJECT,
            description="Mirrors Docker Hub images into Amazon ECR and ECR Public, as mirror.yaml declares.",
            source=codebuild.Source.s3(bucket=asset.bucket, path=asset.s3_object_key),
            build_spec=TextBuildSpec(buildspec),
            environment=codebuild.BuildEnvironment(
                build_image=codebuild.LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0,
                compute_type=codebuild.ComputeType.SMALL,
                privileged=False,
            ),
            environment_variables={
                settings.DEADLINE_SECONDS: codebuild.BuildEnvironmentVariable(
                    value=str((TIMEOUT_MINUTES - MARGIN_MINUTES) * 60)
                ),
            },
            timeout=Duration.minutes(TIMEOUT_MINUTES),
            queued_timeout=QUEUED_TIMEOUT,
            concurrent_build_limit=1,
            grant_report_group_permissions=False,
            logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=self.log_group)),
            # The library would allow more than a build needs: listing the bucket of all assets, making log groups.
            role=role.without_policy_updates(),
        )
        nag.acknowledge(self.project, nag.NO_ARTEFACTS)
        for statement in self._needs(asset):
            role.add_to_principal_policy(statement)

    def _needs(self, asset: MirrorAsset) -> tuple[iam.PolicyStatement, ...]:
        return (
            iam.PolicyStatement(
                sid="ReadSource",
                actions=["s3:GetObject", "s3:GetObjectVersion"],
                resources=[asset.bucket.arn_for_objects(asset.s3_object_key)],
            ),
            iam.PolicyStatement(
                sid="FindSource",
                actions=["s3:GetBucketAcl", "s3:GetBucketLocation"],
                resources=[asset.bucket.bucket_arn],
            ),
            iam.PolicyStatement(
                sid="WriteLog",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self.log_group.log_group_arn],
            ),
        )


class TextBuildSpec(codebuild.BuildSpec):
    """A buildspec kept as it was written. The library's own go through objects, which have no comments."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    @property
    def is_immediate(self) -> bool:
        """Whether the text itself is in the project, rather than in a file of the source."""
        return True

    def to_build_spec(self, scope: Construct | None = None) -> str:  # noqa: ARG002 - the library's signature
        """The text."""
        return self._text
