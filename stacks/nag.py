"""Findings of security rules that are accepted, each with its reason. Everything else fails the tests of the templates.

An acknowledgement names one finding, not a rule: a new wildcard in the same policy is reported again.
"""

import aws_cdk as cdk
from constructs import IConstruct

LOGIN_HAS_NO_RESOURCE = (
    "AwsSolutions-IAM5[Resource::*]",
    "GetAuthorizationToken, DescribeRegistries and GetServiceBearerToken have no resource type: IAM accepts only *.",
)
NO_ARTEFACTS = (
    "AwsSolutions-CB4",
    "The project writes no artefacts and no cache, so there is nothing that a key of its own would encrypt.",
)


def acknowledge(construct: IConstruct, finding: tuple[str, str]) -> None:
    """Accept one finding, given as rule and reason, on `construct` and what is below it."""
    rule, reason = finding
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))
