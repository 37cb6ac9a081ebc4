"""What a deployment makes of registries and repositories, and what it takes away again: by the real CLI."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from mirror.config import reader
from sandbox.demo import Demo
from sandbox.environment import Sandbox
from sandbox.registries import ecr_settings
from sandbox.registries.images import ImageBuilder

CHECKOUT = Path(__file__).resolve().parents[2]
REGION = "eu-central-1"

CONFIG = """\
version: 1
docker_hub: {credentials_secret: ecr-pullthroughcache/docker-hub}
public: {removal: destroy, resource_tags: {team: platform}}
private:
  prefix: hub
  stacks: 2
  mutability: {immutable_except: ["*-jre"]}
  lifecycle: [{images: untagged, expire_after_days: 14}]
  encryption: {kms: alias/images}
  pull_access: {accounts: ["111122223333"], organization: o-a1b2c3d4e5}
  resource_tags: {team: platform}
  scanning: {enhanced: {continuous: ["*"]}}
  replication: [{to: [eu-west-1, {region: us-east-1, account: "111122223333"}]}]
  accept_replication_from: ["111122223333"]
pull_through_cache: {prefix: cache, lifecycle: [{images: any, archive_after_days_unpulled: 30}]}
defaults: {to: [public, private]}
images:
  - alpine:3.22
  - {name: busybox, tags: ["1.37"], private: {removal: destroy}}
  - {name: hello-world, tags: [linux], adopt: true}
repositories: [backend-app]
"""
FEWER = CONFIG.replace("  - alpine:3.22\n", "")
"""One image less."""
KEPT = FEWER.replace("{removal: destroy, resource_tags", "{resource_tags")
"""And the public repository of the other is to be kept from now on."""

ALONE = """\
version: 1
compute: {type: lambda}
public: {removal: destroy, prefix: alone}
private: {prefix: alone, stacks: 2}
images:
  - {name: alpine, tags: ["3.22"], to: [public, private]}
  - {name: busybox, tags: ["1.37"], to: [private]}
