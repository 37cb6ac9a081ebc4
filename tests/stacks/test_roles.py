"""Every role of the templates: what it is for is allowed, and what the others are for, or is only near, is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mirror.config import reader
from sandbox.aws.authorizer import is_permitted
from stacks.grants import PRIVATE_ACTIONS, PUBLIC_ACTIONS
from tests.policies import ACCOUNT, OTHER_ACCOUNT, REGION, Deployed

Templates = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Call:
    """A request as IAM sees it."""

    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


PRIVATE = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/docker-hub/eclipse-temurin"
PUBLIC = f"arn:aws:ecr-public::{ACCOUNT}:repository/maven"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/dev-docker-hub-a1B2c3"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
SUBNET = f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-0a1b2c3d4e5f67890"
INTERFACE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/eni-1"
ASSETS = f"arn:aws:s3:::cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
GROUP = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:report-group/dev-hub-mirror"
LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/codebuild/dev-hub-mirror"
PROJECT = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/dev-hub-mirror"
FOR_PUBLIC = {"sts:AWSServiceName": "ecr-public.amazonaws.com"}
BY_SECRETS_MANAGER = {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}
IN_SUBNET = {"ec2:Subnet": SUBNET}
FOR_CODEBUILD = {**IN_SUBNET, "ec2:AuthorizedService": "codebuild.amazonaws.com"}
TAGGED = {"hub-mirror:removal": "destroy", "hub-mirror:stack": "HubMirrorPublic"}


def builds(deployed: Deployed) -> list[Call]:
    """What the engine and CodeBuild call in a build that uses everything."""
    project = deployed.of_type("AWS::CodeBuild::Project").popitem()[1]["Properties"]
    bucket = deployed.one("AWS::S3::Bucket")
    (made,) = deployed.of_type("AWS::EC2::SecurityGroup")
    security_group = f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/{made}.GroupId"
    return [
        *(Call(action, PRIVATE) for action in PRIVATE_ACTIONS),
        *(Call(action, PUBLIC) for action in PUBLIC_ACTIONS),
        Call("ecr:GetAuthorizationToken"),
        Call("ecr-public:GetAuthorizationToken"),
        Call("ecr-public:DescribeRegistries"),
        Call("sts:GetServiceBearerToken", context=FOR_PUBLIC),
        Call("secretsmanager:GetSecretValue", SECRET),
        Call("kms:Decrypt", KEY, BY_SECRETS_MANAGER),
        Call("cloudwatch:PutMetricData", context={"cloudwatch:namespace": "HubMirror"}),
        Call("s3:GetObject", f"arn:aws:s3:::{project['Source']['Location']}"),
        Call("s3:GetBucketLocation", ASSETS),
        Call("logs:CreateLogStream", f"{LOG}:log-stream:build"),
        Call("logs:PutLogEvents", f"{LOG}:log-stream:build"),
        Call("s3:ListBucket", bucket),
        Call("s3:GetObject", f"{bucket}/report.json"),
        Call("s3:PutObject", f"{bucket}/status.html"),
        Call("codebuild:CreateReport", GROUP),
        Call("codebuild:UpdateReport", GROUP),
        Call("codebuild:BatchPutTestCases", GROUP),
        Call("ec2:DescribeSubnets"),
        Call("ec2:CreateNetworkInterface", SUBNET),
        Call("ec2:CreateNetworkInterface", security_group),
        Call("ec2:CreateNetworkInterface", INTERFACE),
        Call("ec2:DeleteNetworkInterface", INTERFACE, IN_SUBNET),
        Call("ec2:CreateNetworkInterfacePermission", INTERFACE, FOR_CODEBUILD),
    ]


def near_builds(deployed: Deployed) -> list[Call]:
    """What is only near: another one's, or without the condition."""
    bucket = deployed.one("AWS::S3::Bucket")
    other_subnet = {"ec2:Subnet": SUBNET + "1"}
    return [
        *(Call(action, PRIVATE + "-2") for action in PRIVATE_ACTIONS),
        *(Call(action, PUBLIC.replace(ACCOUNT, OTHER_ACCOUNT)) for action in PUBLIC_ACTIONS),
        *(Call(action, PRIVATE.replace("docker-hub/eclipse-temurin", "backend-app")) for action in PRIVATE_ACTIONS),
        *(Call(f"ecr:{action}", PRIVATE) for action in ("BatchDeleteImage", "DeleteRepository", "SetRepositoryPolicy")),
        Call("ecr-public:BatchDeleteImage", PUBLIC),
        Call("ecr:CreateRepository", PRIVATE),
        Call("sts:GetServiceBearerToken", context={"sts:AWSServiceName": "codeartifact.amazonaws.com"}),
        Call("secretsmanager:GetSecretValue", SECRET.replace("dev-docker-hub", "prod-docker-hub")),
        Call("secretsmanager:GetSecretValue", SECRET.replace("docker-hub-", "docker-hub-admin-")),
        Call("secretsmanager:PutSecretValue", SECRET),
        Call("kms:Decrypt", KEY),
        Call("kms:Decrypt", KEY, {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}),
        Call("kms:Decrypt", KEY.replace("1111", "9999"), BY_SECRETS_MANAGER),
        Call("cloudwatch:PutMetricData", context={"cloudwatch:namespace": "AWS/CodeBuild"}),
        Call("cloudwatch:PutMetricData"),
        Call("s3:GetObject", f"{ASSETS}/{'0' * 64}.zip"),
        Call("s3:ListBucket", ASSETS),
        Call("s3:PutObject", f"{ASSETS}/x.zip"),
        Call("s3:DeleteObject", f"{bucket}/report.json"),
        Call("s3:PutObject", "arn:aws:s3:::somebodys/report.json"),
        Call("logs:PutLogEvents", LOG.replace("dev-", "") + ":log-stream:build"),
        Call("logs:DeleteLogGroup", LOG),
        Call("codebuild:CreateReport", GROUP.replace("dev-", "")),
        Call("ec2:CreateNetworkInterface", SUBNET + "1"),
        Call("ec2:DeleteNetworkInterface", INTERFACE),
        Call("ec2:DeleteNetworkInterface", INTERFACE, other_subnet),
        Call("ec2:CreateNetworkInterfacePermission", INTERFACE, IN_SUBNET),
        Call("ec2:CreateNetworkInterfacePermission", INTERFACE, {**FOR_CODEBUILD, **other_subnet}),
        Call("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin"),
        Call("codebuild:StartBuild", PROJECT),
    ]


