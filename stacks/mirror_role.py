"""The role that builds run as: the declared repositories and the login, nothing else."""

import re
from collections.abc import Callable, Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from mirror import settings
from mirror.config.model import DestinationName, MirrorConfig
from stacks import checkov, grants, nag, names
from stacks.push_scope import push_scopes

_FULL_SECRET_ARN = re.compile(r"-[A-Za-z0-9]{6}$")


class MirrorRole(iam.Role):
    """May push to the repositories of `config`'s images; not to `repositories:`, which belong to other builds.

    The project adds what it needs itself: its log group and its source.
    """

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(
            scope,
            id,
            assumed_by=iam.ServicePrincipal(
                "codebuild.amazonaws.com",
                # CodeBuild acts for whole AWS; only what this account's projects do may use the role.
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
            ),
            description="Builds of hub-mirror: push to the declared repositories.",
        )
        scopes = push_scopes(config)
        private, public = scopes[DestinationName.PRIVATE], scopes[DestinationName.PUBLIC]
        # First, so that however many policies the repositories take, the logins are in the role's own.
        if private.repositories:
            self._allow(grants.private_login())
            nag.acknowledge(self, nag.LOGIN_HAS_NO_RESOURCE)
        if public.repositories:
            self._allow(*grants.public_login())
            nag.acknowledge(self, nag.LOGIN_HAS_NO_RESOURCE)
            checkov.accept(self.node.find_child("DefaultPolicy"), checkov.LOGS_IN_TO_ECR_PUBLIC)
        if private.repositories:
            self._allow(*grants.private_push(self._arns(names.private_repository_arn, private.repositories)))
            self._allow(*grants.private_push_never(self._arns(names.private_repository_arn, private.excluded)))
        if public.repositories:
            self._allow(*grants.public_push(self._arns(names.public_repository_arn, public.repositories)))
        secret = config.docker_hub.credentials_secret
        if secret is not None:
            self._allow(grants.read_secret(secret_arns(self, secret)))
        if config.docker_hub.kms_key:
            self._allow(grants.decrypt_secret(config.docker_hub.kms_key, suffix=Stack.of(self).url_suffix))
        if config.watch is not None:
            self._allow(grants.put_metrics(settings.METRIC_NAMESPACE))
            nag.acknowledge(self, nag.METRICS_HAVE_NO_RESOURCE)

    def _arns(self, arn_of: Callable[[Construct, str], str], repositories: Sequence[str]) -> list[str]:
        arns = [arn_of(self, name) for name in repositories]
        for arn in arns:
            if arn.endswith("/*"):
                nag.acknowledge(self, nag.beginning_of_names(self, arn))
        return arns

    def _allow(self, *statements: iam.PolicyStatement) -> None:
        for statement in statements:
            self.add_to_policy(statement)


def secret_arns(scope: Construct, secret: str) -> Sequence[str]:
    """ARNs that a policy must name to allow reading `secret`, given by name or ARN.

    Secrets Manager appends six random characters to every secret's name. A name that itself ends like that cannot be
    told from a complete ARN, so such an ARN is allowed with and without them.
    """
    suffix = "-??????"
    if not secret.startswith("arn:"):
        stack = Stack.of(scope)
        return [f"arn:{stack.partition}:secretsmanager:{stack.region}:{stack.account}:secret:{secret}{suffix}"]
    return [secret, secret + suffix] if _FULL_SECRET_ARN.search(secret) else [secret + suffix]
