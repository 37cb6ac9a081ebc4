"""Findings of security rules that are accepted, each with its reason. Everything else fails the tests of the templates.

An acknowledgement names one finding, not a rule: a new wildcard in the same policy is reported again.
"""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

LOGIN_HAS_NO_RESOURCE = (
    "AwsSolutions-IAM5[Resource::*]",
    "GetAuthorizationToken, DescribeRegistries and GetServiceBearerToken have no resource type: IAM accepts only *.",
)
ALIAS_HAS_NO_RESOURCE = (
    "AwsSolutions-IAM5[Resource::*]",
    "DescribeRegistries has no resource type: IAM accepts only *.",
)
DATA_KEYS = (
    "AwsSolutions-IAM5[Action::kms:GenerateDataKey*]",
    "The library's way to name the actions with and without the plaintext; the statement names one key.",
)
METRICS_HAVE_NO_RESOURCE = (
    "AwsSolutions-IAM5[Resource::*]",
    "PutMetricData has no resource type: IAM accepts only *, and a condition limits it to one namespace.",
)
LIBRARYS_RUNTIME = (
    "AwsSolutions-L1",
    "The function is the library's own provider, and its runtime comes with the library.",
)
ORGANIZATION_IS_NO_PRINCIPAL = (
    "AwsSolutions-ECR1",
    "A policy cannot name an organization as principal: everybody is, narrowed by aws:PrincipalOrgID or OrgPaths.",
)
NO_ARTEFACTS = (
    "AwsSolutions-CB4",
    "The project writes no artefacts and no cache, so there is nothing that a key of its own would encrypt.",
)
REPORTS_ARE_NOT_LOGGED = (
    "AwsSolutions-S1",
    "Reports say which public images are mirrored; a second bucket for the log of who read them would need a third.",
)
IS_DEAD_LETTER_QUEUE = (
    "AwsSolutions-SQS3",
    "It is a dead-letter queue itself: the schedules', which are no queues.",
)
NOT_ROTATED = (
    "AwsSolutions-SMG4",
    "Docker Hub issues access tokens to people only, so nothing could rotate this secret by itself.",
)
PROVIDER_LOGS = (
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
    "The library's provider function comes with this policy, which lets it write its log.",
)

NOT_DEPLOYED = (
    "CloudFormation-Validate::F0001",
    "A stack without resources is not deployed: the CDK CLI passes over it, or takes away what is left of it.",
)


def beginning_of_names(scope: IConstruct, arn: str) -> tuple[str, str]:
    """The finding about an ARN that ends in a wildcard."""
    return (
        f"AwsSolutions-IAM5[Resource::{_shown(scope, arn)}]",
        "More repositories than IAM lets a role name, all below a prefix that is the mirror's own.",
    )


def objects(bucket: s3.IBucket) -> tuple[str, str]:
    """The finding about all objects of the bucket."""
    logical_id = cdk.Stack.of(bucket).resolve(bucket.bucket_arn)["Fn::GetAtt"][0]
    return (
        f"AwsSolutions-IAM5[Resource::<{logical_id}.Arn>/*]",
        "The bucket is for reports alone, and a run's are named by its time.",
    )


def tagged_repositories(scope: IConstruct, arn: str) -> tuple[str, str]:
    """The finding about all repositories, of which a condition leaves those that carry a stack's tags."""
    return (
        f"AwsSolutions-IAM5[Resource::{_shown(scope, arn)}]",
        "What left the file must be deleted after its name left the policy; a condition on tags names what may be.",
    )


def network_interfaces(scope: IConstruct, arn: str) -> tuple[str, str]:
    """The finding about the network interfaces of builds, given their ARN."""
    return (
        f"AwsSolutions-IAM5[Resource::{_shown(scope, arn)}]",
        "The interfaces of a build have ids that are made with them; conditions limit them to the named subnets.",
    )


def acknowledge(construct: IConstruct, finding: tuple[str, str]) -> None:
    """Accept one finding, given as rule and reason, on `construct` and what is below it."""
    rule, reason = finding
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))


def _shown(scope: IConstruct, arn: str) -> str:
    """The ARN as findings show it, with pseudo parameters in angle brackets."""
    resolved = cdk.Stack.of(scope).resolve(arn)
    parts = [resolved] if isinstance(resolved, str) else resolved["Fn::Join"][1]
    return "".join(part if isinstance(part, str) else f"<{part['Ref']}>" for part in parts)
