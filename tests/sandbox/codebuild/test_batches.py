"""Batch builds through boto3: what a client of AWS sees."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.codebuild.support import World

pytestmark = pytest.mark.slow

BATCH_ACTIONS = ["codebuild:StartBuild", "codebuild:StopBuild", "codebuild:RetryBuild"]


def spec(*tasks: str, commands: str = 'echo "out:$CODEBUILD_BATCH_BUILD_IDENTIFIER $WORD"', fast_fail: str = "") -> str:
    """A buildspec whose batch is these tasks, each a mapping in YAML's flow style."""
    graph = "".join(f"    - {task}\n" for task in tasks)
    phases = f"phases:\n  build:\n    commands:\n      - {commands}\n"
    return f"version: 0.2\nbatch:\n{fast_fail}  build-graph:\n{graph}{phases}"


def batch_project(world: World, buildspec: str, *, actions: list[str] | None = None, **wanted: Any) -> str:
    """A project with a batch role that may do these to it, or as much as CodeBuild needs."""
    statement = {"Effect": "Allow", "Action": actions or BATCH_ACTIONS, "Resource": "*"}
    config = {"serviceRole": world.role(statement), **wanted.pop("batch", {})}
    return world.project(buildspec, buildBatchConfig=config, **wanted)


def run(world: World, project: str, **overrides: Any) -> dict[str, Any]:
    """A batch, as the API tells of it when it is over."""
    batch_id = world.codebuild.start_build_batch(projectName=project, **overrides)["buildBatch"].get("id")
    assert batch_id
    return ended(world, batch_id)


def ended(world: World, batch_id: str) -> dict[str, Any]:
    world.batches.wait(batch_id, 60)
    (found,) = world.codebuild.batch_get_build_batches(ids=[batch_id])["buildBatches"]
    return dict(found)


