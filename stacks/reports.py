"""What a person looks at after a run: the bucket with the status page, and the group of CodeBuild's test reports."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from mirror import settings
from mirror.config.model import MirrorConfig
from mirror.config.operation import Reports
from mirror.publish.publish import RUNS
from mirror.shards.files import FOLDER
from stacks import checkov, nag, names
from stacks.batch import is_batch

OLD_VERSIONS_DAYS = 30
"""For how long one can go back behind what is under a stable name."""
PARTS_DAYS = 7
"""For how long one can look at what a single shard did."""


class RunReports(Construct):
    """The bucket and the group. Builds write, people read; nothing here is public."""

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, reports: Reports) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(id="runs", prefix=RUNS, expiration=Duration.days(reports.keep_days)),
                *_of_batches(config),
                s3.LifecycleRule(
                    id="old-versions",
                    noncurrent_version_expiration=Duration.days(OLD_VERSIONS_DAYS),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                ),
            ],
            # It has no fixed name, so that one that is kept stands in nobody's way.
            removal_policy=RemovalPolicy.RETAIN,
        )
        nag.acknowledge(self.bucket, nag.REPORTS_ARE_NOT_LOGGED)
        checkov.accept(self.bucket, checkov.NOT_LOGGED)
        self.group = codebuild.ReportGroup(
            self,
            "Group",
            report_group_name=names.project(config),
            type=codebuild.ReportGroupType.TEST,
            # Reports end after 30 days anyway, and a group that is kept would be in the way of the next deployment.
            removal_policy=RemovalPolicy.DESTROY,
            delete_reports=True,
        )
        stack = Stack.of(self)
        self.group_arn = (
            f"arn:{stack.partition}:codebuild:{stack.region}:{stack.account}:report-group/{names.project(config)}"
        )
        """By its name: the buildspec is text, and should be readable."""

    @property
    def variables(self) -> dict[str, str]:
        """What the project tells the engine."""
        return {settings.REPORT_BUCKET: self.bucket.bucket_name}

    def allow(self, role: iam.Role) -> None:
        """Let builds write reports, and read the last one."""
        # Without the bucket's listing an object that does not exist yet is one that may not be read.
        for sid, actions, resource in (
            ("FindReports", ["s3:ListBucket"], self.bucket.bucket_arn),
            ("WriteReports", ["s3:GetObject", "s3:PutObject"], self.bucket.arn_for_objects("*")),
            (
                "TellReports",
                ["codebuild:CreateReport", "codebuild:UpdateReport", "codebuild:BatchPutTestCases"],
                self.group_arn,
            ),
        ):
            role.add_to_principal_policy(iam.PolicyStatement(sid=sid, actions=actions, resources=[resource]))
        nag.acknowledge(role, nag.objects(self.bucket))


def _of_batches(config: MirrorConfig) -> list[s3.LifecycleRule]:
    """What the builds of a batch left for each other is in the run's report."""
    if not is_batch(config):
        return []
    return [s3.LifecycleRule(id="shards", prefix=FOLDER, expiration=Duration.days(PARTS_DAYS))]
