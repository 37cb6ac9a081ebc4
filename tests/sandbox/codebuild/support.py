"""Defines and runs projects in a moto server whose CodeBuild runs."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from types_boto3_codebuild import CodeBuildClient

from sandbox.codebuild.batches import Batches
from sandbox.codebuild.builds import Builds

REGION = "eu-central-1"
ACCOUNT = "123456789012"
ROOT = "AKIATESTROOT"
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "codebuild.amazonaws.com"}}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@dataclass
class World:
    url: str
    builds: Builds
    work_dir: Path
    batches: Batches

    _session: boto3.Session = field(default_factory=lambda: boto3.Session(ROOT, "secret", region_name=REGION))
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            make: Callable[..., Any] = self._session.client
            self._clients[service] = make(service, endpoint_url=self.url)
        return self._clients[service]

    @property
    def codebuild(self) -> CodeBuildClient:
        client: CodeBuildClient = self.client("codebuild")
        return client

    def role(self, *statements: dict[str, Any], trust: dict[str, Any] = TRUST) -> str:
        iam, name = self.client("iam"), f"role-{uuid.uuid4()}"
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(*statements))
        return arn

    def project(self, buildspec: str = "", *, variables: dict[str, str] | None = None, **wanted: Any) -> str:
        """A project's name. Without files of its own the source is NO_SOURCE."""
        name = f"project-{uuid.uuid4()}"
        environment = {
            "type": "ARM_CONTAINER",
            "image": "aws/codebuild/amazonlinux-aarch64-standard:3.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": key, "value": value} for key, value in (variables or {}).items()],
        }
        settings: dict[str, Any] = {
            "source": {"type": "NO_SOURCE", "location": "none", "buildspec": buildspec},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": environment,
            "serviceRole": wanted.pop("role", None) or self.role(EVERYTHING),
        }
        self.codebuild.create_project(name=name, **(settings | wanted))
        return name

    def source(self, files: dict[str, str]) -> str:
        """An asset's location."""
        bucket = f"assets-{uuid.uuid4()}"
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        s3 = self.client("s3")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=bucket, Key="asset.zip", Body=body.getvalue())
        return f"{bucket}/asset.zip"

    def start(self, project: str, **overrides: Any) -> str:
        build_id = self.codebuild.start_build(projectName=project, **overrides)["build"].get("id")
        assert build_id
        return build_id

    def build(self, build_id: str) -> dict[str, Any]:
        (found,) = self.codebuild.batch_get_builds(ids=[build_id])["builds"]
        return dict(found)

    def run(self, project: str, **overrides: Any) -> dict[str, Any]:
        """A build, as the API tells of it when it is over."""
        build_id = self.start(project, **overrides)
        self.builds.wait(build_id, 60)
        return self.build(build_id)

    def log(self, build: dict[str, Any]) -> list[str]:
        """What the build's log holds, read as a client reads it."""
        logs, place = self.client("logs"), build["logs"]
        request = {"logGroupName": place["groupName"], "logStreamName": place["streamName"], "startFromHead": True}
        lines: list[str] = []
        answer = logs.get_log_events(**request)
        while answer["events"]:
            lines += [event["message"] for event in answer["events"]]
            answer = logs.get_log_events(**request, nextToken=answer["nextForwardToken"])
        return lines

    def output(self, build: dict[str, Any]) -> list[str]:
        """The log's lines that commands wrote: here they begin with `out:`."""
        return [line.removeprefix("out:").strip() for line in self.log(build) if line.startswith("out:")]


def statuses(build: dict[str, Any]) -> dict[str, str]:
    """Phase -> status."""
    return {phase["phaseType"]: phase.get("phaseStatus", "") for phase in build["phases"]}


def spec(**phases: list[str]) -> str:
    """A buildspec with these commands."""
    lines = ["version: 0.2", "phases:"]
    for name, commands in phases.items():
        lines += [f"  {name}:", "    commands:", *(f"      - '{command}'" for command in commands)]
    return "\n".join(lines) + "\n"
