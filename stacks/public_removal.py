"""Deletes public repositories with their images, for `removal: destroy`.

CloudFormation deletes a public repository only when it is empty, so a call of the library's provider comes before it.
That call must never reach a repository that the file has meanwhile said to keep: the provider's role may delete only
what carries this stack's tags, and with `removal: retain` the same deployment takes them off before the call's resource
goes. The role names no repository: CloudFormation changes policies first and removes last, so that a name that left the
file would be gone from the policy when its repository is to be deleted.
"""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources as resources
from constructs import Construct

from mirror.config.repository_settings import OWN_TAGS
from stacks import checkov, nag, names
from stacks.public_repository import PublicRepository
from stacks.sdk_call import accept_provider

TAG_KEY = f"{OWN_TAGS}removal"
TAG_VALUE = "destroy"
STACK_KEY = f"{OWN_TAGS}stack"

_SERVICE = "ECRPUBLIC"
_FINE = "RepositoryNotFoundException|AccessDeniedException"
"""Gone already, or no longer to be removed."""


class PublicRemoval(Construct):
    """The role and log of the calls, and a call for each repository."""

    def __init__(self, scope: Construct, id: str, *, repositories: Sequence[PublicRepository]) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        self._log = logs.LogGroup(
            self, "Log", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        checkov.accept(self._log, checkov.ENCRYPTED_BY_LOGS)
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="hub-mirror: delete public repositories that mirror.yaml says to destroy.",
        )
        self._role.add_to_policy(
            iam.PolicyStatement(
                sid="WriteLog",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self._log.log_group_arn],
            )
        )
        tags = {TAG_KEY: TAG_VALUE, STACK_KEY: Stack.of(self).stack_name}
        every = names.public_repository_arn(self, "*")
        self._role.add_to_policy(
            iam.PolicyStatement(
                sid="DeleteRepositories",
                actions=["ecr-public:DeleteRepository"],
                resources=[every],
                conditions={"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in tags.items()}},
            )
        )
        nag.acknowledge(self._role, nag.tagged_repositories(self, every))
        for repository in repositories:
            for key, value in tags.items():
                Tags.of(repository).add(key, value)
            call = self._call(repository)
            # It is removed before what it depends on.
            call.node.add_dependency(repository, self._role)
        accept_provider(self)

    def _call(self, repository: PublicRepository) -> resources.AwsCustomResource:
        return resources.AwsCustomResource(
            self,
            repository.node.id,
            install_latest_aws_sdk=False,
            role=self._role,
            log_group=self._log,
            on_delete=resources.AwsSdkCall(
                service=_SERVICE,
                action="deleteRepository",
                parameters={"repositoryName": repository.repository_name, "force": True},
                ignore_error_codes_matching=_FINE,
            ),
        )