def builds(world: World, batch: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The builds that were started, by identifier."""
    arns = {
        group["identifier"]: group["currentBuildSummary"]["arn"]
        for group in batch["buildGroups"]
        if "currentBuildSummary" in group
    }
    return {name: world.build(arn.partition(":build/")[2]) for name, arn in arns.items()}


def groups(batch: dict[str, Any]) -> dict[str, str]:
    return {
        group["identifier"]: group.get("currentBuildSummary", {}).get("buildStatus", "")
        for group in batch["buildGroups"]
    }


FAN = (
    "{identifier: plan, env: {variables: {WORD: first}}}",
    "{identifier: one, depend-on: [plan]}",
    "{identifier: two, depend-on: [plan], ignore-failure: true}",
    "{identifier: report, depend-on: [one, two]}",
)


def test_a_graph_runs_in_its_order_and_tells_of_itself(world: World) -> None:
    name = batch_project(world, spec(*FAN), variables={"WORD": "project"})
    batch = run(world, name, environmentVariablesOverride=[{"name": "OTHER", "value": "x"}])
    assert batch["buildBatchStatus"] == "SUCCEEDED"
    assert batch["complete"] is True
    assert batch["currentPhase"] == "SUCCEEDED"
    assert [phase["phaseType"] for phase in batch["phases"]] == [
        "SUBMITTED", "DOWNLOAD_BATCHSPEC", "IN_PROGRESS", "COMBINE_ARTIFACTS", "SUCCEEDED",
    ]  # fmt: skip
    assert isinstance(batch["startTime"], datetime)
    assert batch["startTime"] <= batch["endTime"]
    assert batch["arn"] == f"arn:aws:codebuild:eu-central-1:123456789012:build-batch/{batch['id']}"
    assert groups(batch) == dict.fromkeys(("plan", "one", "two", "report"), "SUCCEEDED")
    assert [(g["dependsOn"], g["ignoreFailure"]) for g in batch["buildGroups"]] == [
        ([], False), (["plan"], False), (["plan"], True), (["one", "two"], False),
    ]  # fmt: skip
    made = builds(world, batch)
    assert {name: world.output(build) for name, build in made.items()} == {
        "plan": ["plan first"],
        "one": ["one project"],
        "two": ["two project"],
        "report": ["report project"],
    }
    assert made["plan"]["endTime"] <= made["one"]["startTime"]
    assert max(made["one"]["endTime"], made["two"]["endTime"]) <= made["report"]["startTime"]
    assert {build["buildBatchArn"] for build in made.values()} == {batch["arn"]}
    assert all({"name": "OTHER", "value": "x", "type": "PLAINTEXT"} in b["environment"]["environmentVariables"]
               for b in made.values())  # fmt: skip


def test_builds_of_a_batch_know_it_by_their_initiator(world: World) -> None:
    """As seen with CodeBuild: the batch role's name and its session's, which is the batch's own."""
    name = batch_project(world, spec(*FAN, commands='echo "out:$CODEBUILD_INITIATOR"'))
    first, second = run(world, name), run(world, name)
    role = first["buildBatchConfig"]["serviceRole"].rpartition("/")[2]
    seen = [{tuple(world.output(build)) for build in builds(world, batch).values()} for batch in (first, second)]
    assert seen == [{(f"{role}/AWSCodeBuild-{batch['id'].partition(':')[2]}",)} for batch in (first, second)]
    assert (first["buildBatchNumber"], second["buildBatchNumber"]) == (1, 2)


FAIL = "sh -c 'test $CODEBUILD_BATCH_BUILD_IDENTIFIER != {0}'"


def test_what_depends_on_a_failure_is_not_started(world: World) -> None:
    batch = run(world, batch_project(world, spec(*FAN, commands=FAIL.format("one"))))
    assert batch["buildBatchStatus"] == "FAILED"
    assert groups(batch) == {"plan": "SUCCEEDED", "one": "FAILED", "two": "SUCCEEDED", "report": ""}
    (context,) = next(p for p in batch["phases"] if p["phaseType"] == "IN_PROGRESS")["contexts"]
    assert context["message"] == "one failed; never started: report"


def test_unless_that_failure_is_to_be_ignored(world: World) -> None:
    batch = run(world, batch_project(world, spec(*FAN, commands=FAIL.format("two"))))
    assert batch["buildBatchStatus"] == "SUCCEEDED"
    assert groups(batch) == {"plan": "SUCCEEDED", "one": "SUCCEEDED", "two": "FAILED", "report": "SUCCEEDED"}


def test_builds_run_side_by_side(world: World, tmp_path: Path) -> None:
    """Each opens its end of a pipe and waits for the other: one after the other, neither would end."""
    os.mkfifo(pipe := tmp_path / "pipe")
    first = "test $CODEBUILD_BATCH_BUILD_IDENTIFIER = one"
    command = f"sh -c 'if {first}; then echo x > {pipe}; else read -r x < {pipe}; fi'"
    batch = run(world, batch_project(world, spec("{identifier: one}", "{identifier: two}", commands=command)))
    assert batch["buildBatchStatus"] == "SUCCEEDED"


def test_more_builds_than_run_at_a_time_wait(world: World) -> None:
    tasks = [f"{{identifier: task{number}}}" for number in range(9)]
    batch = run(world, batch_project(world, spec(*tasks)))
    assert set(groups(batch).values()) == {"SUCCEEDED"}
    made = builds(world, batch).values()
    moments = [build["startTime"] for build in made]
    assert max(sum(b["startTime"] <= moment < b["endTime"] for b in made) for moment in moments) <= 4


def test_stop_ends_every_build(world: World, tmp_path: Path) -> None:
    os.mkfifo(alive := tmp_path / "alive")
    os.mkfifo(never := tmp_path / "never")
    command = f"sh -c 'exec 3> {alive}; echo up >&3; read -r x < {never}'"
    name = batch_project(world, spec("{identifier: a}", "{identifier: b, depend-on: [a]}", commands=command))
    batch_id = world.codebuild.start_build_batch(projectName=name)["buildBatch"].get("id", "")
    with alive.open() as pipe:
        assert pipe.readline() == "up\n"
        (batch,) = world.codebuild.batch_get_build_batches(ids=[batch_id])["buildBatches"]
        assert (batch.get("buildBatchStatus"), batch.get("currentPhase")) == ("IN_PROGRESS", "IN_PROGRESS")
        assert groups(dict(batch)) == {"a": "IN_PROGRESS", "b": ""}
        stopped = world.codebuild.stop_build_batch(id=batch_id)["buildBatch"]
        assert pipe.read() == "", "every process of the build is gone, or this would wait"
    assert stopped.get("buildBatchStatus") == "STOPPED"
    assert groups(dict(stopped)) == {"a": "STOPPED", "b": ""}


@pytest.mark.parametrize("fast_fail", [True, False])
def test_fast_fail_ends_what_runs_beside(world: World, tmp_path: Path, *, fast_fail: bool) -> None:
    os.mkfifo(gate := tmp_path / "gate")
    command = f"sh -c 'if [ $CODEBUILD_BATCH_BUILD_IDENTIFIER = bad ]; then exit 1; else read -r x < {gate}; fi'"
    text = spec(
        "{identifier: bad}",
        "{identifier: good}",
        commands=command,
        fast_fail=f"  fast-fail: {str(fast_fail).lower()}\n",
    )
    batch_id = world.codebuild.start_build_batch(projectName=batch_project(world, text))["buildBatch"].get("id", "")
    if not fast_fail:
        with gate.open("w") as pipe:
            pipe.write("go\n")
    batch = ended(world, batch_id)
    assert batch["buildBatchStatus"] == "FAILED"
    assert groups(batch) == {"bad": "FAILED", "good": "STOPPED" if fast_fail else "SUCCEEDED"}


def test_only_the_batchs_role_starts_builds(world: World) -> None:
    batch = run(world, batch_project(world, spec(*FAN), actions=["codebuild:StopBuild"]))
    assert batch["buildBatchStatus"] == "FAILED"
    assert set(groups(batch).values()) == {""}
    (context,) = next(p for p in batch["phases"] if p["phaseType"] == "IN_PROGRESS")["contexts"]
    assert context["statusCode"] == "ACCESS_DENIED"
    assert "codebuild:StartBuild" in context["message"]


def test_a_role_that_does_not_trust_codebuild_starts_nothing(world: World) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    role = world.role({"Effect": "Allow", "Action": "*", "Resource": "*"}, trust=trust)
    batch = run(world, world.project(spec(*FAN), buildBatchConfig={"serviceRole": role}))
    assert batch["buildBatchStatus"] == "FAILED"
    assert batch["phases"][1]["contexts"][0]["statusCode"] == "ACCESS_DENIED"
    assert batch["buildGroups"] == []


def test_no_more_builds_than_the_project_allows(world: World) -> None:
    batch = run(world, batch_project(world, spec(*FAN), batch={"restrictions": {"maximumBuildsAllowed": 3}}))
    assert batch["buildBatchStatus"] == "FAILED"
    assert batch["phases"][1]["contexts"][0]["message"] == "4 builds, allowed for the project: 3"


def test_a_buildspec_without_a_batch_fails(world: World) -> None:
    text = "version: 0.2\nphases:\n  build:\n    commands: ['true']\n"
    batch = run(world, batch_project(world, text))
    assert batch["buildBatchStatus"] == "FAILED"
    assert batch["phases"][1]["contexts"][0] == {
        "statusCode": "YAML_FILE_ERROR",
        "message": "no batch in the buildspec",
    }


def test_a_project_without_a_batch_role_has_no_batches(world: World) -> None:
    with pytest.raises(ClientError, match="Batch service role") as caught:
        world.codebuild.start_build_batch(projectName=world.project(spec(*FAN)))
    assert caught.value.response["Error"]["Code"] == "InvalidInputException"


def test_an_idempotency_token_starts_one_batch(world: World) -> None:
    name = batch_project(world, spec("{identifier: a}"))
    first = run(world, name, idempotencyToken="deploy-1")
    assert run(world, name, idempotencyToken="deploy-1")["id"] == first["id"]
    second = run(world, name, idempotencyToken="deploy-2")["id"]
    assert second != first["id"]
    assert world.codebuild.list_build_batches_for_project(projectName=name).get("ids") == [second, first["id"]]
    assert world.codebuild.list_build_batches().get("ids", [])[:2] == [second, first["id"]]


def test_ids_of_no_batch(world: World) -> None:
    answer = world.codebuild.batch_get_build_batches(ids=["project:none"])
    assert answer.get("buildBatches") == []
    assert answer.get("buildBatchesNotFound") == ["project:none"]
    with pytest.raises(world.codebuild.exceptions.ResourceNotFoundException):
        world.codebuild.stop_build_batch(id="project:none")


def test_a_build_that_somebody_starts_is_no_batch(world: World) -> None:
    name = batch_project(world, spec(*FAN))
    build = world.run(name)
    assert build["buildStatus"] == "SUCCEEDED"
    assert world.output(build) == [""]
    assert "buildBatchArn" not in build