def topic_calls(deployed: Deployed) -> list[Call]:
    key = deployed.one("AWS::KMS::Key")
    return [
        Call("sns:Publish", deployed.one("AWS::SNS::Topic")),
        Call("kms:Decrypt", key),
        Call("kms:GenerateDataKey", key),
    ]


def queue_call(deployed: Deployed) -> Call:
    return Call("sqs:SendMessage", deployed.one("AWS::SQS::Queue"))


@dataclass(frozen=True)
class Expected:
    """What is known of a role."""

    service: str
    allowed: Callable[[Deployed], list[Call]]
    refused: Callable[[Deployed], list[Call]] = lambda _deployed: []
    only_own_account: bool = True


START = Call("codebuild:StartBuild", PROJECT)
NEAR_START = [
    Call("codebuild:StartBuild", PROJECT.replace("dev-", "prod-")),
    Call("codebuild:StartBuild", PROJECT + "-2"),
    Call("codebuild:StartBuild", PROJECT.replace(ACCOUNT, OTHER_ACCOUNT)),
    Call("codebuild:StopBuild", PROJECT),
    Call("codebuild:UpdateProject", PROJECT),
]

OPERATED = {
    "Role": Expected("codebuild.amazonaws.com", builds, near_builds),
    "ScheduleRole": Expected(
        "scheduler.amazonaws.com",
        lambda deployed: [START, queue_call(deployed)],
        lambda deployed: [*NEAR_START, Call("sqs:SendMessage", queue_call(deployed).resource + "-2")],
    ),
    "WatchFailureRole": Expected(
        "events.amazonaws.com",
        topic_calls,
        lambda deployed: [Call("sns:Publish", deployed.one("AWS::SNS::Topic") + "-2"), Call("kms:Decrypt", KEY)],
    ),
    # The library's: nobody's account is asked about in its trust, as in every function's.
    "AWS": Expected(
        "lambda.amazonaws.com",
        lambda _deployed: [START, Call("ecr-public:DescribeRegistries")],
        lambda _deployed: [*NEAR_START, Call("ecr-public:DescribeRepositories", PUBLIC)],
        only_own_account=False,
    ),
}

