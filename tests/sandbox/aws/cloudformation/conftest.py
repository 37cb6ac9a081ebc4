"""A control plane with registries behind it, and stacks deployed the way the CDK CLI deploys them."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from sandbox.aws.backing import Backing
from sandbox.aws.server import ControlPlane
from sandbox.registries.ecr_service import PUBLIC_REGION, EcrRegion, EcrService

CHANGE_SET = "cdk-deploy-change-set"


@dataclass
class Plane:
    """moto's state is the process's, so every name that a test makes has `unique` in it."""

    url: str
    backing: Backing
    unique: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    def client(self, service: str, region: str = "eu-central-1") -> Any:
        session: Any = boto3.Session("AKIATEST", "secret", region_name=region)
        return session.client(service, endpoint_url=self.url)

    def deploy(self, stack: str, template: dict[str, Any], region: str = "eu-central-1") -> dict[str, Any]:
        """The calls that `cdk deploy` makes; the stack as described afterwards."""
        cloudformation = self.client("cloudformation", region)
        name = f"{stack}-{self.unique}"
        known = [each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]]
        cloudformation.delete_change_set(StackName=name, ChangeSetName=CHANGE_SET)
        cloudformation.create_change_set(
            StackName=name,
            ChangeSetName=CHANGE_SET,
            ChangeSetType="UPDATE" if name in known else "CREATE",
            TemplateBody=json.dumps(template),
        )
        described = cloudformation.describe_change_set(StackName=name, ChangeSetName=CHANGE_SET)
        assert described["StackName"] == name
        cloudformation.execute_change_set(StackName=name, ChangeSetName=CHANGE_SET)
        (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        return dict(found)

    def events(self, stack: str) -> list[dict[str, Any]]:
        cloudformation = self.client("cloudformation")
        return list(cloudformation.describe_stack_events(StackName=f"{stack}-{self.unique}")["StackEvents"])

    def destroy(self, stack: str, region: str = "eu-central-1") -> None:
        self.client("cloudformation", region).delete_stack(StackName=f"{stack}-{self.unique}")


@pytest.fixture
def plane() -> Iterator[Plane]:
    backing = Backing(EcrRegion(), EcrService(PUBLIC_REGION, public=True))
    with ControlPlane(backing) as running:
        yield Plane(running.url, backing)
