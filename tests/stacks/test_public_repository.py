import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Match, Template

from mirror.config.model import CatalogData
from stacks.public_repository import PublicRepository


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "S", env=cdk.Environment(account="123456789012", region="us-east-1"))


def test_gallery_texts_have_cloudformations_keys(stack: cdk.Stack) -> None:
    catalog = CatalogData("short", "# about", "# usage", ("ARM 64", "x86-64"), ("Linux",))
    PublicRepository(stack, "maven", repository_name="team/maven", catalog=catalog)
    Template.from_stack(stack).has_resource_properties(
        "AWS::ECR::PublicRepository",
        {
            "RepositoryName": "team/maven",
            "RepositoryCatalogData": {
                "RepositoryDescription": "short",
                "AboutText": "# about",
                "UsageText": "# usage",
                "Architectures": ["ARM 64", "x86-64"],
                "OperatingSystems": ["Linux"],
            },
        },
    )


def test_absent_gallery_texts_are_absent(stack: cdk.Stack) -> None:
    PublicRepository(stack, "maven", repository_name="maven")
    Template.from_stack(stack).has_resource_properties(
        "AWS::ECR::PublicRepository", {"RepositoryName": "maven", "RepositoryCatalogData": Match.absent()}
    )


def test_it_outlives_its_stack(stack: cdk.Stack) -> None:
    PublicRepository(stack, "maven", repository_name="maven")
    Template.from_stack(stack).has_resource(
        "AWS::ECR::PublicRepository", {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    )


def test_a_push_grant_names_the_repository_and_the_login(stack: cdk.Stack) -> None:
    repository = PublicRepository(stack, "maven", repository_name="team/maven")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))
    repository.grant_push(role)
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    (policy,) = policies.values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    by_resource = {str(statement["Resource"]): statement["Action"] for statement in statements}
    (arn,) = by_resource.keys() - {"*"}
    assert "::123456789012:repository/team/maven" in arn
    assert "ecr-public:PutImage" in by_resource[arn]
    assert not any("Delete" in str(statement["Action"]) for statement in statements)
    assert {"sts:AWSServiceName": "ecr-public.amazonaws.com"} in [
        statement.get("Condition", {}).get("StringEquals") for statement in statements
    ]
