"""Several shards, as a template: `batch.yaml` beside this file."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
import yaml
from aws_cdk.assertions import Match, Template
from cdk_nag import AwsSolutionsChecks
from cfnlint.api import ManualArgs, lint

import app as cdk_app
from mirror import settings
from mirror.config import reader
from mirror.config.model import MirrorConfig
from sandbox.aws.authorizer import is_permitted
from tests.policies import ACCOUNT, OTHER_ACCOUNT, REGION, Deployed

Templates = dict[str, dict[str, Any]]
Synthesise = Callable[..., Templates]
ENVIRONMENTS = [{}, {"CDK_DEFAULT_ACCOUNT": ACCOUNT, "CDK_DEFAULT_REGION": REGION}]
PROJECT = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/hub-mirror"


@pytest.fixture(scope="module")
def config() -> MirrorConfig:
    return reader.read_file(Path(__file__).with_name("batch.yaml"))


@pytest.fixture(scope="module")
def batch(synthesise: Synthesise, config: MirrorConfig) -> Templates:
    return synthesise(config)


@pytest.fixture(scope="module")
def template(batch: Templates) -> Template:
    return Template.from_json(batch["HubMirror"])


@pytest.fixture(scope="module")
def deployed(batch: Templates) -> Deployed:
    return Deployed(batch["HubMirror"])


def test_the_project_runs_batches_of_so_many_builds(template: Template) -> None:
    (role,) = (name for name in template.find_resources("AWS::IAM::Role") if name.startswith("MirrorBatchRole"))
    template.has_resource_properties(
        "AWS::CodeBuild::Project",
        {
            "BuildBatchConfig": {
                "ServiceRole": {"Fn::GetAtt": [role, "Arn"]},
                "Restrictions": {"MaximumBuildsAllowed": 5, "ComputeTypesAllowed": Match.absent()},
                "TimeoutInMins": 300,
            },
            # A build of the batch that a limit refused would be lost.
            "ConcurrentBuildLimit": Match.absent(),
        },
    )


def test_the_buildspec_has_as_many_builds_as_the_project_allows(deployed: Deployed) -> None:
    (project,) = deployed.of_type("AWS::CodeBuild::Project").values()
    graph = yaml.safe_load(project["Properties"]["Source"]["BuildSpec"])["batch"]["build-graph"]
    assert len(graph) == project["Properties"]["BuildBatchConfig"]["Restrictions"]["MaximumBuildsAllowed"]


@pytest.mark.parametrize(
    ("compute", "minutes"), [("{type: lambda}", 75), ("{timeout_minutes: 2160}", 2160), ("{timeout_minutes: 10}", 50)]
)
def test_a_batch_has_the_time_of_its_builds_one_after_the_other(
    synthesise: Synthesise, compute: str, minutes: int
) -> None:
    template = Template.from_json(
        synthesise(f"version: 1\nshards: 3\ncompute: {compute}\nimages: ['maven:3']\n")["HubMirror"]
    )
    template.has_resource_properties("AWS::CodeBuild::Project", {"BuildBatchConfig": {"TimeoutInMins": minutes}})


def test_schedules_start_batches_and_pass_their_scope(template: Template) -> None:
    found = {
        each["Properties"]["Name"]: each["Properties"]["Target"]
        for each in template.find_resources("AWS::Scheduler::Schedule").values()
    }
    (project,) = template.find_resources("AWS::CodeBuild::Project")
    scope = {"Name": settings.SCOPE, "Value": "maven", "Type": "PLAINTEXT"}
    yields = {"Name": settings.YIELD, "Value": "true", "Type": "PLAINTEXT"}
    for name, own in (("hub-mirror-base", [scope, yields]), ("hub-mirror-rest", [yields])):
        target = found[name]
        assert target["Arn"]["Fn::Join"][1][-1] == ":scheduler:::aws-sdk:codebuild:startBuildBatch"
        text = "".join(p if isinstance(p, str) else p["Ref"] for p in target["Input"]["Fn::Join"][1])
        assert json.loads(text) == {"ProjectName": project, "EnvironmentVariablesOverride": own}
        assert target["RetryPolicy"]["MaximumRetryAttempts"] == 2
        assert "DeadLetterConfig" in target


def test_a_deployment_starts_a_batch(template: Template) -> None:
    calls = template.find_resources("Custom::AWS")
    (start,) = (each for name, each in calls.items() if name.startswith("RunOnDeploy"))
    call = json.loads(
        "".join(p if isinstance(p, str) else "PROJECT" for p in start["Properties"]["Create"]["Fn::Join"][1])
    )
    assert (call["service"], call["action"], call["outputPaths"]) == ("CodeBuild", "startBuildBatch", ["buildBatch.id"])
    assert call["parameters"].keys() == {"projectName", "idempotencyToken"}


def test_people_are_told_how_to_start_a_batch(template: Template) -> None:
    command = f"aws codebuild start-build-batch --region {REGION} --project-name hub-mirror"
    assert template.to_json()["Outputs"]["StartCommand"]["Value"] == command
    template.has_resource_properties("AWS::SSM::Parameter", {"Name": "/hub-mirror/start-command", "Value": command})


def test_one_failed_batch_is_one_message_and_success_is_that_of_all(template: Template) -> None:
    template.resource_count_is("AWS::Events::Rule", 1)
    alarms = {each["Properties"]["AlarmName"]: each["Properties"] for each in
              template.find_resources("AWS::CloudWatch::Alarm").values()}  # fmt: skip
    success = alarms["hub-mirror-no-success"]
    assert (success["Namespace"], success["MetricName"]) == (settings.METRIC_NAMESPACE, settings.RUNS_SUCCEEDED)
    assert (success["Statistic"], success["TreatMissingData"]) == ("Maximum", "breaching")
    assert "AlarmActions" not in alarms["hub-mirror-failed-run"]


def test_what_shards_leave_for_each_other_does_not_stay(template: Template) -> None:
    (bucket,) = template.find_resources("AWS::S3::Bucket").values()
    rules = {rule["Id"]: rule for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"]}
    assert (rules["shards"]["Prefix"], rules["shards"]["ExpirationInDays"]) == ("shards/", 7)
    assert rules["runs"]["ExpirationInDays"] == 90


BATCH_ROLE = {"codebuild:StartBuild", "codebuild:StopBuild", "codebuild:RetryBuild"}
STARTING = {"codebuild:StartBuildBatch"}
OTHERS = {
    "codebuild:UpdateProject", "codebuild:StopBuildBatch", "codebuild:RetryBuildBatch", "codebuild:BatchGetBuilds",
    "codebuild:DeleteProject", "iam:PassRole", "ecr:PutImage", "s3:GetObject", "secretsmanager:GetSecretValue",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("MirrorBatchRole", BATCH_ROLE), ("ScheduleRole", STARTING), ("AWS", STARTING), ("Role", set())],
)
def test_every_role_does_its_own_to_this_project_alone(deployed: Deployed, name: str, allowed: set[str]) -> None:
    """The builds' own role starts nothing at all: by it, a build could start others."""
    (role,) = (
        each for each in deployed.of_type("AWS::IAM::Role") if each[:-8] == name or each.startswith(f"{name}679f")
    )
    policies = deployed.policies(role)
    tried = BATCH_ROLE | STARTING | OTHERS
    assert {action for action in tried if is_permitted(policies, action, PROJECT)} == allowed
    for near in (
        PROJECT + "-2",
        PROJECT.replace(ACCOUNT, OTHER_ACCOUNT),
        PROJECT.replace("project/", "project/dev-"),
        "*",
    ):
        assert {action for action in BATCH_ROLE | STARTING if is_permitted(policies, action, near)} == set()


