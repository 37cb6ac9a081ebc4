"""`Custom::AWS`: calls that the CDK library's provider function makes. Here the call is made, and no function runs."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import boto3
from botocore.exceptions import ClientError
from moto.awslambda.utils import get_backend

from sandbox.aws.backing import backing
from sandbox.aws.cloudformation.resource import Resource, register
from sandbox.codebuild.record import PhaseFailure
from sandbox.codebuild.role import assume


@dataclass(frozen=True, slots=True)
class _Service:
    """How boto3 and IAM call what the library names in JavaScript's way."""

    name: str
    resource: Callable[[dict[str, Any], str, str], str] = lambda _parameters, _region, _account: "*"
    """Which ARN a call is about: of its parameters, the region and the account."""


_SERVICES = {
    "CodeBuild": _Service(
        "codebuild",
        lambda parameters, region, account: f"arn:aws:codebuild:{region}:{account}:project/{parameters['projectName']}",
    ),
    "ECRPUBLIC": _Service(
        "ecr-public",
        lambda parameters, _region, account: (
            f"arn:aws:ecr-public::{account}:repository/{parameters['repositoryName']}"
            if "repositoryName" in parameters
            else "*"
        ),
    ),
}


@register
class SdkCall(Resource):
    """One call, made as the provider function's role when the resource is created or changes."""

    TYPE = "Custom::AWS"

    def __init__(self, name: str, properties: dict[str, Any], account: str, region: str) -> None:
        super().__init__(name, properties, account, region)
        self._answer: dict[str, str] = {}

    def attributes(self) -> dict[str, str]:
        """What the call answered, flattened: ``build.id``."""
        return self._answer

    def create(self) -> None:
        """Make the call that is for a new resource."""
        self._make("Create")

    def update(self, old: Self) -> None:
        """Make the one for changes, if there are any."""
        if old.properties == self.properties:
            self._answer = old._answer
        else:
            self._make("Update")

    def remove(self) -> None:
        """Make the one for the end, if there is one."""
        self._make("Delete")

    def _make(self, kind: str) -> None:
        if kind not in self.properties:
            return
        call = json.loads(self.properties[kind])
        service = _SERVICES[call["service"]]
        action = call["action"][0].upper() + call["action"][1:]
        parameters = call.get("parameters") or {}
        role_arn = get_backend(self.account, self.region).get_function(self.properties["ServiceToken"]).role
        sandbox = backing()
        session: Any = boto3.Session(*sandbox.keys, region_name=self.region)
        role = assume(
            role_arn,
            "provider",
            sts=session.client("sts", endpoint_url=sandbox.endpoint("sts")),
            endpoint_url=sandbox.endpoint(service.name),
            region=call.get("region") or self.region,
            authorize=sandbox.authorize,
        )
        ignored = call.get("ignoreErrorCodesMatching")
        try:
            role.require(f"{service.name}:{action}", service.resource(parameters, role.region, self.account))
        except PhaseFailure:
            if ignored and re.search(ignored, "AccessDeniedException"):
                return
            raise
        assumed: Any = role.session()
        client = assumed.client(service.name, endpoint_url=role.endpoint_url)
        try:
            answer = client._make_api_call(action, parameters)  # noqa: SLF001 - the one way to call by name
        except ClientError as error:
            if ignored and re.search(ignored, error.response["Error"]["Code"]):
                return
            raise
        wanted = call.get("outputPaths")
        found = _flattened(answer)
        self._answer = found if wanted is None else {path: found[path] for path in wanted if path in found}


def _flattened(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    else:
        return {path: str(value)}
    return {
        key: text
        for name, member in members
        for key, text in _flattened(member, f"{path}.{name}" if path else str(name)).items()
    }
