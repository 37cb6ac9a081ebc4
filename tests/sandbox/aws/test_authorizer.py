import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.aws.authorizer import Authorizer, is_permitted

REPOSITORY = "arn:aws:ecr:eu-central-1:123456789012:repository/docker-hub/maven"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(**statement: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*", **statement}


def deny(**statement: Any) -> dict[str, Any]:
    return allow(**statement) | {"Effect": "Deny"}


BEARER = "sts:GetServiceBearerToken"
FOR_PUBLIC = {"StringEquals": {"sts:AWSServiceName": "ecr-public.amazonaws.com"}}
FOR_CODEARTIFACT = {"StringEquals": {"sts:AWSServiceName": "codeartifact.amazonaws.com"}}
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:hub-mirror/docker-hub-a1B2c3"


@pytest.mark.parametrize(
    ("statements", "action", "resource", "permitted"),
    [
        pytest.param([], "ecr:PutImage", REPOSITORY, False, id="nothing allows"),
        pytest.param([allow(Action="ecr:PutImage")], "ecr:PutImage", REPOSITORY, True, id="one action"),
        pytest.param([allow(Action="ecr:PutImage")], "ecr:PutImageTag", REPOSITORY, False, id="no longer action"),
        pytest.param([allow(Action="ecr:putimage")], "ecr:PutImage", REPOSITORY, True, id="an action has no case"),
        pytest.param([allow(Action=["s3:*", "ecr:*"])], "ecr:PutImage", REPOSITORY, True, id="a list of actions"),
        pytest.param([allow(Action="ecr:*")], "ecr-public:PutImage", REPOSITORY, False, id="another service"),
        pytest.param([allow(Resource=REPOSITORY)], "ecr:PutImage", REPOSITORY, True, id="the repository"),
        pytest.param([allow(Resource=REPOSITORY)], "ecr:PutImage", f"{REPOSITORY}-2", False, id="another repository"),
        pytest.param([allow(Resource=REPOSITORY)], "ecr:PutImage", "*", False, id="no resource is not every resource"),
        pytest.param([allow(Resource=REPOSITORY.upper())], "ecr:PutImage", REPOSITORY, False, id="a resource has case"),
        pytest.param(
            [allow(Resource="arn:aws:s3:::b/[a]*")], "s3:GetObject", "arn:aws:s3:::b/[a]1", True, id="bracket"
        ),
        pytest.param([allow(Resource="arn:aws:s3:::b/[a]*")], "s3:GetObject", "arn:aws:s3:::b/a1", False, id="no set"),
        pytest.param([allow(Resource="arn:aws:s3:::b.c/*")], "s3:GetObject", "arn:aws:s3:::b-c/d", False, id="dot"),
        pytest.param([allow(Resource=SECRET[:-6] + "??????")], "secretsmanager:GetSecretValue", SECRET, True, id="6 ?"),
        pytest.param([allow(Resource=SECRET[:-6] + "?????")], "secretsmanager:GetSecretValue", SECRET, False, id="5 ?"),
        pytest.param([allow(), deny(Action="ecr:PutImage")], "ecr:PutImage", REPOSITORY, False, id="a denial wins"),
        pytest.param([allow(), deny(Action="ecr:PutImage")], "ecr:BatchGetImage", REPOSITORY, True, id="beside it"),
        pytest.param([allow(NotResource=REPOSITORY)], "ecr:PutImage", REPOSITORY, False, id="all but this"),
        pytest.param([allow(Condition=FOR_PUBLIC)], BEARER, "*", True, id="a condition that holds"),
        pytest.param([allow(Condition=FOR_CODEARTIFACT)], BEARER, "*", False, id="one that does not"),
        pytest.param([allow(Condition=FOR_PUBLIC)], "ecr:PutImage", REPOSITORY, False, id="one without its key"),
    ],
)
def test_a_policy_permits(statements: list[dict[str, Any]], action: str, resource: str, permitted: bool) -> None:
    assert is_permitted([policy(*statements)], action, resource) is permitted


def test_not_action_is_all_the_others() -> None:
    statement = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert is_permitted([policy(statement)], "ecr:PutImage", "*")
    assert not is_permitted([policy(statement)], "iam:CreateUser", "*")


def test_a_policy_may_have_its_one_statement_bare() -> None:
    assert is_permitted([json.dumps({"Statement": allow()})], "ecr:PutImage", "*")


def test_a_condition_on_the_resources_tags() -> None:
    statement = {
        "Effect": "Allow",
        "Action": "ecr:DeleteRepository",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/hub-mirror:removal": "destroy"}},
    }
    asked = ([policy(statement)], "ecr:DeleteRepository", "arn:aws:ecr:eu-central-1:123456789012:repository/a")
    assert is_permitted(*asked, {"hub-mirror:removal": "destroy"})
    assert not is_permitted(*asked, {"hub-mirror:removal": "retain"})
    assert not is_permitted(*asked, {"team": "destroy"})
    assert not is_permitted(*asked)


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        ({"StringEquals": {"cloudwatch:namespace": "HubMirror"}}, {"cloudwatch:namespace": "HubMirror"}, True),
        ({"StringEquals": {"cloudwatch:namespace": "HubMirror"}}, {"cloudwatch:namespace": "AWS/EC2"}, False),
        ({"ArnEquals": {"ec2:Subnet": ["arn:a", "arn:b"]}}, {"EC2:subnet": "arn:b"}, True),
        ({"ArnEquals": {"ec2:Subnet": ["arn:a", "arn:b"]}}, {"ec2:Subnet": "arn:c"}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, {"aws:SecureTransport": "true"}, False),
        (
            {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a/r-b/*"}},
            {"aws:PrincipalOrgPaths": "o-a/r-b/"},
            True,
        ),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026"}}, {"aws:CurrentTime": "2027"}, False),
    ],
)
def test_conditions_on_what_the_request_carries(
    condition: dict[str, Any], context: dict[str, str], holds: bool
) -> None:
    assert is_permitted([policy(allow(Condition=condition))], "ecr:PutImage", "*", context=context) is holds


@pytest.mark.parametrize(
    ("principal", "who", "meant"),
    [
        ("*", "999999999999", True),
        ({"AWS": "*"}, "999999999999", True),
        ({"AWS": "arn:aws:iam::123456789012:root"}, "123456789012", True),
        ({"AWS": "arn:aws:iam::123456789012:root"}, "999999999999", False),
        ({"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}, "sns.amazonaws.com", True),
        ({"Service": "events.amazonaws.com"}, "sns.amazonaws.com", False),
    ],
)
def test_a_resources_policy_says_who(principal: Any, who: str, meant: bool) -> None:
    document = policy(allow(Principal=principal))
    assert is_permitted([document], "sns:Publish", "*", context={"principal": who}) is meant


def test_a_denial_in_another_policy_wins() -> None:
    assert not is_permitted([policy(allow()), policy(deny())], "ecr:PutImage", "*")


TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "codebuild.amazonaws.com"}}


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def role_arn(aws: None) -> str:
    return boto3.client("iam", "us-east-1").create_role(RoleName="mirror", AssumeRolePolicyDocument=policy(TRUST))[
        "Role"
    ]["Arn"]


def assume(role_arn: str) -> str:
    sts = boto3.client("sts", "us-east-1")
    return sts.assume_role(RoleArn=role_arn, RoleSessionName="build")["Credentials"]["AccessKeyId"]


def test_an_assumed_role_may_do_what_its_inline_and_attached_policies_allow(role_arn: str) -> None:
    iam = boto3.client("iam", "us-east-1")
    inline = policy(allow(Action="ecr:PutImage", Resource=REPOSITORY))
    iam.put_role_policy(RoleName="mirror", PolicyName="push", PolicyDocument=inline)
    attached = iam.create_policy(PolicyName="read", PolicyDocument=policy(allow(Action="ecr:BatchGetImage")))
    iam.attach_role_policy(RoleName="mirror", PolicyArn=attached["Policy"]["Arn"])
    key = assume(role_arn)
    authorize = Authorizer()
    assert authorize(key, "ecr:PutImage", REPOSITORY)
    assert authorize(key, "ecr:BatchGetImage", REPOSITORY)
    assert not authorize(key, "ecr:PutImage", f"{REPOSITORY}-undeclared")


def test_a_policy_that_changes_counts_at_once(role_arn: str) -> None:
    key = assume(role_arn)
    assert not Authorizer()(key, "ecr:PutImage", REPOSITORY)
    iam = boto3.client("iam", "us-east-1")
    iam.put_role_policy(RoleName="mirror", PolicyName="push", PolicyDocument=policy(allow()))
    assert Authorizer()(key, "ecr:PutImage", REPOSITORY)


def test_a_user_goes_by_the_policies_of_its_groups_too(aws: None) -> None:
    iam = boto3.client("iam", "us-east-1")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="ann")
    iam.put_group_policy(GroupName="readers", PolicyName="r", PolicyDocument=policy(allow(Action="ecr:Describe*")))
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    assert Authorizer()(key, "ecr:DescribeImages", REPOSITORY)
    assert not Authorizer()(key, "ecr:PutImage", REPOSITORY)


def test_a_root_key_may_do_everything_and_an_unknown_one_nothing(aws: None) -> None:
    authorize = Authorizer(root_keys={"AKIAROOT"})
    assert authorize("AKIAROOT", "ecr:PutImage", REPOSITORY)
    assert not authorize("AKIASTRANGER", "ecr:PutImage", REPOSITORY)


def test_a_role_trusts_the_services_that_it_names(role_arn: str) -> None:
    assert Authorizer().trusts(role_arn, "codebuild.amazonaws.com")
    assert not Authorizer().trusts(role_arn, "scheduler.amazonaws.com")
    assert not Authorizer().trusts(role_arn + "-unknown", "codebuild.amazonaws.com")
