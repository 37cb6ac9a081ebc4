"""The actions that mirroring needs, one list for each registry."""

from collections.abc import Iterator, Sequence

from aws_cdk import aws_iam as iam

_PUSH = (
    "BatchCheckLayerAvailability",
    "InitiateLayerUpload",
    "UploadLayerPart",
    "CompleteLayerUpload",
    "PutImage",
    "DescribeImages",
    "DescribeRepositories",
)

PRIVATE_ACTIONS = tuple(f"ecr:{action}" for action in (*_PUSH, "BatchGetImage", "GetDownloadUrlForLayer"))
"""The last two are what ECR checks for reading a manifest and a blob over HTTP."""

PUBLIC_ACTIONS = tuple(f"ecr-public:{action}" for action in (*_PUSH, "DescribeImageTags"))
"""ECR Public has no actions for reading: everybody may."""

PUBLIC_SERVICE = "ecr-public.amazonaws.com"


CHARACTERS_PER_STATEMENT = 5_400
"""Of ARNs, quoted and with a comma. A managed policy takes 6,144 characters, and the library divides between statements
only."""


def private_push(repository_arns: Sequence[str]) -> tuple[iam.PolicyStatement, ...]:
    """Pushing to and comparing with exactly these private repositories."""
    return _statements("PushToPrivateRepositories", PRIVATE_ACTIONS, repository_arns)


def private_push_never(repository_arns: Sequence[str]) -> tuple[iam.PolicyStatement, ...]:
    """Not these, though a wildcard of `private_push` covers them: they belong to other builds."""
    denied = _statements("LeaveOwnRepositoriesAlone", PRIVATE_ACTIONS, repository_arns)
    for statement in denied:
        statement.effect = iam.Effect.DENY
    return denied


def private_login() -> iam.PolicyStatement:
    """Logging in to ECR. The action has no resource type, so `*` is the only resource that works."""
    return iam.PolicyStatement(sid="LogInToPrivate", actions=["ecr:GetAuthorizationToken"], resources=["*"])


def public_push(repository_arns: Sequence[str]) -> tuple[iam.PolicyStatement, ...]:
    """Pushing to and comparing with exactly these public repositories."""
    return _statements("PushToPublicRepositories", PUBLIC_ACTIONS, repository_arns)


def public_login() -> tuple[iam.PolicyStatement, ...]:
    """Logging in to ECR Public, and asking for the registry's alias; none of these has a resource type either.

    The bearer token is limited to ECR Public; other services give theirs through the same action.
    """
    return (
        iam.PolicyStatement(
            sid="LogInToPublic",
            actions=["ecr-public:GetAuthorizationToken", "ecr-public:DescribeRegistries"],
            resources=["*"],
        ),
        iam.PolicyStatement(
            sid="BearerTokenForPublic",
            actions=["sts:GetServiceBearerToken"],
            resources=["*"],
            conditions={"StringEquals": {"sts:AWSServiceName": PUBLIC_SERVICE}},
        ),
    )


def read_secret(secret_arns: Sequence[str]) -> iam.PolicyStatement:
    """Reading the Docker Hub credentials."""
    return iam.PolicyStatement(
        sid="ReadDockerHubCredentials", actions=["secretsmanager:GetSecretValue"], resources=list(secret_arns)
    )


def decrypt_secret(key_arn: str, *, suffix: str) -> iam.PolicyStatement:
    """Having Secrets Manager decrypt with this key; the secret it does so for is in another statement."""
    region = key_arn.split(":")[3]
    return iam.PolicyStatement(
        sid="DecryptDockerHubCredentials",
        actions=["kms:Decrypt"],
        resources=[key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"secretsmanager.{region}.{suffix}"}},
    )


def put_metrics(namespace: str) -> iam.PolicyStatement:
    """Writing metrics. The action has no resource type; the namespace is what can be limited."""
    return iam.PolicyStatement(
        sid="PutMetrics",
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringEquals": {"cloudwatch:namespace": namespace}},
    )


def _statements(sid: str, actions: Sequence[str], arns: Sequence[str]) -> tuple[iam.PolicyStatement, ...]:
    parts = list(divided(arns))
    sids = [sid] if len(parts) == 1 else [f"{sid}{number}" for number in range(1, len(parts) + 1)]
    return tuple(
        iam.PolicyStatement(sid=sid, actions=list(actions), resources=part)
        for sid, part in zip(sids, parts, strict=True)
    )


def divided(arns: Sequence[str]) -> Iterator[list[str]]:
    """ARNs in lists that fit into a statement each."""
    part: list[str] = []
    room = CHARACTERS_PER_STATEMENT
    for arn in arns:
        needed = len(arn) + len('"",')
        if part and needed > room:
            yield part
            part, room = [], CHARACTERS_PER_STATEMENT
        part.append(arn)
        room -= needed
    if part:
        yield part
