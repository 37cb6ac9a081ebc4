"""Whatever a file asks for, cfn-lint and cdk-nag have nothing to say: what one file cannot have at once."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks
from cfnlint.api import ManualArgs, lint

import app as cdk_app
from mirror.config import reader

ACCOUNT = {"CDK_DEFAULT_ACCOUNT": "123456789012", "CDK_DEFAULT_REGION": "eu-central-1"}
THE_LIBRARYS = re.compile(r"W3005 '\w+' dependency already enforced by a 'GetAtt' at 'Resources/AWS679f53fac002")
"""Its function depends on its role twice over."""

IMAGE = "images: [maven:3.9]\n"
MANY = ", ".join(f"team/rather-long-name-{number:03}:1" for number in range(200))
LONG = ", ".join(f"team/{'x' * 60}-{number}:1" for number in range(250))
KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ecr-pullthroughcache/docker-hub"
BODIES = {
    "builds on Lambda": "compute: {type: lambda}\nschedule: {rate: 1 day}\n" + IMAGE,
    "builds on Lambda, the other processor": "compute: {type: lambda, arch: x86_64}\nrun_on_deploy: true\n" + IMAGE,
    "a large machine": "compute: {arch: x86_64, type: large, timeout_minutes: 480}\nreports: false\n" + IMAGE,
    "a network with its own security group": (
        "network: {vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d, subnet-1a1b2c3d], security_groups: [sg-0a1b2c3d]}\n"
        + IMAGE
    ),
    "a topic that is there already": (
        "watch: {topic: 'arn:aws:sns:eu-central-1:123456789012:ops', dashboard: false, no_success_hours: 5}\n" + IMAGE
    ),
    "watched without a schedule": "watch: true\nparameters: true\npublic: {alias: acme, prefix: team}\n" + IMAGE,
    "a secret by its ARN and key": (
        f"docker_hub: {{credentials_secret: '{SECRET}', kms_key: '{KEY}'}}\npull_through_cache: {{prefix: hub}}\n"
        + IMAGE
    ),
    "nothing but repositories of one's own": "public: false\nreports: false\nrepositories: [app, web]\n",
    "nothing but the registry's settings": "public: false\nprivate: {scanning: {basic: {on_push: ['*']}}}\n",
    "encrypted, immutable, open to units": (
        f"private: {{mutability: immutable, encryption: {{kms_dsse: '{KEY}'}}, scanning: off,"
        " pull_access: {organizational_units: [o-a1b2c3d4e5/r-ab12/ou-ab12-11111111]}}\n"
        "defaults: {to: [private]}\n" + IMAGE
    ),
    "more images than one policy names": f"images: [{MANY}]\n",
    "so many that the prefix stands for them": (
        "public: {prefix: hub, stacks: 2, removal: destroy}\nprivate: {prefix: hub, stacks: 2}\n"
        f"defaults: {{to: [public, private]}}\nimages: [{LONG}]\n"
        "repositories: [hub/app]\n"
    ),
}


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_nobody_finds_anything(body: str, context: Mapping[str, Any], tmp_path: Path) -> None:
    config = reader.read_text(f"version: 1\n{body}", source="mirror.yaml")
    app = cdk.App(auto_synth=False, context=context, outdir=str(tmp_path))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    assembly = cdk_app.build(config, app=app, environ=ACCOUNT).synth()
    reports = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    assert [violation["ruleName"] for report in reports for violation in report["violations"]] == []
    for stack in assembly.stacks:
        if not stack.template.get("Resources"):
            continue  # which is not deployed
        regions = ["us-east-1"] if "Public" in stack.stack_name else ["eu-central-1"]
        matches = lint(json.dumps(stack.template, indent=1), config=ManualArgs(regions=regions))
        found = [f"{match.rule.id} {match.message}" for match in matches]
        assert [each for each in found if not THE_LIBRARYS.match(each)] == []
