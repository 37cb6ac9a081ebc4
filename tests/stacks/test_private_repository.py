import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from mirror.config.ecr import (
    Encryption,
    EncryptionKind,
    LifecycleRule,
    LifecycleVerb,
    Mutability,
    PullAccess,
    Removal,
    RepositorySettings,
)
from stacks.private_repository import PrivateRepository

ACCOUNT = "111122223333"


def defined(settings: RepositorySettings | None = None, *, scan_on_push: bool | None = True) -> Template:
    stack = cdk.Stack(cdk.App(), "S")
    PrivateRepository(stack, "maven", repository_name="team/maven", settings=settings, scan_on_push=scan_on_push)
    return Template.from_stack(stack)


def test_by_default_it_is_scanned_encrypted_and_outlives_its_stack() -> None:
    defined().has_resource(
        "AWS::ECR::Repository",
        {
            "Properties": {
                "RepositoryName": "team/maven",
                "ImageScanningConfiguration": {"ScanOnPush": True},
                "ImageTagMutability": "MUTABLE",
                # AES256 is what absence means, and the library leaves it out: no KMS key is named.
                "EncryptionConfiguration": Match.absent(),
                "LifecyclePolicy": Match.absent(),
                "RepositoryPolicyText": Match.absent(),
                "EmptyOnDelete": Match.absent(),
                "Tags": Match.absent(),
            },
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
        },
    )


@pytest.mark.parametrize(
    ("mutability", "word", "patterns"),
    [
        (Mutability(), "MUTABLE", None),
        (Mutability(immutable=True), "IMMUTABLE", None),
        (Mutability(immutable=True, exceptions=("latest", "*-jre")), "IMMUTABLE_WITH_EXCLUSION", ["latest", "*-jre"]),
        (Mutability(immutable=False, exceptions=("v*",)), "MUTABLE_WITH_EXCLUSION", ["v*"]),
    ],
)
def test_which_tags_may_move(mutability: Mutability, word: str, patterns: list[str] | None) -> None:
    filters = [
        {"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": pattern}
        for pattern in patterns or ()
    ]
    defined(RepositorySettings(mutability=mutability)).has_resource_properties(
        "AWS::ECR::Repository",
        {"ImageTagMutability": word, "ImageTagMutabilityExclusionFilters": filters or Match.absent()},
    )


@pytest.mark.parametrize(
    ("encryption", "property_"),
    [
        (Encryption(EncryptionKind.KMS), {"EncryptionType": "KMS", "KmsKey": Match.absent()}),
        (Encryption(EncryptionKind.KMS_DSSE, "alias/mine"), {"EncryptionType": "KMS_DSSE", "KmsKey": "alias/mine"}),
    ],
)
def test_keys(encryption: Encryption, property_: dict[str, object]) -> None:
    template = defined(RepositorySettings(encryption=encryption))
    template.has_resource_properties("AWS::ECR::Repository", {"EncryptionConfiguration": property_})
    template.resource_count_is("AWS::KMS::Key", 0)


def test_destroying_it_empties_it_first() -> None:
    defined(RepositorySettings(removal=Removal.DESTROY)).has_resource(
        "AWS::ECR::Repository",
        {"Properties": {"EmptyOnDelete": True}, "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"},
    )


def test_rules_tags_and_others_who_pull() -> None:
    settings = RepositorySettings(
        lifecycle=(LifecycleRule(LifecycleVerb.KEEP_NEWEST, 5, tags="*"),),
        pull_access=PullAccess(accounts=(ACCOUNT,)),
        resource_tags=(("team", "platform"),),
    )
    defined(settings).has_resource_properties(
        "AWS::ECR::Repository",
        {
            "LifecyclePolicy": {"LifecyclePolicyText": Match.string_like_regexp("imageCountMoreThan")},
            "RepositoryPolicyText": {"Statement": [Match.object_like({"Sid": "PullFromAccounts"})]},
            "Tags": [{"Key": "team", "Value": "platform"}],
        },
    )


def test_where_the_registry_scans_the_repository_says_nothing_of_it() -> None:
    defined(scan_on_push=None).has_resource_properties(
        "AWS::ECR::Repository", {"ImageScanningConfiguration": Match.absent()}
    )
