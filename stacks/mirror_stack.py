"""The stack that fills the registries."""

from typing import Any

from aws_cdk import Stack, Token
from constructs import Construct

from buildspecs import mirror as mirror_buildspec
from mirror.config.model import MirrorConfig
from stacks import regions
from stacks.batch import is_batch
from stacks.hub_secret import HubSecret
from stacks.mirror_asset import CONFIG_FILE, MirrorAsset
from stacks.mirror_outputs import MirrorOutputs
from stacks.mirror_project import MirrorProject
from stacks.mirror_role import MirrorRole
from stacks.pull_through import DockerHubCache, credential_arn
from stacks.reports import RunReports
from stacks.run_on_deploy import RunOnDeploy
from stacks.schedule import MirrorSchedules
from stacks.watching import Watching


class MirrorStack(Stack):
    """The project with its role, log group and source, what starts it, and what watches it."""

    def __init__(self, scope: Construct, id: str, *, config: MirrorConfig, **kwargs: Any) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id, **kwargs)
        regions.check(config, None if Token.is_unresolved(self.region) else self.region, "mirror.yaml")
        asset, role = MirrorAsset(self, "Source", config=config), MirrorRole(self, "Role", config=config)
        reports = RunReports(self, "Reports", config=config, reports=config.reports) if config.reports else None
        mirror = MirrorProject(
            self,
            "Mirror",
            config=config,
            asset=asset,
            buildspec=mirror_buildspec.render(
                config=CONFIG_FILE,
                report_group=reports.group_arn if reports is not None else None,
                shards=config.shards,
            ),
            role=role,
            reports=reports,
        )
        outputs = MirrorOutputs(self, "Outputs", config=config, project=mirror.project)
        if reports is not None:
            outputs.tell_reports(reports)
        secret = HubSecret(self, "DockerHub", docker_hub=config.docker_hub) if config.docker_hub.create_secret else None
        schedules = (
            MirrorSchedules(self, "Schedule", config=config, project=mirror.project) if config.schedules else None
        )
        if config.run_on_deploy:
            RunOnDeploy(self, "RunOnDeploy", asset=asset, project=mirror.project, role=role, is_batch=is_batch(config))
        if config.watch is not None:
            watching = Watching(
                self,
                "Watch",
                config=config,
                watch=config.watch,
                log_group=mirror.log_group,
                dead_letters=schedules.dead_letters if schedules is not None else None,
            )
            outputs.tell_watching(watching)
        if config.pull_through_cache is not None and config.docker_hub.credentials_secret is not None:
            DockerHubCache(
                self,
                "Cache",
                cache=config.pull_through_cache,
                credential_arn=(
                    secret.secret.ref
                    if secret is not None
                    else credential_arn(self, config.docker_hub.credentials_secret)
                ),
            )