"""
"""A public repository, and one in each of two private stacks: that of alpine in the second."""
LAST_GONE = ALONE.replace('  - {name: alpine, tags: ["3.22"], to: [public, private]}\n', "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("removed"),
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

    def cdk(self, *arguments: str) -> None:
        command = [str(CHECKOUT / "node_modules/.bin/cdk"), *arguments, "-c", f"config={self.file}"]
        path = os.pathsep.join([str(CHECKOUT / ".venv/bin"), os.environ["PATH"]])
        done = subprocess.run(
            [*command, "--no-notices", "--output", str(self.out)],
            cwd=CHECKOUT,
            env={**self.sandbox.environment(), "PATH": path, "JSII_NODE": str(CHECKOUT / ".venv/bin/node")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def out(self) -> Path:
        return self.file.parent / "cdk.out"

    def take_over(self, stack: str, *names: str) -> None:
        """`cdk import`, with the answers that a person would give it."""
        resources = json.loads((self.out / f"{stack}.template.json").read_text())["Resources"]
        answers = {
            logical_id: {"RepositoryName": resource["Properties"]["RepositoryName"]}
            for logical_id, resource in resources.items()
            if resource.get("Properties", {}).get("RepositoryName") in names
        }
        self.cdk("import", stack, "--resource-mapping-inline", json.dumps(answers))

    def stacks(self) -> set[str]:
        regions = (REGION, "us-east-1")
        found = [self.sandbox.client("cloudformation", region=each).describe_stacks()["Stacks"] for each in regions]
        return {stack["StackName"] for stacks in found for stack in stacks} - {"CDKToolkit"}

    def private(self) -> set[str]:
        names = self.sandbox.registries.private[REGION].store.repositories
        return {name for name in names if not name.startswith("cdk-")}

    def public(self) -> set[str]:
        return set(self.sandbox.registries.public.store.repositories)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    scratch = tmp_path_factory.mktemp("removed")
    with Sandbox(work_dir=scratch) as sandbox:
        sandbox.prepare(reader.read_text(CONFIG, source="mirror.yaml"))
        made = Deployed(sandbox, scratch / "mirror.yaml")
        made.deploy(CONFIG)
        for name in sorted(made.public()):
            ImageBuilder(sandbox.registries.public.store, name).small(["1"])
        for name in sorted(made.private()):
            ImageBuilder(sandbox.registries.private[REGION].store, name).small(["1"])
        yield made


def test_repositories_are_what_the_file_says(deployed: Deployed) -> None:
    assert deployed.public() == {"alpine", "busybox"}
    assert deployed.private() == {"hub/alpine", "hub/busybox", "backend-app"}
    ecr = deployed.sandbox.client("ecr")
    found = {each["repositoryName"]: each for each in ecr.describe_repositories()["repositories"]}
    assert found["hub/alpine"]["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert found["hub/alpine"]["imageTagMutabilityExclusionFilters"] == [{"filterType": "WILDCARD", "filter": "*-jre"}]
    assert "untagged" in ecr.get_lifecycle_policy(repositoryName="hub/alpine")["lifecyclePolicyText"]
    assert found["hub/alpine"]["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": "alias/images"}
    repository = deployed.sandbox.registries.private[REGION].repository("hub/alpine")
    policy = json.dumps(repository.attributes[ecr_settings.POLICY])
    assert "o-a1b2c3d4e5" in policy
    assert "111122223333" in policy
    tags = ecr.list_tags_for_resource(resourceArn=found["hub/alpine"]["repositoryArn"])["tags"]
    assert tags == [{"Key": "team", "Value": "platform"}]


def test_the_registry_is_what_the_file_says(deployed: Deployed) -> None:
    settings = deployed.sandbox.registries.private[REGION].settings
    assert settings["AWS::ECR::RegistryScanningConfiguration"]["ScanType"] == "ENHANCED"
    (rule,) = settings["AWS::ECR::ReplicationConfiguration"]["ReplicationConfiguration"]["Rules"]
    assert [(each["Region"], each["RegistryId"]) for each in rule["Destinations"]] == [
        ("eu-west-1", "123456789012"),
        ("us-east-1", "111122223333"),
    ]
    assert "111122223333" in json.dumps(settings["AWS::ECR::RegistryPolicy"])
    (cache,) = settings["AWS::ECR::PullThroughCacheRule"].values()
    secret = deployed.sandbox.client("secretsmanager").describe_secret(SecretId="ecr-pullthroughcache/docker-hub")
    assert secret["ARN"].startswith(cache["CredentialArn"])
    (template,) = settings["AWS::ECR::RepositoryCreationTemplate"].values()
    assert (template["Prefix"], template["AppliedFor"]) == ("cache", ["PULL_THROUGH_CACHE"])
    assert "sinceImagePulled" in template["LifecyclePolicy"]


def test_what_leaves_the_file_goes_with_all_images_where_it_was_to_go(deployed: Deployed) -> None:
    deployed.deploy(FEWER)
    assert deployed.public() == {"busybox"}
    assert deployed.private() == {"hub/alpine", "hub/busybox", "backend-app"}


def test_what_is_to_stay_from_now_on_stays(deployed: Deployed) -> None:
    busybox = deployed.sandbox.registries.public.repository("busybox")
    own = {"hub-mirror:removal": "destroy", "hub-mirror:stack": "HubMirrorPublic"}
    assert busybox.attributes["tags"] == {**own, "team": "platform"}
    deployed.deploy(KEPT)
    # The call that deletes it was removed with this deployment, and was refused: the tags had gone before.
    assert deployed.public() == {"busybox"}
    assert busybox.attributes["tags"] == {"team": "platform"}
    assert busybox.tags


def test_destroying_leaves_what_is_to_stay(deployed: Deployed) -> None:
    deployed.cdk("destroy", "--all", "--force")
    assert deployed.public() == {"busybox"}
    assert deployed.private() == {"hub/alpine", "backend-app"}
    settings = deployed.sandbox.registries.private[REGION].settings
    assert {name: value for name, value in settings.items() if value} == {}


def test_what_stayed_comes_under_the_stacks_again_by_import(deployed: Deployed) -> None:
    images = {
        name: service.repository(name).tags
        for service, name in (
            (deployed.sandbox.registries.public, "busybox"),
            (deployed.sandbox.registries.private[REGION], "backend-app"),
        )
    }
    assert all(images.values())
    deployed.cdk("synth", "--quiet")
    deployed.take_over("HubMirrorPublic", "busybox")
    deployed.take_over("HubMirrorPrivate", "backend-app")
    # Without the import this fails: they exist.
    deployed.deploy(KEPT)
    assert deployed.stacks() == {"HubMirror", "HubMirrorPublic", "HubMirrorPrivate"}
    assert deployed.sandbox.registries.public.repository("busybox").tags == images["busybox"]
    assert deployed.sandbox.registries.private[REGION].repository("backend-app").tags == images["backend-app"]
    deployed.cdk("destroy", "--all", "--force")


def test_a_stack_that_loses_its_last_repository_is_taken_away(deployed: Deployed) -> None:
    deployed.deploy(ALONE)
    assert deployed.stacks() == {"HubMirror", "HubMirrorPublic", "HubMirrorPrivate", "HubMirrorPrivate2"}
    # On Lambda, where the library refuses time-outs: what is deployed builds all the same.
    codebuild = deployed.sandbox.client("codebuild")
    build = codebuild.start_build(projectName="hub-mirror")["build"]
    assert (build["environment"]["type"], build["environment"]["computeType"]) == (
        "ARM_LAMBDA_CONTAINER",
        "BUILD_LAMBDA_1GB",
    )
    while build["buildStatus"] == "IN_PROGRESS":
        (build,) = codebuild.batch_get_builds(ids=[build["id"]])["builds"]
    assert build["buildStatus"] == "SUCCEEDED"
    assert "3.22" in deployed.sandbox.registries.public.repository("alone/alpine").tags
    deployed.deploy(LAST_GONE)
    # Nothing else goes with it: the mirror's own stack is deployed after the others, and so depends on them.
    assert deployed.stacks() == {"HubMirror", "HubMirrorPrivate"}
    assert "alone/alpine" not in deployed.public()
    assert {"alone/busybox", "alone/alpine"} <= deployed.private()
