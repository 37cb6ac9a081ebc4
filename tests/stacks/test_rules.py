"""Rules of others about templates: cfn-lint, and cdk-nag's AwsSolutions."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from cdk_nag import AwsSolutionsChecks
from cfnlint.api import ManualArgs, lint

import app as cdk_app
from mirror.config.model import MirrorConfig

Templates = dict[str, dict[str, Any]]

REGIONS = {"HubMirrorPublic": ["us-east-1"]}
ELSEWHERE = ["us-east-1", "eu-central-1", "ap-southeast-2"]

ENVIRONMENTS = [{}, {"CDK_DEFAULT_ACCOUNT": "123456789012", "CDK_DEFAULT_REGION": "eu-central-1"}]


def findings(template: Mapping[str, Any], regions: list[str]) -> list[str]:
    matches = lint(json.dumps(template, indent=1), config=ManualArgs(regions=regions))
    return [f"{match.rule.id} {match.message}" for match in matches]


@pytest.mark.slow
@pytest.mark.parametrize("stack", ["HubMirrorPublic", "HubMirrorPrivate", "HubMirror"])
def test_cfn_lint_finds_nothing(stack: str, templates: Templates, unbound_templates: Templates) -> None:
    regions = REGIONS.get(stack, ELSEWHERE)
    assert findings(templates[stack], regions) == []
    assert findings(unbound_templates[stack], regions) == []


@pytest.mark.slow
def test_cfn_lint_would_find_the_public_stack_in_another_region(templates: Templates) -> None:
    found = findings(templates["HubMirrorPublic"], ["eu-central-1"])
    assert any(finding.startswith("E3006") for finding in found)


def nag_rules(config: MirrorConfig, context: Mapping[str, Any], environ: Mapping[str, str], outdir: Path) -> set[str]:
    """Rules with findings that nobody accepted, after `widen` of the project's role if that is asked for."""
    app = cdk.App(auto_synth=False, context=context, outdir=str(outdir))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    cdk_app.build(config, app=app, environ=environ)
    if "WIDEN" in environ:
        role = app.node.find_child("HubMirror").node.find_child("Role")
        assert isinstance(role, iam.Role)
        role.add_to_policy(iam.PolicyStatement(actions=["ecr:*"], resources=["*"]))
    try:
        app.synth()
    except RuntimeError as err:
        assert "ValidationFailed" in str(err)  # noqa: PT017 - what it found is in the report below
    reports = json.loads((outdir / "validation-report.json").read_text())["pluginReports"]
    return {violation["ruleName"] for report in reports for violation in report["violations"]}


@pytest.mark.slow
@pytest.mark.parametrize("environ", ENVIRONMENTS, ids=["anywhere", "account"])
def test_every_nag_finding_is_accepted_with_a_reason(
    environ: Mapping[str, str], example: MirrorConfig, context: Mapping[str, Any], tmp_path: Path
) -> None:
    assert nag_rules(example, context, environ, tmp_path) == set()


@pytest.mark.slow
def test_accepting_the_login_accepts_no_other_wildcard(
    example: MirrorConfig, context: Mapping[str, Any], tmp_path: Path
) -> None:
    assert nag_rules(example, context, {"WIDEN": "1"}, tmp_path) == {"AwsSolutions-IAM5[Action::ecr:*]"}
