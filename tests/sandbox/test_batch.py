"""Several shards, deployed by the real CLI and run through CodeBuild's API as a batch of builds."""

import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mirror import settings
from mirror.config import reader
from sandbox.demo import Demo
from sandbox.environment import HUB_USER, REGION, Sandbox
from sandbox.registries.docker_hub import Account
from sandbox.registries.ecr_service import ACCOUNT
from sandbox.registries.images import ImageBuilder

SHARDS, KEEP = 3, 20
NAMES = [f"team/app{number}" for number in range(9)]
TAGS = ["1.0", "2.0"]
CONFIG = f"""\
version: 1
shards: {SHARDS}
schedule:
  - {{name: base, rate: 1 hour, images: [team/app0, team/app1]}}
  - {{name: rest, rate: 1 day}}
docker_hub: {{credentials_secret: hub-mirror/docker-hub, keep_pulls: {KEEP}}}
private: {{prefix: hub}}
defaults: {{to: [private, public]}}
watch: true
images:
""" + "".join(f"  - {{name: {name}, tags: ['1.0', '2.0']}}\n" for name in NAMES)
PROJECT = "hub-mirror"
ARN = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{PROJECT}"
BLOBS = len(NAMES) * (1 + 2 * len(TAGS))
"""Of each image a base that its tags share, and of each tag a layer and a config."""
PULLS = len(NAMES) * len(TAGS) * 2
BATCH_SECONDS = 180

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("batch"),
    # moto tells of types that it passes over; here it runs in the test's own process.
    pytest.mark.filterwarnings("ignore:Tried to parse AWS:UserWarning"),
]


@dataclass
class Deployed:
    sandbox: Sandbox
    file: Path

    def deploy(self, text: str) -> None:
        self.file.write_text(text)
        Demo(self.sandbox, reader.read_file(self.file), self.file, Console(quiet=True)).deploy()

    def seed(self, generation: str) -> None:
        """Every tag of every image, with new content."""
        for name in NAMES:
            builder = ImageBuilder(self.sandbox.registries.hub, name)
            for tag in TAGS:
                builder.multi_platform(
                    ["linux/amd64"], base=f"{name} {generation}", name=f"{name} {tag} {generation}", tags=[tag],
                    base_size=60_000, top_size=5_000,
                )  # fmt: skip

    def project(self) -> dict[str, Any]:
        (project,) = self.sandbox.client("codebuild").batch_get_projects(names=[PROJECT])["projects"]
        return dict(project)

    def batch(self, *, buildspec: str | None = None, **variables: str) -> dict[str, Any]:
        """Start one with these overrides; what is told of it when it is over. The access log then is of it alone."""
        self.sandbox.registries.log.clear()
        codebuild = self.sandbox.client("codebuild")
        overrides = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
        options = {"buildspecOverride": buildspec} if buildspec else {}
        started = codebuild.start_build_batch(projectName=PROJECT, environmentVariablesOverride=overrides, **options)[
            "buildBatch"
        ]["id"]
        end = time.monotonic() + BATCH_SECONDS
        while True:
            (batch,) = codebuild.batch_get_build_batches(ids=[started])["buildBatches"]
            if batch["complete"]:
                return dict(batch)
            assert time.monotonic() < end, f"the batch does not end: {statuses(batch)}"

    def log(self, batch: dict[str, Any], identifier: str) -> str:
        """Of one build."""
        (group,) = (each for each in batch["buildGroups"] if each["identifier"] == identifier)
        build_id = group["currentBuildSummary"]["arn"].partition(":build/")[2]
        (build,) = self.sandbox.client("codebuild").batch_get_builds(ids=[build_id])["builds"]
        place = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
        events = self.sandbox.client("logs").get_log_events(**place, startFromHead=True)["events"]
        return "\n".join(event["message"].rstrip() for event in events)

    def logs(self, batch: dict[str, Any]) -> str:
        started = [each["identifier"] for each in batch["buildGroups"] if "currentBuildSummary" in each]
        return "\n".join(f"== {each}\n{self.log(batch, each)}" for each in started)

    def bucket(self) -> str:
        variables = self.project()["environment"]["environmentVariables"]
        return next(str(each["value"]) for each in variables if each["name"] == settings.REPORT_BUCKET)

    def keys(self, prefix: str) -> list[str]:
        listed = self.sandbox.client("s3").list_objects_v2(Bucket=self.bucket(), Prefix=prefix)
        return [each["Key"] for each in listed.get("Contents", [])]

    def content(self, key: str) -> str:
        return str(self.sandbox.client("s3").get_object(Bucket=self.bucket(), Key=key)["Body"].read().decode())

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.content("report.json"))
        return found

    def division(self) -> dict[str, Any]:
        """Of the last batch."""
        listed = self.sandbox.client("s3").list_objects_v2(Bucket=self.bucket(), Prefix="shards/")["Contents"]
        newest = max(
            (each for each in listed if each["Key"].endswith("division.json")), key=lambda e: e["LastModified"]
        )
        found: dict[str, Any] = json.loads(self.content(newest["Key"]))
        return found

    def blobs_read(self) -> list[str]:
        return [e.reference for e in self.sandbox.registries.log.matching(registry="cdn", method="GET", status=200)]

    def succeeded(self) -> list[float]:
        """What the engine said of batches, oldest first."""
        found = self.sandbox.client("cloudwatch").get_metric_data(
            MetricDataQueries=[
                {
                    "Id": "found",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": settings.METRIC_NAMESPACE,
                            "MetricName": settings.RUNS_SUCCEEDED,
                            "Dimensions": [{"Name": settings.METRIC_DIMENSION, "Value": PROJECT}],
                        },
                        "Period": 86_400,
                        "Stat": "SampleCount",
                    },
                }
            ],
            StartTime=time.time() - 86_400,
            EndTime=time.time() + 86_400,
        )["MetricDataResults"]
        return [float(value) for each in found for value in each["Values"]]


