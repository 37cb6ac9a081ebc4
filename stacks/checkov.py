"""Findings of checkov that are accepted, each with its reason, in the templates: checkov looks for them there.

So whoever has checkov look at what `cdk synth` made sees the same as our tests: nothing. An acceptance is on one
resource; where what a person wrote in mirror.yaml leads to no finding, there is none.
"""

from aws_cdk import CfnResource
from constructs import IConstruct

Finding = tuple[str, str]
"""Rule and reason."""

LOGS_IN_TO_ECR_PUBLIC: Finding = (
    "CKV_AWS_107",
    "A build logs in to ECR Public: that is a token, and for no other service, as a condition says.",
)
NOT_LOGGED: Finding = (
    "CKV_AWS_18",
    "Reports say which public images are mirrored; a second bucket for the log of who read them would need a third.",
)
ENCRYPTED_BY_SQS: Finding = (
    "CKV_AWS_27",
    "Encrypted by SQS itself: EventBridge Scheduler may not use the key that AWS manages for queues.",
)
PUSHED_TO_BY_MIRROR: Finding = (
    "CKV_AWS_51",
    "Upstream moves its tags, and a mirror follows; mirror.yaml may say immutable.",
)
ENCRYPTED_BY_ECR: Finding = (
    "CKV_AWS_136",
    "Encrypted by ECR with AES-256: copies of public images; mirror.yaml may say kms.",
)
ORGANIZATION_IS_NO_PRINCIPAL: Finding = (
    "CKV_AWS_32",
    "Everybody, narrowed by a condition to an organization or its units, which no policy can name.",
)
SCANNED_BY_REGISTRY: Finding = (
    "CKV_AWS_163",
    "What is scanned is the registry's setting, or mirror.yaml says off; the repository's own is deprecated.",
)
ENCRYPTED_BY_LOGS: Finding = (
    "CKV_AWS_158",
    "Encrypted by CloudWatch Logs with its own key: names of images and what became of them.",
)
PROVIDER_ONLY_ON_DEPLOYMENT: tuple[Finding, ...] = (
    ("CKV_AWS_115", "The library's provider: CloudFormation calls it one resource after the other."),
    ("CKV_AWS_116", "The library's provider: CloudFormation calls it, waits, and tells of a failure."),
    ("CKV_AWS_117", "The library's provider: it calls AWS's public endpoints, and nothing in a network of yours."),
)

_KEY = "checkov"


def is_accepted(construct: IConstruct) -> bool:
    """Whether something is accepted on that resource already."""
    resource = construct.node.default_child
    return isinstance(resource, CfnResource) and resource.get_metadata(_KEY) is not None


def accept(construct: IConstruct, *findings: Finding) -> None:
    """Accept these on the one resource that `construct` is or is made of. `TypeError` where there is none."""
    resource = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"{construct.node.path} is no resource of CloudFormation")
    if not findings:
        return
    known = (resource.get_metadata(_KEY) or {"skip": []})["skip"]
    added = [{"id": rule, "comment": reason} for rule, reason in findings]
    resource.add_metadata(_KEY, {"skip": [*known, *added]})
