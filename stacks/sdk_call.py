"""Calls to AWS that a deployment makes, by the library's provider: there is no function of our own."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources as cr
from constructs import Construct

from stacks import checkov, nag

_LOG = "SdkCallLog"


class SdkCall(cr.AwsCustomResource):
    """One call, made when the resource is created and whenever its parameters change; never when it is deleted."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the name that every construct gives it
        *,
        service: str,
        action: str,
        parameters: Mapping[str, Any],
        output_paths: Sequence[str],
        statement: iam.PolicyStatement,
        ignored_errors: str | None = None,
        region: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            on_update=cr.AwsSdkCall(
                service=service,
                action=action,
                parameters=dict(parameters),
                # One that never changes: another would have the old resource deleted, which is nothing here.
                physical_resource_id=cr.PhysicalResourceId.of(f"{service}.{action}"),
                output_paths=list(output_paths),
                ignore_error_codes_matching=ignored_errors,
                region=region,
            ),
            policy=cr.AwsCustomResourcePolicy.from_statements([statement]),
            install_latest_aws_sdk=False,
            log_group=_log_group(Stack.of(scope)),
        )
        accept_provider(self)


def accept_provider(scope: Construct) -> None:
    """Accept what rules say of the library's function. One serves all calls of a stack, and is the stack's child."""
    name = f"AWS{cr.AwsCustomResource.PROVIDER_FUNCTION_UUID.replace('-', '')}"
    for function in Stack.of(scope).node.children:
        if function.node.id.startswith(name) and not checkov.is_accepted(function):
            nag.acknowledge(function, nag.PROVIDER_LOGS)
            nag.acknowledge(function, nag.LIBRARYS_RUNTIME)
            checkov.accept(function, *checkov.PROVIDER_ONLY_ON_DEPLOYMENT)


def _log_group(stack: Stack) -> logs.ILogGroup:
    found = stack.node.try_find_child(_LOG)
    if isinstance(found, logs.LogGroup):
        return found
    group = logs.LogGroup(stack, _LOG, retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY)
    checkov.accept(group, checkov.ENCRYPTED_BY_LOGS)
    return group
