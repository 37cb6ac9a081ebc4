"""The stack that fills the registries."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from buildspecs import mirror as mirror_buildspec
from mirror.config.model import MirrorConfig
from stacks import names
from stacks.mirror_asset import CONFIG_FILE, MirrorAsset
from stacks.mirror_project import MirrorProject
from stacks.mirror_role import MirrorRole
from stacks.schedule import MirrorSchedule


class MirrorStack(Stack):
    """The project with its role, log group, source and schedule."""

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, **kwargs: Any) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id, **kwargs)
        mirror = MirrorProject(
            self,
            "Mirror",
            asset=MirrorAsset(self, "Source", config=config),
            buildspec=mirror_buildspec.render(config=CONFIG_FILE),
            role=MirrorRole(self, "Role", config=config),
        )
        if config.schedule is not None:
            MirrorSchedule(self, "Schedule", schedule=config.schedule, project=mirror.project)
        self._tell(mirror)

    def _tell(self, mirror: MirrorProject) -> None:
        CfnOutput(self, "ProjectName", value=mirror.project.project_name, description="The CodeBuild project")
        CfnOutput(
            self,
            "StartCommand",
            value=f"aws codebuild start-build --region {self.region} --project-name {names.PROJECT}",
            description="Starts a build",
        )
        CfnOutput(
            self,
            "Console",
            value=f"https://{self.region}.console.aws.amazon.com/codesuite/codebuild/{self.account}"
            f"/projects/{names.PROJECT}?region={self.region}",
            description="The project in the console: start builds, read logs",
        )
