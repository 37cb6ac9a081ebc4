"""Regions of other partitions: everything but ECR Public, with their ARNs, hosts and console."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk.assertions import Template
from cfnlint.api import ManualArgs, lint

from tests.policies import OTHER_ACCOUNT

Templates = dict[str, dict[str, Any]]

PLACES = {
    "cn-north-1": ("aws-cn", "https://cn-north-1.console.amazonaws.cn"),
    "us-gov-west-1": ("aws-us-gov", "https://us-gov-west-1.console.amazonaws-us-gov.com"),
}
BODY = """\
version: 1
schedule: [{name: base, rate: 1 hour, images: [maven]}, {name: rest, rate: 7 days}]
run_on_deploy: true
docker_hub: {create_secret: true}
private:
  prefix: hub
  removal: destroy
  pull_access: {accounts: ["111122223333"]}
  accept_replication_from: ["111122223333"]
defaults: {to: [private]}
images: [maven:3.9]
repositories: [backend-app]
network: {vpc: vpc-0a1b2c3d4e5f67890, subnets: [subnet-0a1b2c3d4e5f67890]}
watch: {email: [ops@example.com]}
parameters: true
"""
"""Something of everything that does not need ECR Public."""


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest, synthesise: Callable[..., Templates]) -> tuple[str, Templates]:
    region = str(request.param)
    environ = {"CDK_DEFAULT_ACCOUNT": "123456789012", "CDK_DEFAULT_REGION": region}
    return region, synthesise(BODY, environ)


def test_there_is_no_public_stack_and_no_arn_of_another_partition(place: tuple[str, Templates]) -> None:
    region, templates = place
    partition, _ = PLACES[region]
    assert set(templates) == {"HubMirror", "HubMirrorPrivate"}
    for template in templates.values():
        found = set(re.findall(r"arn:(aws[a-z-]*):", json.dumps(template)))
        assert found <= {partition}
        assert "ecr-public" not in json.dumps(template)


def test_the_console_is_the_partitions(place: tuple[str, Templates]) -> None:
    region, templates = place
    outputs = templates["HubMirror"]["Outputs"]
    for name in ("Console", "DashboardConsole", "StatusPage"):
        value = outputs[name]["Value"]
        text = value if isinstance(value, str) else value["Fn::Join"][1][0]
        assert text.startswith(PLACES[region][1] + "/")


def test_the_registrys_host_has_the_partitions_domain(place: tuple[str, Templates]) -> None:
    region, templates = place
    assert templates["HubMirrorPrivate"]["Outputs"]["MirrorRegistry"]["Value"] == {
        "Fn::Join": ["", [f"123456789012.dkr.ecr.{region}.", {"Ref": "AWS::URLSuffix"}, "/hub"]]
    }


def test_other_accounts_are_of_the_same_partition(place: tuple[str, Templates]) -> None:
    _, templates = place
    template = Template.from_json(templates["HubMirrorPrivate"])
    (policy,) = template.find_resources("AWS::ECR::RegistryPolicy").values()
    (statement,) = policy["Properties"]["PolicyText"]["Statement"]
    principal = statement["Principal"]["AWS"]
    text = principal if isinstance(principal, str) else "".join(map(str, principal["Fn::Join"][1]))
    assert OTHER_ACCOUNT in text
    assert "arn:aws:" not in text


@pytest.mark.slow
def test_cfn_lint_knows_everything_there(place: tuple[str, Templates]) -> None:
    region, templates = place
    for template in templates.values():
        matches = lint(json.dumps(template, indent=1), config=ManualArgs(regions=[region]))
        found = [f"{match.rule.id} {match.message}" for match in matches]
        # The library's provider function depends on its role twice over.
        assert [each for each in found if not each.startswith("W3005 'AWS679f53fac002430cb0da5b7982bd2287")] == []
