"""How builds run and who watches them, as templates: `operated.yaml` beside this file has something of everything."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template
from cdk_nag import AwsSolutionsChecks
from cfnlint.api import ManualArgs, lint

import app as cdk_app
from mirror.config import reader
from mirror.config.model import MirrorConfig
from mirror.config.operation import Network

Templates = dict[str, dict[str, Any]]
Synthesise = Callable[..., Templates]
ENVIRONMENTS = [{}, {"CDK_DEFAULT_ACCOUNT": "123456789012", "CDK_DEFAULT_REGION": "eu-central-1"}]


@pytest.fixture(scope="module")
def config() -> MirrorConfig:
    return reader.read_file(Path(__file__).with_name("operated.yaml"))


@pytest.fixture(scope="module")
def operated(synthesise: Synthesise, config: MirrorConfig) -> Templates:
    return synthesise(config)


@pytest.fixture(scope="module")
def template(operated: Templates) -> Template:
    return Template.from_json(operated["dev-HubMirror"])


def statements(template: Template, policy: str) -> list[dict[str, Any]]:
    """Of the policies whose logical ids begin like that."""
    found = template.find_resources("AWS::IAM::Policy").items()
    return [
        s for name, each in found if name.startswith(policy) for s in each["Properties"]["PolicyDocument"]["Statement"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("environ", ENVIRONMENTS, ids=["anywhere", "account"])
def test_every_nag_finding_is_accepted_with_a_reason(
    environ: Mapping[str, str], config: MirrorConfig, context: Mapping[str, Any], tmp_path: Path
) -> None:
    app = cdk.App(auto_synth=False, context=context, outdir=str(tmp_path))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    cdk_app.build(config, app=app, environ=environ).synth()
    reports = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    assert [violation for report in reports for violation in report["violations"]] == []


@pytest.mark.slow
@pytest.mark.parametrize("environ", ENVIRONMENTS, ids=["anywhere", "account"])
def test_cfn_lint_finds_nothing_of_ours(
    environ: Mapping[str, str], synthesise: Synthesise, config: MirrorConfig
) -> None:
    text = json.dumps(synthesise(config, environ)["dev-HubMirror"], indent=1)
    regions = ManualArgs(regions=["us-east-1", "eu-central-1", "ap-southeast-2"])
    found = [f"{match.rule.id} {match.message}" for match in lint(text, config=regions)]
    # The library's provider function depends on its role twice over.
    assert [each for each in found if not each.startswith("W3005 'AWS679f53fac002430cb0da5b7982bd2287")] == []


def test_an_environments_name_is_before_every_fixed_name(operated: Templates, template: Template) -> None:
    assert set(operated) == {"dev-HubMirrorPublic", "dev-HubMirrorPrivate", "dev-HubMirror"}
    names = {
        resource["Properties"].get(key)
        for resource in operated["dev-HubMirror"]["Resources"].values()
        for key in ("Name", "LogGroupName", "AlarmName", "DashboardName")
        if isinstance(resource["Properties"].get(key), str)
    }
    assert {name for name in names if "hub" in name} == names
    assert {name for name in names if "dev-" not in name} == set()
    template.has_resource_properties("AWS::CodeBuild::Project", {"Name": "dev-hub-mirror"})


def test_two_environments_of_one_file_share_no_fixed_name(synthesise: Synthesise, config: MirrorConfig) -> None:
    def fixed(name: str) -> set[str]:
        renamed = cdk_app.rename(config, name)
        return {
            value
            for stack in synthesise(renamed).values()
            for resource in stack["Resources"].values()
            for key, value in resource.get("Properties", {}).items()
            if key in {"Name", "LogGroupName", "AlarmName", "DashboardName"} and isinstance(value, str)
        }

    dev, prod = fixed("dev"), fixed("prod")
    assert len(dev) == len(prod) > 10
    assert dev & prod == set()


def test_the_secret_is_made_empty_and_outlives_its_stack(template: Template) -> None:
    template.has_resource(
        "AWS::SecretsManager::Secret",
        {
            "Properties": {
                "Name": "ecr-pullthroughcache/dev-docker-hub",
                "KmsKeyId": Match.string_like_regexp("^arn:aws:kms:"),
                "SecretString": Match.absent(),
                "GenerateSecretString": Match.absent(),
            },
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
        },
    )
    command = template.to_json()["Outputs"]["SecretCommand"]["Value"]
    assert command.startswith("aws secretsmanager put-secret-value --region eu-central-1 --secret-id ecr-pull")
    assert json.loads(command.split("'")[1]).keys() == {"username", "accessToken"}


def test_a_deployment_starts_a_build_by_the_hash_of_the_source(template: Template) -> None:
    (project,) = template.find_resources("AWS::CodeBuild::Project").items()
    content = project[1]["Properties"]["Source"]["Location"].rpartition("/")[2].removesuffix(".zip")
    calls = template.find_resources("Custom::AWS")
    (start,) = (each for name, each in calls.items() if name.startswith("RunOnDeploy"))
    text = "".join(p if isinstance(p, str) else "PROJECT" for p in start["Properties"]["Create"]["Fn::Join"][1])
    call = json.loads(text)
    assert (call["service"], call["action"]) == ("CodeBuild", "startBuild")
    assert call["parameters"] == {"projectName": "PROJECT", "idempotencyToken": content}
    assert start["Properties"]["Update"] == start["Properties"]["Create"]
    assert "Delete" not in start["Properties"]
    assert any(name.startswith("RoleDefaultPolicy") for name in start["DependsOn"])
    (allowed,) = statements(template, "RunOnDeploy")
    assert allowed["Action"] == "codebuild:StartBuild"
    assert allowed["Resource"] == {"Fn::GetAtt": [project[0], "Arn"]}


def test_only_the_source_makes_another_start(synthesise: Synthesise) -> None:
    def start(body: str) -> Any:
        resources = synthesise(f"version: 1\nrun_on_deploy: true\n{body}")["HubMirror"]["Resources"]
        (found,) = (each for each in resources.values() if each["Type"] == "Custom::AWS")
        return found["Properties"]["Update"]

    before = start("images: ['maven:3']")
    assert start("images: ['maven:3']\nschedule: {rate: 1 hour}\nwatch: true") == before
    assert start("images: ['maven:4']") != before


def test_builds_are_put_into_the_subnets_and_into_no_others(template: Template) -> None:
    (group,) = template.find_resources("AWS::EC2::SecurityGroup")
    template.has_resource_properties(
        "AWS::CodeBuild::Project",
        {
            "VpcConfig": {
                "VpcId": "vpc-0a1b2c3d4e5f67890",
                "Subnets": ["subnet-0a1b2c3d4e5f67890"],
                "SecurityGroupIds": [{"Fn::GetAtt": [group, "GroupId"]}],
            }
        },
    )
    properties = template.find_resources("AWS::EC2::SecurityGroup")[group]["Properties"]
    assert "SecurityGroupIngress" not in properties
    assert {rule["ToPort"] for rule in properties["SecurityGroupEgress"]} == {443, 3128}
    subnet = "arn:aws:ec2:eu-central-1:123456789012:subnet/subnet-0a1b2c3d4e5f67890"
    found = {s["Sid"]: s for s in statements(template, "RoleDefaultPolicy") if "Sid" in s}
    assert subnet in found["MakeNetworkInterfaces"]["Resource"]
    for sid in ("RemoveNetworkInterfaces", "LendNetworkInterfaces"):
        assert found[sid]["Condition"]["ArnEquals"] == {"ec2:Subnet": [subnet]}
    assert found["LendNetworkInterfaces"]["Condition"]["StringEquals"] == {
        "ec2:AuthorizedService": "codebuild.amazonaws.com"
    }
    assert all(action.startswith("ec2:Describe") for action in found["SeeNetwork"]["Action"])


def test_the_proxy_is_for_everything_but_what_is_named(template: Template) -> None:
    (project,) = template.find_resources("AWS::CodeBuild::Project").values()
    variables = {v["Name"]: v["Value"] for v in project["Properties"]["Environment"]["EnvironmentVariables"]}
    assert variables["HTTPS_PROXY"] == variables["HTTP_PROXY"] == "http://proxy.example.com:3128"
    direct = variables["NO_PROXY"].split(",")
    assert direct[0] == ".example.com"
    assert {"169.254.169.254", "169.254.170.2"} <= set(direct)


def test_certificates_come_with_the_source(synthesise: Synthesise) -> None:
    plain = reader.read_text("version: 1\nimages: ['maven:3']\n", source="mirror.yaml")
    template = synthesise(dataclasses.replace(plain, network=Network(ca_bundle="certificates")))["HubMirror"]
    (project,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::CodeBuild::Project")
    variables = {v["Name"]: v["Value"] for v in project["Properties"]["Environment"]["EnvironmentVariables"]}
    assert variables["AWS_CA_BUNDLE"] == "ca.pem"


def test_what_the_outputs_say_is_in_parameters_under_one_path(template: Template) -> None:
    found = {
        each["Properties"]["Name"]: each["Properties"]["Value"]
        for each in template.find_resources("AWS::SSM::Parameter").values()
    }
    assert {name.removeprefix("/dev-hub-mirror/") for name in found} == {
        "alert-topic",
        "console",
        "dashboard",
        "own-registry",
        "private-registry",
        "project-name",
        "public-registry",
        "start-command",
        "status-page",
    }
    assert found["/dev-hub-mirror/start-command"] == template.to_json()["Outputs"]["StartCommand"]["Value"]
    (call,) = (name for name in template.find_resources("Custom::AWS") if "PublicAlias" in name)
    assert found["/dev-hub-mirror/public-registry"] == {"Fn::GetAtt": [call, "registries.0.registryUri"]}


def test_an_alias_that_is_known_is_not_asked_for(synthesise: Synthesise) -> None:
    body = "version: 1\nparameters: true\npublic: {alias: acme, prefix: team}\nimages: ['maven:3']\n"
    template = Template.from_json(synthesise(body)["HubMirror"])
    template.resource_count_is("Custom::AWS", 0)
    template.has_resource_properties(
        "AWS::SSM::Parameter", {"Name": "/hub-mirror/public-registry", "Value": "public.ecr.aws/acme/team"}
    )


def test_a_file_that_uses_none_of_it_has_nothing_of_it(synthesise: Synthesise) -> None:
    resources = synthesise("version: 1\nreports: false\nimages: ['maven:3']\n")["HubMirror"]["Resources"].values()
    assert {each["Type"] for each in resources} == {
        "AWS::CodeBuild::Project",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Logs::LogGroup",
    }
