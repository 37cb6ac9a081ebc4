"""All that can be said about repositories and registries, in one file and its templates."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks
from cfnlint.api import ManualArgs, lint

import app as cdk_app
from mirror.config import reader
from mirror.config.model import DestinationName, MirrorConfig
from stacks import division

Templates = dict[str, dict[str, Any]]

THE_LIBRARYS = re.compile(r"W3005 '\w+' dependency already enforced by a 'GetAtt' at 'Resources/AWS679f53fac002")
"""The library's function names its role twice, as what it depends on and as its role: superfluous, and harmless."""

STACKS = ["HubMirrorPublic", "HubMirrorPrivate", "HubMirrorPrivate2", "HubMirrorPrivate3", "HubMirror"]


@pytest.fixture(scope="module")
def config() -> MirrorConfig:
    return reader.read_file(Path(__file__).with_name("registries.yaml"))


@pytest.fixture(scope="module")
def found(config: MirrorConfig, synthesise: Callable[..., Templates]) -> Templates:
    return synthesise(config)


def names(templates: Templates, kind: str) -> dict[str, str]:
    return {
        resource["Properties"]["RepositoryName"]: stack
        for stack, template in templates.items()
        for resource in template["Resources"].values()
        if resource["Type"] == kind
    }


def test_each_repository_is_in_its_stack_and_adopted_ones_are_in_none(found: Templates) -> None:
    assert set(found) == set(STACKS)
    assert set(names(found, "AWS::ECR::PublicRepository")) == {"maven", "bitnami/redis", "nginx"}
    assert names(found, "AWS::ECR::Repository") == {
        "docker-hub/bitnami/redis": "HubMirrorPrivate",
        "backend-app": "HubMirrorPrivate",
        "docker-hub/maven": "HubMirrorPrivate2",
        "docker-hub/nginx": "HubMirrorPrivate3",
    }


def test_the_mirror_pushes_to_adopted_repositories_too(found: Templates) -> None:
    text = json.dumps(found["HubMirror"])
    assert ":repository/docker-hub/alpine" in text
    assert ":repository/alpine" in text


def test_what_is_the_registrys_is_in_the_first_stack_alone(found: Templates) -> None:
    kinds = {
        stack: {r["Type"] for r in template["Resources"].values() if r["Type"].startswith("AWS::ECR::Re")}
        for stack, template in found.items()
        if stack.startswith("HubMirrorPrivate")
    }
    assert kinds == {
        "HubMirrorPrivate": {
            "AWS::ECR::Repository",
            "AWS::ECR::RegistryScanningConfiguration",
            "AWS::ECR::ReplicationConfiguration",
            "AWS::ECR::RegistryPolicy",
        },
        "HubMirrorPrivate2": {"AWS::ECR::Repository"},
        "HubMirrorPrivate3": {"AWS::ECR::Repository"},
    }


def test_a_registrys_settings_alone_are_reason_enough_for_a_stack(synthesise: Callable[..., Templates]) -> None:
    templates = synthesise("version: 1\nprivate: {scanning: {basic: {on_push: ['*']}}}\n")
    assert set(templates) == {"HubMirrorPrivate", "HubMirror"}


def test_the_cache_reads_with_the_mirrors_secret(found: Templates) -> None:
    (rule,) = [r for r in found["HubMirror"]["Resources"].values() if r["Type"] == "AWS::ECR::PullThroughCacheRule"]
    assert rule["Properties"]["CredentialArn"] == (
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ecr-pullthroughcache/docker-hub"
    )


def test_no_repository_takes_more_room_than_was_reckoned(config: MirrorConfig, found: Templates) -> None:
    room = {
        (name, member.name): member.characters for name in DestinationName for member in division.members(config, name)
    }
    kinds = {"AWS::ECR::Repository": DestinationName.PRIVATE, "AWS::ECR::PublicRepository": DestinationName.PUBLIC}
    seen = [
        (room[kinds[resource["Type"]], resource["Properties"]["RepositoryName"]], len(json.dumps(resource, indent=1)))
        for template in found.values()
        for resource in template["Resources"].values()
        if resource["Type"] in kinds
    ]
    assert len(seen) == len(room)
    assert [(reckoned, taken) for reckoned, taken in seen if taken > reckoned] == []


@pytest.mark.slow
@pytest.mark.parametrize("stack", STACKS)
def test_cfn_lint_finds_nothing(stack: str, found: Templates) -> None:
    regions = ["us-east-1"] if stack.startswith("HubMirrorPublic") else ["eu-central-1", "us-east-1"]
    matches = lint(json.dumps(found[stack], indent=1), config=ManualArgs(regions=regions))
    findings = [f"{match.rule.id} {match.message}" for match in matches]
    assert [finding for finding in findings if not THE_LIBRARYS.match(finding)] == []


@pytest.mark.slow
@pytest.mark.parametrize("environ", [{}, {"CDK_DEFAULT_ACCOUNT": "123456789012", "CDK_DEFAULT_REGION": "eu-central-1"}])
def test_every_nag_finding_is_accepted_with_a_reason(
    environ: Mapping[str, str], config: MirrorConfig, context: Mapping[str, Any], tmp_path: Path
) -> None:
    app = cdk.App(auto_synth=False, context=context, outdir=str(tmp_path))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    cdk_app.build(config, app=app, environ=environ).synth()
    reports = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    assert [violation["ruleName"] for report in reports for violation in report["violations"]] == []
