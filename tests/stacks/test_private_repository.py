import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from stacks.private_repository import PrivateRepository


@pytest.mark.parametrize(("immutable", "mutability"), [(False, "MUTABLE"), (True, "IMMUTABLE")])
def test_it_is_scanned_encrypted_and_outlives_its_stack(immutable: bool, mutability: str) -> None:
    stack = cdk.Stack(cdk.App(), "S")
    PrivateRepository(stack, "maven", repository_name="team/maven", immutable=immutable)
    Template.from_stack(stack).has_resource(
        "AWS::ECR::Repository",
        {
            "Properties": {
                "RepositoryName": "team/maven",
                "ImageScanningConfiguration": {"ScanOnPush": True},
                "ImageTagMutability": mutability,
                # AES256 is what absence means, and the library leaves it out: no KMS key is named.
                "EncryptionConfiguration": Match.absent(),
            },
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
        },
    )
