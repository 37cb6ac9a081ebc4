"""CodeBuild through boto3: what a client of AWS sees."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.codebuild.support import World, spec, statuses

pytestmark = pytest.mark.slow


def waiting_project(world: World, tmp_path: Path, **wanted: Any) -> tuple[str, Path]:
    """A project whose build waits for ever, and a pipe that its process holds open as long as it lives."""
    os.mkfifo(alive := tmp_path / "alive")
    os.mkfifo(never := tmp_path / "never")
    text = f"""
version: 0.2
phases:
  build:
    commands:
      - sh -c 'exec 3> {alive}; echo up >&3; read -r x < {never}'; true
      - echo out:never
    finally:
      - echo out:finally
"""
    return world.project(text, **wanted), alive


def test_a_build_runs_its_phases_and_tells_of_them(world: World) -> None:
    build = world.run(world.project(spec(pre_build=["echo out:one"], build=["echo out:two", "echo out:three >&2"])))
    assert build["buildStatus"] == "SUCCEEDED"
    assert build["buildComplete"] is True
    assert build["currentPhase"] == "COMPLETED"
    assert statuses(build) == dict.fromkeys(
        (
            "SUBMITTED",
            "QUEUED",
            "PROVISIONING",
            "DOWNLOAD_SOURCE",
            "INSTALL",
            "PRE_BUILD",
            "BUILD",
            "POST_BUILD",
            "UPLOAD_ARTIFACTS",
            "FINALIZING",
        ),
        "SUCCEEDED",
    ) | {"COMPLETED": ""}
    assert isinstance(build["startTime"], datetime)
    assert build["startTime"] <= build["endTime"]
    assert world.output(build) == ["one", "two", "three"]


def test_the_log_lies_in_the_projects_group(world: World) -> None:
    config = {"cloudWatchLogs": {"status": "ENABLED", "groupName": "/mirror/builds", "streamName": "run"}}
    build = world.run(world.project(spec(build=["echo out:here"]), logsConfig=config))
    assert build["logs"]["groupName"] == "/mirror/builds"
    assert build["logs"]["streamName"] == f"run/{build['id'].partition(':')[2]}"
    assert "Running command echo out:here" in world.log(build)
    assert world.output(build) == ["here"]


def test_every_line_of_a_long_log_arrives_in_order(world: World) -> None:
    build = world.run(world.project(spec(build=["seq -f out:%g 1 2500"])))
    assert world.output(build) == [str(number) for number in range(1, 2501)]


def test_the_source_is_unpacked_and_may_hold_the_buildspec(world: World) -> None:
    files = {"buildspec.yml": spec(build=["echo out:$(cat data/greeting)"]), "data/greeting": "hello\n"}
    build = world.run(world.project(source={"type": "S3", "location": world.source(files)}))
    assert world.output(build) == ["hello"]
    assert not list(world.work_dir.iterdir()), "the build's directory is gone"


def test_variables_go_by_codebuilds_order(world: World) -> None:
    text = (
        "version: 0.2\n"
        "env:\n  variables: {SHADOWED: buildspec, BOTH: buildspec, ALL: buildspec, ONLY: buildspec}\n"
        "phases: {build: {commands: ['echo out:$FROM_HOST $SHADOWED $ONLY $BOTH $ALL $NEW']}}\n"
    )
    name = world.project(text, variables={"BOTH": "project", "ALL": "project"})
    overrides = [{"name": "ALL", "value": "override"}, {"name": "NEW", "value": "override", "type": "PLAINTEXT"}]
    build = world.run(name, environmentVariablesOverride=overrides)
    assert world.output(build) == ["host buildspec buildspec project override override"]
    told = {variable["name"]: variable["value"] for variable in build["environment"]["environmentVariables"]}
    assert told == {"BOTH": "project", "ALL": "override", "NEW": "override"}
    again = world.run(name)
    assert world.output(again) == ["host buildspec buildspec project project"], "overrides are for one build"


def test_secrets_and_parameters_are_fetched(world: World) -> None:
    arn = world.client("secretsmanager").create_secret(Name="hub", SecretString='{"user": "ann", "token": "t0k"}')[
        "ARN"
    ]
    world.client("ssm").put_parameter(Name="/mirror/level", Value="high", Type="SecureString")
    name = world.project(
        "version: 0.2\n"
        "env: {secrets-manager: {FROM_SPEC: 'hub:token'}, parameter-store: {LEVEL: /mirror/level}}\n"
        "phases: {build: {commands: ['echo out:$FROM_SPEC $FROM_PROJECT $LEVEL']}}\n"
    )
    variable = {"name": "FROM_PROJECT", "value": f"{arn}:user", "type": "SECRETS_MANAGER"}
    assert world.output(world.run(name, environmentVariablesOverride=[variable])) == ["t0k ann high"]


def test_the_build_acts_as_the_projects_role(world: World) -> None:
    role = world.role({"Effect": "Allow", "Action": ["logs:*", "s3:GetObject"], "Resource": "*"})
    call = 'import boto3; print("out:" + boto3.client("sts").get_caller_identity()["Arn"])'
    text = f"version: 0.2\nphases:\n  build:\n    commands:\n      - python3 -c '{call}'\n"
    build = world.run(world.project(text, role=role))
    (identity,) = world.output(build)
    role_name = role.rpartition("/")[2]
    assert identity.startswith(f"arn:aws:sts::123456789012:assumed-role/{role_name}/AWSCodeBuild-")


def test_the_build_knows_itself(world: World) -> None:
    names = ["CODEBUILD_BUILD_ID", "CODEBUILD_BUILD_ARN", "CODEBUILD_BUILD_NUMBER", "CODEBUILD_CI", "AWS_REGION"]
    name = world.project(spec(build=[f"echo out:${variable}" for variable in names]))
    world.run(name)
    build = world.run(name)
    assert world.output(build) == [build["id"], build["arn"], "2", "true", "eu-central-1"]


def test_another_buildspec_and_timeout_for_one_build(world: World) -> None:
    name = world.project(spec(build=["echo out:usual"]))
    build = world.run(name, buildspecOverride=spec(build=["echo out:special"]), timeoutInMinutesOverride=7)
    assert world.output(build) == ["special"]
    assert build["timeoutInMinutes"] == 7


def test_stop_ends_every_process_and_skips_the_rest(world: World, tmp_path: Path) -> None:
    name, alive = waiting_project(world, tmp_path)
    build_id = world.start(name)
    with alive.open() as pipe:
        assert pipe.readline() == "up\n"
        assert world.build(build_id)["currentPhase"] == "BUILD"
        stopped = world.codebuild.stop_build(id=build_id)["build"]
        assert pipe.read() == "", "every process of the build is gone, or this would wait"
    assert stopped.get("buildStatus") == "STOPPED"
    build = world.build(build_id)
    assert build["buildComplete"] is True
    assert statuses(build)["BUILD"] == "STOPPED"
    assert "POST_BUILD" not in statuses(build)
    assert world.output(build) == []
    assert world.codebuild.stop_build(id=build_id)["build"].get("buildStatus") == "STOPPED", "again, harmless"


def test_a_build_above_the_limit_is_refused(world: World, tmp_path: Path) -> None:
    name, alive = waiting_project(world, tmp_path, concurrentBuildLimit=1)
    first = world.start(name)
    with alive.open() as pipe:
        pipe.readline()
    with pytest.raises(world.codebuild.exceptions.AccountLimitExceededException, match="more than 1 active"):
        world.start(name)
    world.codebuild.stop_build(id=first)
    assert world.run(name, buildspecOverride=spec(build=["true"]))["buildStatus"] == "SUCCEEDED"


def test_retry_is_a_new_build_with_the_same_overrides(world: World) -> None:
    name = world.project(spec(build=["echo out:$WORD"]))
    first = world.run(name, environmentVariablesOverride=[{"name": "WORD", "value": "again"}])
    retried = world.codebuild.retry_build(id=first["id"])["build"].get("id")
    assert retried is not None
    assert retried != first["id"]
    world.builds.wait(retried, 60)
    assert world.output(world.build(retried)) == ["again"]
    assert world.codebuild.list_builds_for_project(projectName=name).get("ids") == [retried, first["id"]]
    assert world.codebuild.list_builds().get("ids", [])[:2] == [retried, first["id"]]


def test_an_idempotency_token_starts_one_build(world: World) -> None:
    name = world.project(spec(build=["true"]))
    first = world.start(name, idempotencyToken="schedule-1")
    assert world.start(name, idempotencyToken="schedule-1") == first
    second = world.start(name, idempotencyToken="schedule-2")
    assert second != first
    for build_id in (first, second):
        assert world.builds.wait(build_id, 60)["buildStatus"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        ({"projectName": "unknown"}, "ResourceNotFoundException", "Project cannot be found: .*:project/unknown"),
        ({"timeoutInMinutesOverride": 2161}, "InvalidInputException", "timeout.*got 2161, allowed: 5 to 2160"),
    ],
)
def test_start_refuses(world: World, request_: dict[str, Any], code: str, text: str) -> None:
    request = {"projectName": world.project(spec(build=["true"]))} | request_
    with pytest.raises(ClientError, match=text) as caught:
        world.codebuild.start_build(**request)
    assert caught.value.response["Error"]["Code"] == code


def test_ids_of_no_build(world: World) -> None:
    answer = world.codebuild.batch_get_builds(ids=["project:none"])
    assert answer.get("builds") == []
    assert answer.get("buildsNotFound") == ["project:none"]
    with pytest.raises(world.codebuild.exceptions.ResourceNotFoundException):
        world.codebuild.stop_build(id="project:none")


@pytest.mark.parametrize(
    ("allowed", "phase"),
    [
        (["s3:GetObject"], "PROVISIONING"),
        (["logs:*"], "DOWNLOAD_SOURCE"),
    ],
)
def test_what_the_role_may_not_do_fails_the_build(world: World, allowed: list[str], phase: str) -> None:
    role = world.role({"Effect": "Allow", "Action": allowed, "Resource": "*"})
    location = world.source({"buildspec.yml": spec(build=["echo out:ran"])})
    build = world.run(world.project(source={"type": "S3", "location": location}, role=role))
    assert build["buildStatus"] == "FAILED"
    assert statuses(build)[phase] == "FAILED"
    assert "BUILD" not in statuses(build)
    (context,) = next(p for p in build["phases"] if p["phaseType"] == phase)["contexts"]
    assert context["statusCode"] == "ACCESS_DENIED"


def test_a_role_that_does_not_trust_codebuild_fails_the_build(world: World) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    role = world.role({"Effect": "Allow", "Action": "*", "Resource": "*"}, trust=trust)
    build = world.run(world.project(spec(build=["true"]), role=role))
    assert build["buildStatus"] == "FAILED"
    assert statuses(build)["PROVISIONING"] == "FAILED"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({"type": "S3", "location": "no-such-bucket/a.zip"}, "CLIENT_ERROR"),
        ({"type": "GITHUB", "location": "https://github.com/a/b"}, "INVALID_INPUT"),
        ({"type": "NO_SOURCE", "location": "none"}, "YAML_FILE_ERROR"),
        ({"type": "NO_SOURCE", "location": "none", "buildspec": "version: 0.2\nphase: {}\n"}, "YAML_FILE_ERROR"),
    ],
)
def test_a_bad_source_fails_the_build_with_a_reason(world: World, source: dict[str, str], code: str) -> None:
    build = world.run(world.project(source=source))
    assert build["buildStatus"] == "FAILED"
    (context,) = next(p for p in build["phases"] if p["phaseType"] == "DOWNLOAD_SOURCE")["contexts"]
    assert context["statusCode"] == code
    assert any(line.startswith(f"Phase context status code: {code} Message: ") for line in world.log(build))
