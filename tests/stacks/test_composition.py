"""Which stacks there are, where they go, and what they tell."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

import app as cdk_app
from mirror.config.model import (
    DestinationConfig,
    DestinationName,
    ExplicitTag,
    ImageConfig,
    MirrorConfig,
    RepositoryConfig,
)
from mirror.errors import ConfigError

Templates = dict[str, dict[str, Any]]
Synthesise = Callable[..., Templates]


def types(template: Mapping[str, Any]) -> dict[str, int]:
    found = [resource["Type"] for resource in template["Resources"].values()]
    return {name: found.count(name) for name in sorted(set(found))}


@pytest.mark.parametrize(
    ("body", "stacks"),
    [
        ("images: [maven:3.9]", {"HubMirrorPublic", "HubMirror"}),
        ("defaults: {to: [private]}\nimages: [maven:3.9]", {"HubMirrorPrivate", "HubMirror"}),
        ("images: [maven:3.9]\nrepositories: [{name: app}]", {"HubMirrorPublic", "HubMirrorPrivate", "HubMirror"}),
        ("public: false\nrepositories: [{name: app}]", {"HubMirrorPrivate", "HubMirror"}),
    ],
)
def test_a_registry_without_repositories_has_no_stack(synthesise: Synthesise, body: str, stacks: set[str]) -> None:
    assert set(synthesise(f"version: 1\n{body}\n")) == stacks


@pytest.mark.parametrize(
    ("body", "empty"),
    [
        ("public: {}\nrepositories: [app]", {"HubMirrorPublic"}),
        ("public: true\nrepositories: [app]", {"HubMirrorPublic"}),
        ("private: {stacks: 3}\nimages: [maven:3.9]", {f"HubMirrorPrivate{part}" for part in ("", "2", "3")}),
        ("repositories: [app]", set()),
    ],
)
def test_a_section_that_is_written_has_its_stacks_also_when_they_are_empty(
    synthesise: Synthesise, body: str, empty: set[str]
) -> None:
    templates = synthesise(f"version: 1\n{body}\n")
    assert {name for name, template in templates.items() if not template.get("Resources")} == empty


def test_no_public_stack_where_there_is_no_ecr_public(synthesise: Synthesise) -> None:
    body = "version: 1\npublic: {}\nrepositories: [app]\n"
    there = {"CDK_DEFAULT_ACCOUNT": "123456789012", "CDK_DEFAULT_REGION": "cn-north-1"}
    assert set(synthesise(body, there)) == {"HubMirrorPrivate", "HubMirror"}


def test_every_repository_is_in_the_stack_of_its_registry(templates: Templates) -> None:
    assert types(templates["HubMirrorPublic"]) == {"AWS::ECR::PublicRepository": 3}
    assert types(templates["HubMirrorPrivate"]) == {"AWS::ECR::Repository": 2}
    assert types(templates["HubMirror"]) == {
        "AWS::CodeBuild::Project": 1,
        "AWS::CodeBuild::ReportGroup": 1,
        "AWS::IAM::Policy": 2,
        "AWS::IAM::Role": 2,
        "AWS::Logs::LogGroup": 1,
        "AWS::S3::Bucket": 1,
        "AWS::S3::BucketPolicy": 1,
        "AWS::SQS::Queue": 1,
        "AWS::SQS::QueuePolicy": 1,
        "AWS::Scheduler::Schedule": 1,
    }


def test_mirrored_repositories_have_the_prefix_and_own_ones_have_not(templates: Templates) -> None:
    resources = templates["HubMirrorPrivate"]["Resources"].values()
    assert {r["Properties"]["RepositoryName"] for r in resources} == {"docker-hub/eclipse-temurin", "backend-app"}


@pytest.mark.parametrize(
    ("environ", "public", "home"),
    [
        ({}, "aws://unknown-account/us-east-1", "aws://unknown-account/unknown-region"),
        (
            {"CDK_DEFAULT_ACCOUNT": "123456789012", "CDK_DEFAULT_REGION": "eu-central-1"},
            "aws://123456789012/us-east-1",
            "aws://123456789012/eu-central-1",
        ),
        (
            {"CDK_DEFAULT_ACCOUNT": "", "CDK_DEFAULT_REGION": "ap-southeast-2"},
            "aws://unknown-account/us-east-1",
            "aws://unknown-account/ap-southeast-2",
        ),
    ],
)
def test_the_public_stack_is_always_in_us_east_1(
    environ: Mapping[str, str], public: str, home: str, example: MirrorConfig, tmp_path: Path
) -> None:
    app = cdk_app.build(example, app=cdk.App(auto_synth=False, outdir=str(tmp_path)), environ=environ)
    app.synth()
    artifacts = json.loads((tmp_path / "manifest.json").read_text())["artifacts"]
    stacks = {name: artifact for name, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"}
    assert {name: stack["environment"] for name, stack in stacks.items()} == {
        "HubMirrorPublic": public,
        "HubMirrorPrivate": home,
        "HubMirror": home,
    }
    assert {"HubMirrorPublic", "HubMirrorPrivate"} <= set(stacks["HubMirror"]["dependencies"])


def test_stacks_pass_nothing_to_each_other(templates: Templates, unbound_templates: Templates) -> None:
    for template in (*templates.values(), *unbound_templates.values()):
        text = json.dumps(template)
        assert "Fn::ImportValue" not in text
        assert "Fn::GetStackOutput" not in text
        assert "Custom::" not in text
        assert not any("Export" in output for output in template["Outputs"].values())


def test_outputs_say_where_images_are_and_how_to_start(templates: Templates) -> None:
    private = {key: output["Value"] for key, output in templates["HubMirrorPrivate"]["Outputs"].items()}
    mirror = {key: output["Value"] for key, output in templates["HubMirror"]["Outputs"].items()}
    host = "123456789012.dkr.ecr.eu-central-1."
    assert private["MirrorRegistry"] == {"Fn::Join": ["", [host, {"Ref": "AWS::URLSuffix"}, "/docker-hub"]]}
    assert private["OwnRegistry"] == {"Fn::Join": ["", [host, {"Ref": "AWS::URLSuffix"}]]}
    assert mirror["StartCommand"] == "aws codebuild start-build --region eu-central-1 --project-name hub-mirror"
    assert mirror["Console"] == (
        "https://eu-central-1.console.aws.amazon.com/codesuite/codebuild/123456789012"
        "/projects/hub-mirror?region=eu-central-1"
    )
    assert "describe-registries" in templates["HubMirrorPublic"]["Outputs"]["RegistryCommand"]["Value"]


def images(count: int) -> tuple[ImageConfig, ...]:
    return tuple(
        ImageConfig(f"image-{number}", f"library/image-{number}", (ExplicitTag("1"),)) for number in range(count)
    )


def test_more_repositories_than_the_stacks_take_are_refused() -> None:
    cdk_app.check_sizes(MirrorConfig(images=images(490)), "mirror.yaml")
    own = tuple(RepositoryConfig(f"app-{number}") for number in range(491))
    with pytest.raises(ConfigError) as caught:
        cdk_app.check_sizes(MirrorConfig(images=images(1001), repositories=own), "mirror.yaml")
    assert sorted((problem.path, problem.message.split(" do ")[0]) for problem in caught.value.problems) == [
        ("", "IAM cannot name so many repositories in one role: give 'public' a prefix, which stands for all of them"),
        ("private.stacks", "491 private repositories"),
        ("public.stacks", "1001 public repositories"),
    ]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_thousand_images_to_both_registries(synthesise: Synthesise) -> None:
    many = tuple(
        ImageConfig(f"team/image-{n}", f"team/image-{n}", (ExplicitTag("1"),), to=tuple(DestinationName))
        for n in range(1000)
    )
    config = MirrorConfig(
        images=many, public=DestinationConfig("hub", stacks=4), private=DestinationConfig("docker-hub", stacks=4)
    )
    cdk_app.check_sizes(config, "mirror.yaml")
    templates = synthesise(config)
    kinds = ("HubMirrorPublic", "HubMirrorPrivate")
    assert set(templates) == {"HubMirror", *(f"{kind}{number}" for kind in kinds for number in ("", "2", "3", "4"))}
    for kind in kinds:
        found = [
            resource["Properties"]["RepositoryName"]
            for stack, template in templates.items()
            if stack.rstrip("234") == kind
            for resource in template["Resources"].values()
        ]
        assert len(set(found)) == len(found) == 1000
    assert {name for name, template in templates.items() if len(template["Resources"]) > 490} == set()
    assert {name for name, template in templates.items() if len(json.dumps(template, indent=1)) > 1_000_000} == set()
    for resource in templates["HubMirror"]["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy":
            document = json.dumps(resource["Properties"]["PolicyDocument"], separators=(",", ":"))
            assert len(document) <= 10_240
            assert ":repository/*" not in document


@pytest.mark.slow
def test_the_greatest_stacks_keep_cloudformations_limits(synthesise: Synthesise) -> None:
    own = tuple(RepositoryConfig(f"app-{number}") for number in range(490))
    templates = synthesise(MirrorConfig(images=images(490), repositories=own))
    assert {name for name, template in templates.items() if len(template["Resources"]) > 500} == set()
    assert {name for name, template in templates.items() if len(json.dumps(template)) > 1_000_000} == set()


def test_the_file_is_found_in_either_place_where_the_cli_puts_context(tmp_path: Path) -> None:
    overflow = tmp_path / "context.json"
    overflow.write_text('{"config": "other.yaml"}')
    assert cdk_app.cli_context({}) == {}
    assert cdk_app.cli_context({"CDK_CONTEXT_JSON": '{"config": "one.yaml"}'}) == {"config": "one.yaml"}
    assert cdk_app.cli_context({"CDK_CONTEXT_JSON": "{}", "CONTEXT_OVERFLOW_LOCATION_ENV": str(overflow)}) == {
        "config": "other.yaml"
    }
