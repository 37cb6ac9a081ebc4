"""Everything about how builds run and who watches them, deployed by the real CLI, changed, and destroyed."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mirror.config import reader
from sandbox.demo import Demo
from sandbox.environment import Sandbox
from sandbox.registries.seeds import seed_config

CONFIG = """\
version: 1
name: dev
schedule:
  - {name: base, rate: 1 hour, images: [alpine]}
  - {name: rest, cron: "0 3 ? * MON *", timezone: Europe/Berlin}
run_on_deploy: true
docker_hub: {create_secret: true}
private: {prefix: hub}
defaults: {to: [private, public]}
images:
  - alpine:3.22
  - hello-world:linux
network: {vpc: VPC-ID, subnets: [SUBNET-ID]}
watch: {email: [ops@example.com]}
parameters: true
"""
PROD = """\
version: 1
name: prod
schedule: [{name: base, rate: 1 hour}]
docker_hub: {create_secret: true}
private: {prefix: prod}
defaults: {to: [private]}
images: [alpine:3.22]
watch: {email: [ops@example.com]}
parameters: true
"""
CHANGED = CONFIG.replace("hello-world:linux", "busybox:1.37")
PROJECT = "dev-hub-mirror"
BUILD_SECONDS = 60

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("operated"),
    # moto tells of types that it passes over; here it runs in the test's own process.
    pytest.mark.filterwarnings("ignore:Tried to parse AWS:UserWarning"),
]


@dataclass
class Deployed:
    sandbox: Sandbox
    file: Path
    ids: dict[str, str]
    """Of the network that builds run in, by what stands for them in the files."""

    def deploy(self, text: str) -> None:
        for stand_in, found in self.ids.items():
            text = text.replace(stand_in, found)
        self.file.write_text(text)
        config = reader.read_file(self.file)
        Demo(self.sandbox, config, self.file, Console(quiet=True)).deploy()

    def builds(self) -> list[dict[str, Any]]:
        """All that were started, oldest first, each when it is over."""
        codebuild = self.sandbox.client("codebuild")
        ids = codebuild.list_builds_for_project(projectName=PROJECT)["ids"]
        end = time.monotonic() + BUILD_SECONDS
        while True:
            builds: list[dict[str, Any]] = codebuild.batch_get_builds(ids=ids)["builds"] if ids else []
            if all(build["buildStatus"] != "IN_PROGRESS" for build in builds):
                return sorted(builds, key=lambda build: build["startTime"])
            assert time.monotonic() < end, "a build does not end"

    def log(self, build: dict[str, Any]) -> str:
        place = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
        events = self.sandbox.client("logs").get_log_events(**place, startFromHead=True)["events"]
        return "\n".join(event["message"].rstrip() for event in events)

    def start(self, **variables: str) -> dict[str, Any]:
        overrides = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
        self.sandbox.client("codebuild").start_build(projectName=PROJECT, environmentVariablesOverride=overrides)
        return self.builds()[-1]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    scratch = tmp_path_factory.mktemp("operated")
    file = scratch / "mirror.yaml"
    with Sandbox(work_dir=scratch) as sandbox:
        ec2 = sandbox.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        for text in (CONFIG, CHANGED):
            without = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("network"))
            seed_config(sandbox.registries.hub, reader.read_text(without, source="mirror.yaml"))
        made = Deployed(sandbox, file, {"VPC-ID": vpc, "SUBNET-ID": subnet})
        made.deploy(CONFIG)
        yield made


def test_the_deployment_starts_a_build_which_says_that_the_secret_is_empty(deployed: Deployed) -> None:
    (first,) = deployed.builds()
    assert first["buildStatus"] == "FAILED"
    log = deployed.log(first)
    assert "ecr-pullthroughcache/dev-docker-hub" in log
    assert "put-secret-value" in log
    assert "Traceback" not in log
    deployed.sandbox.fill_secret(reader.read_file(deployed.file))
    second = deployed.start()
    assert second["buildStatus"] == "SUCCEEDED", deployed.log(second)


def test_a_schedules_input_is_a_request_that_narrows_the_build(deployed: Deployed) -> None:
    scheduler = deployed.sandbox.client("scheduler")
    found = {
        each["Name"]: scheduler.get_schedule(Name=each["Name"]) for each in scheduler.list_schedules()["Schedules"]
    }
    assert set(found) == {"dev-hub-mirror-base", "dev-hub-mirror-rest"}
    request = json.loads(found["dev-hub-mirror-base"]["Target"]["Input"])
    assert request["ProjectName"] == PROJECT
    build = deployed.start(**{each["Name"]: each["Value"] for each in request["EnvironmentVariablesOverride"]})
    log = deployed.log(build)
    assert build["buildStatus"] == "SUCCEEDED", log
    assert "alpine:3.22" in log
    assert "hello-world:linux" not in log


def test_what_watches_is_there(deployed: Deployed) -> None:
    alarms = deployed.sandbox.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in alarms} == {
        f"{PROJECT}-{name}" for name in ("failed-run", "no-success", "stale", "low-budget", "not-started")
    }
    (topic,) = {action for alarm in alarms for action in alarm["AlarmActions"]}
    sns = deployed.sandbox.client("sns")
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"]
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert subscription["Endpoint"] == "ops@example.com"
    dashboards = deployed.sandbox.client("cloudwatch").list_dashboards()["DashboardEntries"]
    assert [each["DashboardName"] for each in dashboards] == [PROJECT]


def test_other_stacks_can_read_where_images_are(deployed: Deployed) -> None:
    ssm = deployed.sandbox.client("ssm")
    found = {
        each["Name"].removeprefix(f"/{PROJECT}/"): each["Value"]
        for each in ssm.get_parameters_by_path(Path=f"/{PROJECT}/")["Parameters"]
    }
    registries = deployed.sandbox.client("ecr-public").describe_registries()["registries"]
    assert found["public-registry"] == registries[0]["registryUri"]
    assert found["private-registry"] == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/hub"
    assert found["project-name"] == PROJECT


def test_only_a_change_of_the_plan_starts_another_build(deployed: Deployed) -> None:
    before = len(deployed.builds())
    deployed.deploy(CONFIG.replace("rate: 1 hour", "rate: 2 hours").replace("watch: {", "watch: {low_budget: 5, "))
    assert len(deployed.builds()) == before
    alarms = deployed.sandbox.client("cloudwatch").describe_alarms(AlarmNames=[f"{PROJECT}-low-budget"])
    assert alarms["MetricAlarms"][0]["Threshold"] == 5
    deployed.deploy(CHANGED)
    builds = deployed.builds()
    assert len(builds) == before + 1
    assert builds[-1]["buildStatus"] == "SUCCEEDED", deployed.log(builds[-1])
    assert "busybox:1.37" in deployed.log(builds[-1])


def test_builds_are_in_the_network_and_let_nothing_in(deployed: Deployed) -> None:
    (project,) = deployed.sandbox.client("codebuild").batch_get_projects(names=[PROJECT])["projects"]
    network = project["vpcConfig"]
    assert (network["vpcId"], network["subnets"]) == (deployed.ids["VPC-ID"], [deployed.ids["SUBNET-ID"]])
    ec2 = deployed.sandbox.client("ec2")
    (group,) = ec2.describe_security_groups(GroupIds=network["securityGroupIds"])["SecurityGroups"]
    assert group["VpcId"] == deployed.ids["VPC-ID"]
    assert group["IpPermissions"] == []
    assert {(rule["FromPort"], rule["ToPort"]) for rule in group["IpPermissionsEgress"]} == {(443, 443)}


def test_another_environment_stands_beside_it(deployed: Deployed) -> None:
    deployed.deploy(PROD)
    client = deployed.sandbox.client
    assert set(client("codebuild").list_projects()["projects"]) == {PROJECT, "prod-hub-mirror"}
    schedules = {each["Name"] for each in client("scheduler").list_schedules()["Schedules"]}
    assert schedules == {f"{PROJECT}-base", f"{PROJECT}-rest", "prod-hub-mirror-base"}
    alarms = {alarm["AlarmName"] for alarm in client("cloudwatch").describe_alarms()["MetricAlarms"]}
    assert {f"{PROJECT}-stale", "prod-hub-mirror-stale"} <= alarms
    for name, prefix in ((PROJECT, "hub"), ("prod-hub-mirror", "prod")):
        found = client("ssm").get_parameter(Name=f"/{name}/private-registry")["Parameter"]["Value"]
        assert found.endswith(f"/{prefix}")
        client("secretsmanager").describe_secret(SecretId=f"ecr-pullthroughcache/{name.partition('-')[0]}-docker-hub")


def test_what_is_no_longer_wanted_goes_and_the_secret_stays(deployed: Deployed) -> None:
    unwanted = ("watch", "parameters", "run_on_deploy", "docker_hub", "network")
    deployed.deploy("".join(line for line in CHANGED.splitlines(keepends=True) if not line.startswith(unwanted)))
    alarms = deployed.sandbox.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {alarm["AlarmName"].partition("-")[0] for alarm in alarms} == {"prod"}
    (project,) = deployed.sandbox.client("codebuild").batch_get_projects(names=[PROJECT])["projects"]
    assert not project.get("vpcConfig")
    groups = deployed.sandbox.client("ec2").describe_security_groups()["SecurityGroups"]
    assert {group["GroupName"] for group in groups} == {"default"}
    assert deployed.sandbox.client("ssm").get_parameters_by_path(Path=f"/{PROJECT}/")["Parameters"] == []
    secret = deployed.sandbox.client("secretsmanager").get_secret_value(SecretId="ecr-pullthroughcache/dev-docker-hub")
    assert json.loads(secret["SecretString"])["username"]