def test_only_codebuild_takes_on_the_batchs_role_and_only_for_this_account(deployed: Deployed) -> None:
    (role,) = (each for each in deployed.of_type("AWS::IAM::Role") if each.startswith("MirrorBatchRole"))
    assert deployed.trusts(role, "codebuild.amazonaws.com", ACCOUNT)
    assert not deployed.trusts(role, "codebuild.amazonaws.com", OTHER_ACCOUNT)
    assert not deployed.trusts(role, "scheduler.amazonaws.com", ACCOUNT)


@pytest.mark.slow
@pytest.mark.parametrize("environ", ENVIRONMENTS, ids=["anywhere", "account"])
def test_every_nag_finding_is_accepted_with_a_reason(
    environ: Mapping[str, str], config: MirrorConfig, context: Mapping[str, Any], tmp_path: Path
) -> None:
    app = cdk.App(auto_synth=False, context=context, outdir=str(tmp_path))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    cdk_app.build(config, app=app, environ=environ)
    app.synth()


@pytest.mark.slow
def test_cfn_lint_finds_nothing_of_ours(batch: Templates) -> None:
    text = json.dumps(batch["HubMirror"], indent=1)
    found = [
        f"{match.rule.id} {match.message}" for match in lint(text, config=ManualArgs(regions=["us-east-1", REGION]))
    ]
    # The library's provider function depends on its role twice over.
    assert [each for each in found if not each.startswith("W3005 'AWS679f53fac002430cb0da5b7982bd2287")] == []


def test_one_shard_is_an_ordinary_project(synthesise: Synthesise) -> None:
    body = "version: 1\nschedule: {rate: 6 hours}\nrun_on_deploy: true\nwatch: true\nimages: ['maven:3']\n"
    assert synthesise(body + "shards: 1\n") == synthesise(body)
