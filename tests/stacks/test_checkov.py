"""checkov looks at the templates of files that between them ask for everything: it has nothing left to say.

Each finding is accepted on its resource with a reason; and without the acceptance it would be there.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr

from mirror.config import reader
from stacks import checkov

ROOT = Path(__file__).resolve().parents[2]
CHECKOV = ROOT / ".tools" / "checkov" / "bin" / "checkov"

Templates = dict[str, dict[str, Any]]
Found = set[tuple[str, str]]
"""Rules and types of resources."""

ACCEPTED: Found = {
    ("CKV_AWS_18", "AWS::S3::Bucket"),
    ("CKV_AWS_27", "AWS::SQS::Queue"),
    ("CKV_AWS_32", "AWS::ECR::Repository"),
    ("CKV_AWS_51", "AWS::ECR::Repository"),
    ("CKV_AWS_107", "AWS::IAM::Policy"),
    ("CKV_AWS_115", "AWS::Lambda::Function"),
    ("CKV_AWS_116", "AWS::Lambda::Function"),
    ("CKV_AWS_117", "AWS::Lambda::Function"),
    ("CKV_AWS_136", "AWS::ECR::Repository"),
    ("CKV_AWS_158", "AWS::Logs::LogGroup"),
    ("CKV_AWS_163", "AWS::ECR::Repository"),
}

OPTIONS = ("--framework", "cloudformation", "--output", "json", "--skip-download")
MANY = "version: 1\nimages: [" + ", ".join(f"team/rather-long-name-{number:03}:1" for number in range(200)) + "]\n"
"""More than fit into the role's own policy."""


@pytest.fixture(scope="module")
def everything(synthesise: Callable[..., Templates]) -> Templates:
    """By a name that is different for each file."""
    files = ("example", "operated", "registries", "batch")
    configs = {name: reader.read_file(Path(__file__).with_name(f"{name}.yaml")) for name in files}
    configs["many"] = reader.read_text(MANY, source="mirror.yaml")
    return {
        f"{name}.{stack}": template
        for name, config in configs.items()
        for stack, template in synthesise(config).items()
    }


def look(templates: Mapping[str, Mapping[str, Any]], directory: Path) -> dict[str, list[dict[str, Any]]]:
    """What checkov says, by what it thinks of it. Nothing here can reach its maker's services, or any other."""
    for name, template in templates.items():
        (directory / f"{name}.template.json").write_text(json.dumps(template, indent=1))
    nowhere = "http://127.0.0.1:9"
    done = subprocess.run(
        [str(CHECKOV), "--directory", str(directory), *OPTIONS],
        cwd=directory,
        env={"PATH": os.environ["PATH"], "HOME": str(directory), "HTTPS_PROXY": nowhere, "HTTP_PROXY": nowhere},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0, done.stderr
    found: dict[str, list[dict[str, Any]]] = report["results"]
    assert {Path(each["file_path"]).name for each in found["passed_checks"]}
    return found


def kinds(checks: list[dict[str, Any]]) -> Found:
    return {(each["check_id"], each["resource"].partition(".")[0]) for each in checks}


def places(checks: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(each["check_id"], Path(each["file_path"]).name, each["resource"]) for each in checks}


@pytest.mark.slow
@pytest.mark.skipif(
    not CHECKOV.exists() and not os.environ.get("CI"),
    reason="no checkov here: scripts/setup.sh checkov gets it, and make test does",
)
def test_it_finds_nothing_that_is_not_accepted_with_a_reason(everything: Templates, tmp_path: Path) -> None:
    accepted, bare = tmp_path / "accepted", tmp_path / "bare"
    accepted.mkdir()
    bare.mkdir()
    found = look(everything, accepted)
    assert found["failed_checks"] == []
    assert kinds(found["skipped_checks"]) == ACCEPTED
    assert [each for each in found["skipped_checks"] if len(each["check_result"]["suppress_comment"]) < 40] == []
    # No acceptance is for nothing, and none hides more than it names.
    without = {
        name: {
            **template,
            "Resources": {
                key: {part: value for part, value in resource.items() if part != "Metadata"}
                for key, resource in template["Resources"].items()
            },
        }
        for name, template in everything.items()
    }
    assert places(look(without, bare)["failed_checks"]) == places(found["skipped_checks"])


def new_stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "S")


def test_an_acceptance_is_added_to_those_that_are_there() -> None:
    repository = ecr.Repository(new_stack(), "R")
    assert not checkov.is_accepted(repository)
    checkov.accept(repository, checkov.ENCRYPTED_BY_ECR)
    checkov.accept(repository, checkov.PUSHED_TO_BY_MIRROR)
    assert checkov.is_accepted(repository)
    resource = repository.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    skipped = resource.get_metadata("checkov")["skip"]
    assert [each["id"] for each in skipped] == ["CKV_AWS_136", "CKV_AWS_51"]


def test_nothing_to_accept_leaves_no_trace() -> None:
    repository = ecr.Repository(new_stack(), "R")
    checkov.accept(repository)
    assert not checkov.is_accepted(repository)


def test_what_is_no_resource_cannot_accept() -> None:
    with pytest.raises(TypeError, match="S is no resource"):
        checkov.accept(new_stack(), checkov.NOT_LOGGED)
