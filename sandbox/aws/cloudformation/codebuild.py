"""`AWS::CodeBuild::Project`, in moto's CodeBuild."""

from typing import Any, Self

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.codebuild.models import CodeBuildBackend, codebuild_backends

from sandbox.aws.cloudformation.resource import Resource, register

_KEPT = ("concurrentBuildLimit", "autoRetryLimit", "secondarySources", "buildBatchConfig")
"""What moto's `create_project` takes no argument for, though StartBuild goes by it."""


@register
class Project(Resource):
    """A CodeBuild project."""

    TYPE = "AWS::CodeBuild::Project"
    NAME_PROPERTY = "Name"

    def attributes(self) -> dict[str, str]:
        """Arn and Id, which is the name."""
        return {"Arn": f"arn:aws:codebuild:{self.region}:{self.account}:project/{self.name}", "Id": self.name}

    def create(self) -> None:
        """Fails on a name that is taken, as CloudFormation does."""
        if self.name in self._backend.codebuild_projects:
            raise ValueError(f"Project already exists: {self.attributes()['Arn']}")
        self._define()

    def update(self, old: Self) -> None:  # noqa: ARG002 - everything is set anew
        """Set everything anew; builds that run go on as they began."""
        self._define()

    def remove(self) -> None:
        """Delete it; its builds stay known."""
        self._backend.delete_project(self.name)

    @property
    def _backend(self) -> CodeBuildBackend:
        return codebuild_backends[self.account][self.region]

    def _define(self) -> None:
        wanted = project_of(self.properties)
        made = self._backend.create_project(
            project_name=self.name,
            description=wanted.get("description"),
            project_source=wanted["source"],
            artifacts=wanted["artifacts"],
            environment=wanted["environment"],
            service_role=wanted["serviceRole"],
            tags=wanted.get("tags"),
            cache=wanted.get("cache"),
            timeout=wanted.get("timeoutInMinutes", 60),
            queued_timeout=wanted.get("queuedTimeoutInMinutes", 480),
            source_version=wanted.get("sourceVersion"),
            logs_config=wanted.get("logsConfig"),
            vpc_config=wanted.get("vpcConfig"),
        )
        made |= {name: wanted[name] for name in _KEPT if name in wanted}
        if "encryptionKey" in wanted:
            made["encryptionKey"] = wanted["encryptionKey"]


def project_of(properties: dict[str, Any]) -> dict[str, Any]:
    """The template's properties in the API's shape: its spelling of the names, its types of the values.

    Properties that only CloudFormation knows (Triggers, Visibility) are left out.
    """
    shape = botocore.session.get_session().get_service_model("codebuild").shape_for("Project")
    shaped: dict[str, Any] = _shaped(properties, shape)
    return shaped


def _shaped(value: Any, shape: Shape) -> Any:
    if isinstance(shape, StructureShape):
        # `BuildSpec` is `buildspec` and `GroupName` is `groupName`: the same word whatever its case.
        members = {name.lower(): (name, member) for name, member in shape.members.items()}
        found = ((*members[key.lower()], item) for key, item in value.items() if key.lower() in members)
        return {name: _shaped(item, member) for name, member, item in found}
    if isinstance(shape, ListShape):
        return [_shaped(item, shape.member) for item in value]
    if isinstance(shape, MapShape):
        return dict(value)
    if shape.type_name == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if shape.type_name == "integer":
        return int(value)
    return str(value)
