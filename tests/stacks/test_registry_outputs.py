import json
import re
from typing import Any

import aws_cdk as cdk
import jmespath
import pytest
from aws_cdk.assertions import Template

from mirror.config.model import DestinationConfig
from stacks.registry_outputs import PublicRegistryOutputs

ANSWER = {"registries": [{"registryUri": "public.ecr.aws/a1b2c3d4", "verified": False}]}


def outputs(destination: DestinationConfig) -> dict[str, Any]:
    stack = cdk.Stack(cdk.App(), "S")
    PublicRegistryOutputs(stack, "Outputs", destination=destination)
    found: dict[str, Any] = json.loads(json.dumps(Template.from_stack(stack).to_json()))["Outputs"]
    return {name: output["Value"] for name, output in found.items()}


@pytest.mark.parametrize(
    ("prefix", "registry"), [("", "public.ecr.aws/a1b2c3d4"), ("team/hub", "public.ecr.aws/a1b2c3d4/team/hub")]
)
def test_the_command_prints_what_goes_before_names(prefix: str, registry: str) -> None:
    (command,) = outputs(DestinationConfig(prefix)).values()
    match = re.fullmatch(r'aws ecr-public describe-registries --region us-east-1 --query "(.*)" --output text', command)
    assert match is not None
    # The AWS CLI's language for queries is this library's.
    assert jmespath.search(match.group(1), ANSWER) == registry


@pytest.mark.parametrize(("prefix", "registry"), [("", "public.ecr.aws/acme"), ("team", "public.ecr.aws/acme/team")])
def test_an_alias_that_is_known_needs_no_command(prefix: str, registry: str) -> None:
    assert outputs(DestinationConfig(prefix, alias="acme")) == {"PublicRegistry": registry}
