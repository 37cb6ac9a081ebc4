import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from mirror.config.ecr import RegistrySettings, ReplicationRule, Scanning
from stacks.private_registry import PrivateRegistry, is_wanted

OWN, OTHER = "123456789012", "111122223333"


def defined(settings: RegistrySettings) -> Template:
    stack = cdk.Stack(cdk.App(), "S", env=cdk.Environment(account=OWN, region="eu-central-1"))
    PrivateRegistry(stack, "Registry", settings=settings)
    return Template.from_stack(stack)


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        (RegistrySettings(), False),
        (RegistrySettings(scan_on_push=False), False),
        (RegistrySettings(scanning=Scanning(on_push=("*",))), True),
        (RegistrySettings(replication=(ReplicationRule((("eu-west-1", ""),)),)), True),
        (RegistrySettings(accept_replication_from=(OTHER,)), True),
    ],
)
def test_what_nobody_asked_for_is_left_to_others(settings: RegistrySettings, wanted: bool) -> None:
    assert is_wanted(settings) is wanted
    assert bool(defined(settings).to_json().get("Resources")) is wanted


def test_basic_scans() -> None:
    defined(RegistrySettings(scanning=Scanning(on_push=("*",)))).has_resource_properties(
        "AWS::ECR::RegistryScanningConfiguration",
        {
            "ScanType": "BASIC",
            "Rules": [
                {"ScanFrequency": "SCAN_ON_PUSH", "RepositoryFilters": [{"Filter": "*", "FilterType": "WILDCARD"}]}
            ],
        },
    )


def test_enhanced_scans() -> None:
    scanning = Scanning(enhanced=True, on_push=("*",), continuous=("prod/*", "base/*"))
    defined(RegistrySettings(scanning=scanning)).has_resource_properties(
        "AWS::ECR::RegistryScanningConfiguration",
        {
            "ScanType": "ENHANCED",
            "Rules": [
                {"ScanFrequency": "SCAN_ON_PUSH", "RepositoryFilters": [{"Filter": "*", "FilterType": "WILDCARD"}]},
                {
                    "ScanFrequency": "CONTINUOUS_SCAN",
                    "RepositoryFilters": [
                        {"Filter": "prod/*", "FilterType": "WILDCARD"},
                        {"Filter": "base/*", "FilterType": "WILDCARD"},
                    ],
                },
            ],
        },
    )


def test_replication_goes_to_this_account_unless_another_is_named() -> None:
    rules = (
        ReplicationRule((("eu-west-1", ""), ("us-east-1", OTHER)), ("docker-hub/",)),
        ReplicationRule((("eu-north-1", ""),)),
    )
    defined(RegistrySettings(replication=rules)).has_resource_properties(
        "AWS::ECR::ReplicationConfiguration",
        {
            "ReplicationConfiguration": {
                "Rules": [
                    {
                        "Destinations": [
                            {"Region": "eu-west-1", "RegistryId": OWN},
                            {"Region": "us-east-1", "RegistryId": OTHER},
                        ],
                        "RepositoryFilters": [{"Filter": "docker-hub/", "FilterType": "PREFIX_MATCH"}],
                    },
                    {
                        "Destinations": [{"Region": "eu-north-1", "RegistryId": OWN}],
                        "RepositoryFilters": Match.absent(),
                    },
                ]
            }
        },
    )


def test_others_may_replicate_into_it_and_no_more() -> None:
    template = defined(RegistrySettings(accept_replication_from=(OTHER,)))
    (policy,) = template.find_resources("AWS::ECR::RegistryPolicy").values()
    (statement,) = policy["Properties"]["PolicyText"]["Statement"]
    assert statement["Action"] == ["ecr:CreateRepository", "ecr:ReplicateImage"]
    assert OTHER in str(statement["Principal"])
    assert f":ecr:eu-central-1:{OWN}:repository/*" in str(statement["Resource"])
