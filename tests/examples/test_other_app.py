"""The example of another app, synthesised as a process, the way the CDK CLI runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    outdir = tmp_path_factory.mktemp("other") / "cdk.out"
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_", "PYTHONPATH"))},
        "CDK_OUTDIR": str(outdir),
        "CDK_CONTEXT_JSON": json.dumps(json.loads((ROOT / "cdk.json").read_text())["context"]),
        "CDK_DEFAULT_ACCOUNT": "123456789012",
        "CDK_DEFAULT_REGION": "eu-central-1",
    }
    node = ROOT / ".venv" / "bin" / "node"
    if node.exists():
        environ.setdefault("JSII_NODE", str(node))
    # From another directory: nothing is found by accident.
    ran = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "other-app" / "app.py")],
        cwd=outdir.parent, env=environ, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return {path.name.split(".")[0]: json.loads(path.read_text()) for path in outdir.glob("*.template.json")}


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]


@pytest.mark.slow
def test_the_mirror_fills_the_repository_of_the_other_stack(templates: dict[str, Any]) -> None:
    assert set(templates) == {"Shop", "shop-HubMirror"}
    (repository,) = of_type(templates["Shop"], "AWS::ECR::Repository")
    (project,) = of_type(templates["shop-HubMirror"], "AWS::CodeBuild::Project")
    assert project["Name"] == "shop-hub-mirror"
    statements = [
        statement
        for policy in of_type(templates["shop-HubMirror"], "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    (push,) = (statement for statement in statements if statement.get("Sid") == "PushToPrivateRepositories")
    assert json.dumps(push["Resource"]).endswith(f':repository/{repository["RepositoryName"]}"')


@pytest.mark.slow
def test_what_the_objects_ask_for_is_there(templates: dict[str, Any]) -> None:
    mirror = templates["shop-HubMirror"]
    assert [each["ScheduleExpression"] for each in of_type(mirror, "AWS::Scheduler::Schedule")] == ["rate(12 hours)"]
    assert [each["Endpoint"] for each in of_type(mirror, "AWS::SNS::Subscription")] == ["shop-team@example.com"]
    assert len(of_type(mirror, "Custom::AWS")) == 1


@pytest.mark.slow
def test_stacks_pass_nothing_to_each_other(templates: dict[str, Any]) -> None:
    for template in templates.values():
        assert "Fn::ImportValue" not in json.dumps(template)
        assert "Fn::GetStackOutput" not in json.dumps(template)