def statuses(batch: dict[str, Any]) -> dict[str, str]:
    return {
        group["identifier"]: group.get("currentBuildSummary", {}).get("buildStatus", "")
        for group in batch["buildGroups"]
    }


WELL = dict.fromkeys(("divide", "shard1", "shard2", "shard3", "report"), "SUCCEEDED")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    scratch = tmp_path_factory.mktemp("batch")
    with Sandbox(work_dir=scratch) as sandbox:
        made = Deployed(sandbox, scratch / "mirror.yaml")
        made.seed("first")
        sandbox.prepare(reader.read_text(CONFIG, source="mirror.yaml"))
        made.deploy(CONFIG)
        yield made


def test_a_batch_mirrors_everything_once_and_makes_one_report(deployed: Deployed) -> None:
    registries = deployed.sandbox.registries
    batch = deployed.batch()
    assert batch["buildBatchStatus"] == "SUCCEEDED", deployed.logs(batch)
    assert statuses(batch) == WELL
    for name in NAMES:
        upstream = registries.hub.create(name).tags
        for store, repository in ((registries.private[REGION].store, f"hub/{name}"), (registries.public.store, name)):
            assert store.create(repository).tags == upstream
    read = deployed.blobs_read()
    assert len(read) == len(set(read)) == BLOBS, "each blob was read once, by one of the shards"
    assert registries.hub_state.pulls == PULLS
    division = deployed.division()
    assert set(division["shardOf"].values()) == {1, 2, 3}
    assert max(division["weights"]) <= 1.5 * min(division["weights"]), "nine like images on three machines"
    report = deployed.report()
    assert report["counts"] == {"copied": len(NAMES) * len(TAGS)}
    assert report["pulls"] == PULLS
    assert report["quotaBefore"]["remaining"] - report["quotaAfter"]["remaining"] == PULLS
    assert len(report["history"]) == 1
    assert "team/app8" in deployed.content("status.html")
    assert len([key for key in deployed.keys("runs/") if key.endswith(".json")]) == 1, "shards are no runs"
    assert "18 copied" in deployed.log(batch, "report")
    assert not report["anonymous"]


def test_a_second_batch_costs_no_pull(deployed: Deployed) -> None:
    """Started as `make demo` does it, which shows the log of each of its builds."""
    before = deployed.sandbox.registries.hub_state.pulls
    deployed.sandbox.registries.log.clear()
    console = Console(record=True, file=io.StringIO(), width=200)
    Demo(deployed.sandbox, reader.read_file(deployed.file), deployed.file, console)._build()
    shown = console.export_text()
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("build ")][-1] == "report"
    assert shown.count(" of the batch: SUCCEEDED") == SHARDS + 2
    assert "18 unchanged" in shown
    assert deployed.sandbox.registries.hub_state.pulls == before
    assert deployed.blobs_read() == []
    assert deployed.report()["counts"] == {"unchanged": len(NAMES) * len(TAGS)}
    assert sorted(list(deployed.division()["shardOf"].values()).count(shard) for shard in (1, 2, 3)) == [3, 3, 3]


def test_junit_has_the_whole_run_and_each_shards_part(deployed: Deployed) -> None:
    codebuild = deployed.sandbox.client("codebuild")
    group = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:report-group/{PROJECT}"
    arns = codebuild.list_reports_for_report_group(reportGroupArn=group)["reports"][:5]
    found = codebuild.batch_get_reports(reportArns=arns)["reports"]
    totals = sorted(each.get("testSummary", {}).get("total", 0) for each in found)
    assert totals == [0, 6, 6, 6, 18], "the build that divides has no results"


