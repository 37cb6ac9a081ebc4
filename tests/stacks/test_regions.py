import pytest
from cfnlint.helpers import REGIONS
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from mirror.config import reader
from mirror.config.model import MirrorConfig
from mirror.config.operation import Compute, ComputeType
from mirror.errors import ConfigError
from stacks import regions

LAMBDA = MirrorConfig(images=(), compute=Compute(type=ComputeType.LAMBDA))


def test_regions_without_codebuild_are_cloudformations() -> None:
    found = {
        region
        for region in REGIONS
        if "AWS::CodeBuild::Project" not in PROVIDER_SCHEMA_MANAGER.get_resource_types(region)
    }
    assert set(regions.WITHOUT_CODEBUILD) == found
    assert not found & set(regions.WITH_LAMBDA)
    assert set(regions.WITH_LAMBDA) <= set(REGIONS)


@pytest.mark.parametrize("region", regions.WITHOUT_CODEBUILD)
def test_a_region_without_codebuild_is_refused_with_others(region: str) -> None:
    with pytest.raises(ConfigError, match=f"there is no CodeBuild in {region}; deploy to .* or ") as caught:
        regions.check(MirrorConfig(images=()), region, "mirror.yaml")
    named = {each for each in REGIONS if each in str(caught.value)} - {region}
    assert named
    for other in named:
        regions.check(MirrorConfig(images=()), other, "mirror.yaml")


def test_a_region_without_lambda_builds_is_refused_with_others() -> None:
    with pytest.raises(ConfigError, match=r"compute\.type: CodeBuild does not build on Lambda in eu-north-1") as caught:
        regions.check(LAMBDA, "eu-north-1", "mirror.yaml")
    assert "eu-central-1" in str(caught.value)
    regions.check(LAMBDA, "eu-central-1", "mirror.yaml")


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_another_partition_has_no_ecr_public(region: str) -> None:
    public = reader.read_text("version: 1\nimages: ['maven:3']\n", source="mirror.yaml")
    with pytest.raises(ConfigError, match="has no ECR Public"):
        regions.check(public, region, "mirror.yaml")
    private = reader.read_text("version: 1\ndefaults: {to: [private]}\nimages: ['maven:3']\n", source="mirror.yaml")
    regions.check(private, region, "mirror.yaml")


def test_a_region_that_is_not_known_lacks_nothing() -> None:
    regions.check(LAMBDA, None, "mirror.yaml")
