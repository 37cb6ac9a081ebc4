"""What a deployment tells: outputs for people, and the same as SSM parameters for other stacks."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from mirror.config.model import DestinationName, MirrorConfig
from mirror.publish.publish import STATUS
from stacks import names
from stacks.batch import is_batch
from stacks.public_alias import PublicAlias
from stacks.registry_outputs import PUBLIC_HOST, public_registry
from stacks.reports import RunReports
from stacks.watching import Watching


class MirrorOutputs(Construct):
    """Outputs of the stack it is in. With `parameters: true`, parameters too, all under one path.

    The registries' prefixes are outputs of the stacks that hold the repositories, and parameters here; asking for ECR
    Public's takes a call, which only parameters are worth.
    """

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, project: codebuild.IProject) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        self._config = config
        stack = Stack.of(self)
        name = names.project(config)
        console = console_url(stack.region)
        start = "start-build-batch" if is_batch(config) else "start-build"
        self._tell("ProjectName", project.project_name, "The CodeBuild project", parameter="project-name")
        self._tell(
            "StartCommand",
            f"aws codebuild {start} --region {stack.region} --project-name {name}",
            "Starts a build",
            parameter="start-command",
        )
        self._tell(
            "Console",
            f"{console}/codesuite/codebuild/{stack.account}/projects/{name}?region={stack.region}",
            "The project in the console: start builds, read logs",
            parameter="console",
        )
        if config.parameters:
            self._tell_registries()

    def tell_watching(self, watching: Watching) -> None:
        """Where alarms and failures go, and where to look."""
        stack = Stack.of(self)
        self._tell("AlertTopic", watching.topic.topic_arn, "Alarms and failed builds", parameter="alert-topic")
        if watching.dashboard is not None:
            self._tell(
                "DashboardConsole",
                f"{console_url(stack.region)}/cloudwatch/home?region={stack.region}"
                f"#dashboards/dashboard/{names.project(self._config)}",
                "Whether the mirror is healthy",
                parameter="dashboard",
            )

    def tell_reports(self, reports: RunReports) -> None:
        """Where the status page is. The bucket is private: the console opens it for who may read it."""
        stack = Stack.of(self)
        self._tell(
            "StatusPage",
            f"{console_url(stack.region)}/s3/object/{reports.bucket.bucket_name}?region={stack.region}&prefix={STATUS}",
            "What is mirrored, in the console: press Open",
            parameter="status-page",
        )

    def _tell_registries(self) -> None:
        config = self._config
        if config.private is not None and config.images_to(DestinationName.PRIVATE):
            self._parameter(
                "private-registry",
                names.private_registry(self, config.private.prefix),
                "What stands before the names of mirrored private images",
            )
        if config.repositories:
            self._parameter(
                "own-registry",
                names.private_registry(self, ""),
                "What stands before the names of your own repositories",
            )
        if config.public is not None and config.images_to(DestinationName.PUBLIC):
            alias = config.public.alias
            registry = f"{PUBLIC_HOST}/{alias}" if alias else PublicAlias(self, "PublicAlias").registry
            self._tell(
                "PublicRegistry",
                public_registry(registry, config.public),
                "What stands before the names of public images: ARG PUBLIC_REGISTRY",
                parameter="public-registry",
            )

    def _tell(self, output: str, value: str, description: str, *, parameter: str) -> None:
        CfnOutput(self, output, value=value, description=description).override_logical_id(output)
        if self._config.parameters:
            self._parameter(parameter, value, description)

    def _parameter(self, name: str, value: str, description: str) -> None:
        ssm.StringParameter(
            self,
            f"Parameter-{name}",
            parameter_name=names.parameter(self._config, name),
            string_value=value,
            description=description,
        )


def console_url(region: str) -> str:
    """The console of a region, which in other partitions is at another address."""
    if region.startswith("cn-"):
        return f"https://{region}.console.amazonaws.cn"
    if region.startswith("us-gov-"):
        return f"https://{region}.console.amazonaws-us-gov.com"
    return f"https://{region}.console.aws.amazon.com"
