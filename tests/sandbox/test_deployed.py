"""What is deployed, used as people use it: builds with overrides, an update, a destroy; by the real CLI and boto3."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest
from botocore.exceptions import ClientError

CHECKOUT = Path(__file__).resolve().parents[2]
CONFIG = """\
version: 1
schedule: {rate: 6 hours}
docker_hub: {credentials_secret: hub-mirror/docker-hub}
private: {prefix: hub}
defaults: {to: [private]}
images:
  - {name: alpine, tags: ["3.22"], to: [private, public]}
  - {name: hello-world, tags: [linux]}
repositories: [backend-app]
"""
BUILD_SECONDS = 60

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("deployed")]


@dataclass
class Kept:
    """A sandbox that `KEEP=1 make demo` left up."""

    exports: dict[str, str]
    config: Path
    scratch: Path
    log: list[str] = field(default_factory=list)

    def client(self, service: str, region: str = "eu-central-1", **keys: str) -> Any:
        endpoint = self.exports.get(
            f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}", self.exports["AWS_ENDPOINT_URL"]
        )
        session: Any = boto3.Session(
            keys.get("AccessKeyId", self.exports["AWS_ACCESS_KEY_ID"]),
            keys.get("SecretAccessKey", self.exports["AWS_SECRET_ACCESS_KEY"]),
            keys.get("SessionToken"),
            region_name=region,
        )
        return session.client(service, endpoint_url=endpoint)

    def build(self, **variables: str) -> tuple[str, list[str]]:
        """Start a build with these overrides; its status and its log."""
        codebuild = self.client("codebuild")
        overrides = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
        started = codebuild.start_build(projectName="hub-mirror", environmentVariablesOverride=overrides)["build"]["id"]
        end = time.monotonic() + BUILD_SECONDS
        while True:
            (build,) = codebuild.batch_get_builds(ids=[started])["builds"]
            if build["buildStatus"] != "IN_PROGRESS":
                break
            assert time.monotonic() < end, "the build does not end"
        place = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
        events = self.client("logs").get_log_events(**place, startFromHead=True)["events"]
        return str(build["buildStatus"]), [event["message"].rstrip() for event in events]

    def cdk(self, *arguments: str) -> str:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))},
            **self.exports,
            "CDK_DEFAULT_ACCOUNT": "123456789012",
            "CDK_DEFAULT_REGION": "eu-central-1",
            "CDK_HOME": str(self.scratch),
            "PATH": f"{CHECKOUT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        }
        command = [str(CHECKOUT / "node_modules/.bin/cdk"), *arguments, "-c", f"config={self.config}", "--no-notices"]
        done = subprocess.run(
            [*command, "--output", str(self.scratch / "cdk.out")],
            cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False, timeout=200,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def repositories(self, service: str) -> set[str]:
        region = "us-east-1" if service == "ecr-public" else "eu-central-1"
        found = self.client(service, region).describe_repositories()["repositories"]
        return {each["repositoryName"] for each in found if not each["repositoryName"].startswith("cdk-")}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    scratch = tmp_path_factory.mktemp("kept")
    config = scratch / "mirror.yaml"
    config.write_text(CONFIG)
    path = os.pathsep.join(str(CHECKOUT / each) for each in (".venv/bin", "node_modules/.bin"))
    environment = {**os.environ, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}", "KEEP": "1"}
    command = [sys.executable, "-u", "-m", "sandbox", "demo", "--config", str(config)]
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        lines = []
        try:
            for line in process.stdout:
                lines.append(line.rstrip())
                if line.startswith("skopeo inspect"):
                    break
            exports = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
            assert "AWS_ENDPOINT_URL" in exports, "\n".join(lines)
            yield Kept(exports, config, scratch, lines)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()


def test_what_is_defined_is_there(kept: Kept) -> None:
    assert kept.repositories("ecr") == {"hub/alpine", "hub/hello-world", "backend-app"}
    assert kept.repositories("ecr-public") == {"alpine"}
    schedules = kept.client("scheduler").list_schedules()["Schedules"]
    (schedule,) = [kept.client("scheduler").get_schedule(Name=each["Name"]) for each in schedules]
    assert schedule["ScheduleExpression"] == "rate(6 hours)"
    assert "hub-mirror" in str(schedule["Target"])
    assert not any("reading anonymously" in line for line in kept.log), "the secret was not used"


def test_one_more_image_right_now(kept: Kept) -> None:
    status, log = kept.build(MIRROR_IMAGES="alpine:3, hello-world:linux")
    assert status == "SUCCEEDED", log
    assert [line.split()[:2] for line in log if "alpine:3 " in line] == [["re-tagged", "alpine:3"]]
    assert any(line.startswith("unchanged     hello-world:linux") for line in log)
    assert any(line.startswith("0 pulls used") for line in log)


def test_the_doctor_finds_that_the_builds_role_has_all_it_needs(kept: Kept) -> None:
    status, log = kept.build(MIRROR_DOCTOR="1", MIRROR_DRY_RUN="true")
    assert status == "SUCCEEDED", log
    (last,) = (number for number, line in enumerate(log) if " checks: " in line)
    findings = [line for line in log[:last] if line.startswith(("ok ", "warning ", "bad "))]
    assert log[last].endswith(" ok, 0 warning, 0 bad"), "\n".join(findings)
    assert sum(line.endswith(", all allowed") for line in findings) == 2
    assert any(line.startswith("ok       AWS identity: arn:aws:sts::") for line in findings)
    assert "dry run: nothing is changed" in log[last:]


def test_the_doctor_names_what_is_broken_in_a_build(kept: Kept) -> None:
    secrets, name = kept.client("secretsmanager"), "hub-mirror/docker-hub"
    good = secrets.get_secret_value(SecretId=name)["SecretString"]
    secrets.put_secret_value(SecretId=name, SecretString="hunter2")
    try:
        status, log = kept.build(MIRROR_DOCTOR="1")
    finally:
        secrets.put_secret_value(SecretId=name, SecretString=good)
    assert status == "FAILED"
    text = "\n".join(log)
    assert "bad      Docker Hub credentials: the Docker Hub secret hub-mirror/docker-hub does not have the form" in text
    assert "→ Put it in: aws secretsmanager put-secret-value --secret-id hub-mirror/docker-hub" in text
    assert "exit status 3" in text
    assert "hunter2" not in text
    assert "images from" not in text, "without credentials the run does not begin"

    iam = kept.client("iam")
    (role,) = (each["RoleName"] for each in iam.list_roles()["Roles"] if each["RoleName"].startswith("HubMirror-Role"))
    statement = {"Effect": "Deny", "Action": "ecr:PutImage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName="broken", PolicyDocument=policy)
    try:
        _, log = kept.build(MIRROR_DOCTOR="1", MIRROR_DRY_RUN="true")
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="broken")
    (bad,) = (number for number, line in enumerate(log) if line.startswith("bad "))
    assert log[bad].startswith("bad      ecr:PutImage in private: ")
    assert "→ Allow ecr:PutImage on " in log[bad + 1]


def test_a_dry_run_changes_nothing(kept: Kept) -> None:
    status, log = kept.build(MIRROR_IMAGES="alpine:latest", MIRROR_DRY_RUN="true")
    assert status == "SUCCEEDED", log
    assert "dry run: nothing is changed" in log
    images = kept.client("ecr").describe_images(repositoryName="hub/alpine", filter={"tagStatus": "TAGGED"})
    assert "latest" not in {tag for image in images["imageDetails"] for tag in image["imageTags"]}


def test_a_repository_that_is_not_declared_is_refused_by_name(kept: Kept) -> None:
    status, log = kept.build(MIRROR_IMAGES="nginx:1,alpin:3,Bad:x")
    assert status == "FAILED"
    text = "\n".join(log)
    assert "3 problems" in text
    assert "did you mean alpine?" in text
    assert "Traceback" not in text


def test_a_missing_tag_fails_the_build_and_nothing_else(kept: Kept) -> None:
    status, log = kept.build(MIRROR_IMAGES="alpine:3.222,alpine:3.22")
    assert status == "FAILED"
    assert any(line.startswith("unchanged     alpine:3.22 ") for line in log)
    assert any("alpine:3.222" in line and "does not exist upstream" in line for line in log)
    assert any("Similar tags: 3.22" in line for line in log)
    # The tab Reports of the project says the same.
    codebuild = kept.client("codebuild")
    (group,) = codebuild.list_report_groups()["reportGroups"]
    newest = codebuild.list_reports_for_report_group(reportGroupArn=group)["reports"][0]
    (report,) = codebuild.batch_get_reports(reportArns=[newest])["reports"]
    assert report["status"] == "FAILED"
    assert report["testSummary"]["statusCounts"] == {
        "SUCCEEDED": 1,
        "FAILED": 1,
        "SKIPPED": 0,
        "ERROR": 0,
        "UNKNOWN": 0,
    }
    cases = {case["name"]: case for case in codebuild.describe_test_cases(reportArn=newest)["testCases"]}
    assert cases["alpine:3.22"]["status"] == "SUCCEEDED"
    assert cases["alpine:3.222"]["prefix"] == "alpine"
    assert "does not exist upstream" in cases["alpine:3.222"]["message"]
    assert "Similar tags: 3.22" in cases["alpine:3.222"]["message"]
    trend = codebuild.get_report_group_trend(reportGroupArn=group, trendField="PASS_RATE")
    assert trend["rawData"][0] == {"reportArn": newest, "data": "50"}
    assert len(trend["rawData"]) >= 3, "the demo's two builds reported, too"


def test_the_page_is_in_a_private_bucket_under_a_stable_and_a_dated_name(kept: Kept) -> None:
    s3 = kept.client("s3")
    named = [each["Name"] for each in s3.list_buckets()["Buckets"]]
    (bucket,) = [name for name in named if any(each["Key"] == "status.html" for each in contents(s3, name))]
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    lifecycle = {each["ID"]: each for each in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]}
    assert (lifecycle["runs"]["Filter"], lifecycle["runs"]["Expiration"]["Days"]) == ({"Prefix": "runs/"}, 90)
    assert lifecycle["old-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    keys = {each["Key"] for each in contents(s3, bucket)}
    assert keys >= {"status.html", "report.json", "report.md"}
    dated = sorted(key for key in keys if re.fullmatch(r"runs/[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{6}\.(html|json)", key))
    assert set(dated) == keys - {"status.html", "report.json", "report.md"}
    assert len(dated) >= 4, "the demo built twice"
    latest, read = dated[-1].rpartition(".")[0], {}
    for name in ("status.html", f"{latest}.html", "report.json", f"{latest}.json"):
        read[name] = s3.get_object(Bucket=bucket, Key=name)["Body"].read()
    assert read["status.html"] == read[f"{latest}.html"]
    assert read["report.json"] == read[f"{latest}.json"]
    schema = json.loads((CHECKOUT / "mirror-report.schema.json").read_text())
    jsonschema.validate(json.loads(read["report.json"]), schema)
    assert len(s3.list_object_versions(Bucket=bucket, Prefix="status.html")["Versions"]) >= 2


def contents(s3: Any, bucket: str) -> list[dict[str, Any]]:
    return list(s3.list_objects_v2(Bucket=bucket).get("Contents", ()))


def test_the_role_may_push_where_it_should_and_nowhere_else(kept: Kept) -> None:
    codebuild = kept.client("codebuild")
    (project,) = codebuild.batch_get_projects(names=["hub-mirror"])["projects"]
    keys = kept.client("sts").assume_role(RoleArn=project["serviceRole"], RoleSessionName="test")["Credentials"]
    ecr = kept.client("ecr", **{name: str(value) for name, value in keys.items()})
    digest = ["sha256:" + "0" * 64]
    assert ecr.batch_check_layer_availability(repositoryName="hub/alpine", layerDigests=digest)["layers"]
    assert ecr.get_authorization_token()["authorizationData"]
    image = {"imageIds": [{"imageTag": "3.22"}]}
    for operation, request in (
        ("batch_check_layer_availability", {"repositoryName": "backend-app", "layerDigests": digest}),
        ("put_image", {"repositoryName": "backend-app", "imageManifest": "{}"}),
        ("delete_repository", {"repositoryName": "hub/alpine", "force": True}),
        ("batch_delete_image", {"repositoryName": "hub/alpine", **image}),
        ("create_repository", {"repositoryName": "hub/other"}),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(ecr, operation)(**request)


def test_an_update_and_a_destroy(kept: Kept) -> None:
    changed = CONFIG.replace("rate: 6 hours", "rate: 2 hours").replace("  - {name: hello-world, tags: [linux]}\n", "")
    kept.config.write_text(
        changed.replace("repositories:", "  - {name: bitnami/redis, tags: [8.2.0]}\nrepositories:"), encoding="utf-8"
    )
    kept.cdk("deploy", "--all", "--require-approval", "never")
    # What left the file keeps its repository and its images.
    assert kept.repositories("ecr") == {"hub/alpine", "hub/hello-world", "hub/bitnami/redis", "backend-app"}
    schedules = kept.client("scheduler").list_schedules()["Schedules"]
    (schedule,) = [kept.client("scheduler").get_schedule(Name=each["Name"]) for each in schedules]
    assert schedule["ScheduleExpression"] == "rate(2 hours)"
    status, log = kept.build()
    assert status == "SUCCEEDED", log
    assert any(line.startswith("copied        bitnami/redis:8.2.0") for line in log)
    kept.cdk("destroy", "--all", "--force")
    assert kept.repositories("ecr") == {"hub/alpine", "hub/hello-world", "hub/bitnami/redis", "backend-app"}
    assert kept.repositories("ecr-public") == {"alpine"}
    assert kept.client("scheduler").list_schedules()["Schedules"] == []
    assert kept.client("codebuild").list_projects()["projects"] == []