def test_the_shards_together_stay_above_the_floor(deployed: Deployed) -> None:
    registries = deployed.sandbox.registries
    deployed.seed("second")
    account = registries.hub_state.accounts[HUB_USER] = Account(limit=KEEP + 15)
    batch = deployed.batch()
    assert batch["buildBatchStatus"] == "SUCCEEDED", deployed.logs(batch)
    assert 0 < account.used <= 15
    report = deployed.report()
    assert report["pulls"] == account.used
    assert report["quotaAfter"]["remaining"] >= KEEP
    assert report["counts"].keys() == {"copied", "deferred"}
    pulls = deployed.division()["pulls"]
    assert sum(pulls) == 15


def test_one_failure_fails_one_build_and_the_batch(deployed: Deployed) -> None:
    said = sum(deployed.succeeded())
    batch = deployed.batch(MIRROR_IMAGES="team/app0:1.0,team/app1:9.9")
    assert batch["buildBatchStatus"] == "FAILED"
    assert statuses(batch) == WELL | {"report": "FAILED"}, "one message, from the build that knows all"
    log = deployed.log(batch, "report")
    assert "team/app1:9.9" in log
    assert "does not exist upstream" in log
    assert "1 failed" in log
    assert sum(deployed.succeeded()) == said + 1


def test_a_machine_that_breaks_down_is_seen_and_nothing_else_is_lost(deployed: Deployed) -> None:
    deployed.sandbox.registries.hub_state.accounts[HUB_USER] = Account(limit=200)
    buildspec = deployed.project()["source"]["buildspec"].replace("shard 2/3", "broken")
    batch = deployed.batch(buildspec=buildspec)
    assert batch["buildBatchStatus"] == "FAILED"
    assert statuses(batch) == WELL | {"shard2": "FAILED", "report": "FAILED"}
    report = deployed.report()
    mine = {name for name, shard in deployed.division()["shardOf"].items() if shard == 2}
    failed = [each for each in report["images"] if each["action"] == "failed"]
    assert {each["reference"].partition(":")[0] for each in failed} == mine
    assert {row["reason"] for each in failed for row in each["destinations"]} == {"shard 2 gave no report"}
    assert "shard 2 gave no report" in deployed.content("status.html")
    assert report["counts"].keys() <= {"failed", "copied", "unchanged"}, "the other machines did what had been deferred"


def test_a_schedules_request_is_for_a_batch_of_its_scope(deployed: Deployed) -> None:
    scheduler = deployed.sandbox.client("scheduler")
    found = {each["Name"]: scheduler.get_schedule(Name=each["Name"])["Target"] for each in
             scheduler.list_schedules()["Schedules"]}  # fmt: skip
    assert {target["Arn"] for target in found.values()} == {"arn:aws:scheduler:::aws-sdk:codebuild:startBuildBatch"}
    assert json.loads(found["hub-mirror-rest"]["Input"])["ProjectName"] == PROJECT
    request = json.loads(found["hub-mirror-base"]["Input"])
    overrides = {each["Name"]: each["Value"] for each in request["EnvironmentVariablesOverride"]}
    assert overrides == {settings.SCOPE: "team/app0,team/app1", settings.YIELD: "true"}


def test_the_roles_start_what_is_theirs_and_nothing_else(deployed: Deployed) -> None:
    project = deployed.project()
    (schedule, *_) = deployed.sandbox.client("scheduler").list_schedules()["Schedules"]
    scheduling = deployed.sandbox.client("scheduler").get_schedule(Name=schedule["Name"])["Target"]["RoleArn"]
    actions = ("StartBuild", "StopBuild", "RetryBuild", "StartBuildBatch", "UpdateProject", "DeleteProject")
    for role, allowed in (
        (project["buildBatchConfig"]["serviceRole"], {"StartBuild", "StopBuild", "RetryBuild"}),
        (scheduling, {"StartBuildBatch"}),
        (project["serviceRole"], set()),
    ):
        keys = deployed.sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        may = deployed.sandbox._authorizer
        assert {action for action in actions if may(keys["AccessKeyId"], f"codebuild:{action}", ARN)} == allowed
        assert not any(may(keys["AccessKeyId"], f"codebuild:{action}", ARN + "-2") for action in actions)


def test_one_machine_is_enough_after_all(deployed: Deployed) -> None:
    deployed.deploy(CONFIG.replace(f"shards: {SHARDS}\n", ""))
    project = deployed.project()
    assert "buildBatchConfig" not in project
    assert project["concurrentBuildLimit"] == 1
    assert "batch:" not in project["source"]["buildspec"]