REMOVAL = Expected(
    "lambda.amazonaws.com",
    lambda deployed: [
        Call("ecr-public:DeleteRepository", PUBLIC, tags=TAGGED),
        Call("logs:PutLogEvents", deployed.one("AWS::Logs::LogGroup", "Removal").replace(":*", ":log-stream:x")),
    ],
    lambda _deployed: [
        Call("ecr-public:DeleteRepository", PUBLIC),
        Call("ecr-public:DeleteRepository", PUBLIC, tags={**TAGGED, "hub-mirror:stack": "prod-HubMirrorPublic"}),
        Call("ecr:DeleteRepository", PRIVATE, tags=TAGGED),
        Call("ecr-public:PutImage", PUBLIC, tags=TAGGED),
    ],
    only_own_account=False,
)


def templates_of(name: str, synthesise: Callable[..., Templates]) -> Templates:
    return synthesise(reader.read_file(Path(__file__).with_name(name)))


@pytest.fixture(scope="module")
def operated(synthesise: Callable[..., Templates]) -> Templates:
    return templates_of("operated.yaml", synthesise)


@pytest.fixture(scope="module")
def registries(synthesise: Callable[..., Templates]) -> Templates:
    return templates_of("registries.yaml", synthesise)


@pytest.fixture(scope="module")
def mirror(operated: Templates) -> Deployed:
    return Deployed(operated["dev-HubMirror"])


def role_of(deployed: Deployed, name: str) -> str:
    """The logical id: the name and a hash of eight, or what the library makes of its own."""
    wanted = [each for each in deployed.of_type("AWS::IAM::Role") if each[:-8] == name]
    (found,) = wanted or [each for each in deployed.of_type("AWS::IAM::Role") if each.startswith(f"{name}679f")]
    return found


def permitted(policies: Sequence[str], call: Call) -> bool:
    return is_permitted(policies, call.action, call.resource, call.tags, context=call.context)


def test_every_role_of_the_templates_is_tried_here(operated: Templates, registries: Templates) -> None:
    found = {
        (stack, role)
        for templates in (operated, registries)
        for stack, template in templates.items()
        for role in Deployed(template).of_type("AWS::IAM::Role")
    }
    mirror, public = Deployed(operated["dev-HubMirror"]), Deployed(registries["HubMirrorPublic"])
    known = {("dev-HubMirror", role_of(mirror, name)) for name in OPERATED}
    known |= {("HubMirror", role_of(Deployed(registries["HubMirror"]), "Role"))}
    known |= {("HubMirrorPublic", role_of(public, "RemovalRole"))}
    assert found == known


@pytest.mark.parametrize("name", OPERATED)
def test_a_role_may_do_what_it_is_for_and_nothing_else(name: str, mirror: Deployed) -> None:
    expected = OPERATED[name]
    policies = mirror.policies(role_of(mirror, name))
    own = expected.allowed(mirror)
    assert [call for call in own if not permitted(policies, call)] == []
    others = [call for each in OPERATED.values() for call in each.allowed(mirror) if call not in own]
    assert [call for call in (*expected.refused(mirror), *others) if permitted(policies, call)] == []


@pytest.mark.parametrize("name", OPERATED)
def test_only_its_own_service_takes_a_role_on(name: str, mirror: Deployed) -> None:
    expected, role = OPERATED[name], role_of(mirror, name)
    assert mirror.trusts(role, expected.service, ACCOUNT)
    for other in {each.service for each in OPERATED.values()} - {expected.service}:
        assert not mirror.trusts(role, other, ACCOUNT)
    assert mirror.trusts(role, expected.service, OTHER_ACCOUNT) is not expected.only_own_account


def test_what_deletes_public_repositories_deletes_those_of_its_stack(registries: Templates) -> None:
    deployed = Deployed(registries["HubMirrorPublic"])
    policies = deployed.policies(role_of(deployed, "RemovalRole"))
    assert [call for call in REMOVAL.allowed(deployed) if not permitted(policies, call)] == []
    assert [call for call in REMOVAL.refused(deployed) if permitted(policies, call)] == []
