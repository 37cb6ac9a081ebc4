"""The CodeBuild project that mirrors."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from mirror import settings
from mirror.config.model import MirrorConfig
from stacks import build_network, checkov, nag, names
from stacks.batch import BatchBuilds, is_batch
from stacks.build_machine import machine
from stacks.build_network import BuildNetwork
from stacks.mirror_asset import MirrorAsset
from stacks.reports import RunReports


class MirrorProject(Construct):
    """The project with its log group.

    It is unprivileged, because the engine needs no Docker, and runs one build at a time: a second one would do the same
    work again. CodeBuild refuses a start meanwhile, it does not queue it. Of several shards there is no such limit: a
    build of the batch that it refused would be lost, and beyond the account's own quota builds are queued.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the name that every construct gives it
        *,
        config: MirrorConfig,
        asset: MirrorAsset,
        buildspec: str,
        role: iam.Role,
        reports: RunReports | None = None,
    ) -> None:
        super().__init__(scope, id)
        runs_on = machine(config.compute)
        self.log_group = logs.LogGroup(
            self,
            "Log",
            log_group_name=names.log_group(config),
            retention=logs.RetentionDays.ONE_MONTH,
            # Logs tell about runs, they are not what the mirror is for; and kept, the fixed name would stand in the
            # way of the next deployment.
            removal_policy=RemovalPolicy.DESTROY,
        )
        checkov.accept(self.log_group, checkov.ENCRYPTED_BY_LOGS)
        self.project = codebuild.Project(
            self,
            "Project",
            project_name=names.project(config),
            description="Mirrors Docker Hub images into Amazon ECR and ECR Public, as mirror.yaml declares.",
            source=codebuild.Source.s3(bucket=asset.bucket, path=asset.s3_object_key),
            build_spec=TextBuildSpec(buildspec),
            environment=codebuild.BuildEnvironment(
                build_image=runs_on.image,
                compute_type=runs_on.size,
                privileged=False,
            ),
            environment_variables={
                name: codebuild.BuildEnvironmentVariable(value=value)
                for name, value in variables(config, runs_on.deadline_minutes, reports).items()
            },
            timeout=runs_on.timeout,
            queued_timeout=runs_on.queued_timeout,
            concurrent_build_limit=None if is_batch(config) else 1,
            grant_report_group_permissions=False,
            logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=self.log_group)),
            # The library would allow more than a build needs: listing the bucket of all assets, making log groups.
            role=role.without_policy_updates(),
        )
        nag.acknowledge(self.project, nag.NO_ARTEFACTS)
        if is_batch(config):
            BatchBuilds(self, "Batch", config=config, project=self.project, timeout_minutes=runs_on.minutes)
        for statement in self._needs(asset):
            role.add_to_principal_policy(statement)
        if reports is not None:
            reports.allow(role)
            self.project.node.add_dependency(reports.group)
        if config.network.vpc is not None:
            self._put_into_vpc(BuildNetwork(self, "Network", network=config.network, vpc=config.network.vpc), role)

    def _put_into_vpc(self, network: BuildNetwork, role: iam.Role) -> None:
        # Not by the construct's own settings: it would need more of the VPC than its ids, and look it up for that.
        resource = self.project.node.default_child
        if not isinstance(resource, codebuild.CfnProject):
            raise TypeError(f"the project is made of {resource}")
        resource.vpc_config = network.settings
        network.allow(role)
        # CodeBuild tries the permissions when it makes the project.
        resource.node.add_dependency(role.node.find_child("DefaultPolicy"))

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


def variables(config: MirrorConfig, deadline_minutes: int, reports: RunReports | None = None) -> dict[str, str]:
    """The environment variables of the project."""
    found = {settings.DEADLINE_SECONDS: str(deadline_minutes * 60), **build_network.variables(config.network)}
    if config.watch is not None:
        found[settings.METRICS] = names.project(config)
    return found if reports is None else {**found, **reports.variables}


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
