"""`make demo`: deploy, build, look, build again."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from mirror import settings
from mirror.config.model import MirrorConfig
from mirror.report.units import seconds_text
from sandbox import processes, status_page, table
from sandbox.environment import REGION, Sandbox
from sandbox.registries.ecr_service import ACCOUNT, PUBLIC_REGION
from sandbox.watching import Watching, tags_wanted

CHECKOUT = Path(__file__).resolve().parent.parent
POLL_SECONDS = 0.1


class DemoFailedError(Exception):
    """The demo did not show what it is to show."""


class Demo:
    """One demo in one sandbox."""

    def __init__(self, sandbox: Sandbox, config: MirrorConfig, config_file: Path, console: Console) -> None:
        self._sandbox = sandbox
        self._config = config
        self._config_file = config_file
        self._console = console
        self._watching = Watching(console, sandbox.registries, tags_wanted(config))

    def run(self) -> None:
        """Everything, in order. `DemoFailedError` when something is not as it should be."""
        self._sandbox.prepare(self._config)
        self.deploy()
        self._sandbox.fill_secret(self._config)
        registries = self._sandbox.registries
        registries.log.clear()
        self._step("first build")
        self._build()
        first = registries.hub_state.pulls
        self._console.print()
        self.show()
        self._console.print(f"[bold]{first}[/bold] Docker Hub pulls used by the first build")
        registries.log.clear()
        self._step("second build")
        self._build()
        second = registries.hub_state.pulls - first
        self._console.print(f"[bold]{second}[/bold] Docker Hub pulls used by the second build")
        if second:
            raise DemoFailedError(f"an unchanged build must cost no pull, this one cost {second}")
        page = status_page.save(self._sandbox.client("s3"), CHECKOUT / "reports")
        if page is not None:
            self._console.print(f"the status page: {page} (or: make status)", soft_wrap=True, highlight=False)

    def deploy(self) -> None:
        """The unmodified CDK CLI against the sandbox: bootstrap both regions, deploy all stacks."""
        with tempfile.TemporaryDirectory(prefix="hub-mirror-", ignore_cleanup_errors=True) as scratch:
            environments = [f"aws://{ACCOUNT}/{region}" for region in dict.fromkeys((REGION, PUBLIC_REGION))]
            output = ["--output", f"{scratch}/cdk.out", "-c", f"config={self._config_file}"]
            self._cdk("cdk bootstrap", scratch, "bootstrap", *environments, *output)
            self._cdk("cdk deploy --all", scratch, "deploy", "--all", "--require-approval", "never", *output)

    def show(self) -> None:
        """The table of what is where."""
        registries = self._sandbox.registries
        host = registries.ecr_url.partition("://")[2]
        private = table.rows(registries.private[REGION], host, registries.log)
        public = table.rows(registries.public, registries.public_url, registries.log)
        if not private and not public:
            raise DemoFailedError("nothing was mirrored")
        for title, found in (("private ECR", private), ("ECR Public", public)):
            if found:
                self._console.print(f"[bold]{title}[/bold]")
                self._console.print(table.render(found))

    def _cdk(self, title: str, scratch: str, *arguments: str) -> None:
        environment = {
            **self._sandbox.environment(),
            # Nothing of the CLI's leaves this machine, or stays on it, even when it is ended in the middle.
            "CDK_HOME": scratch,
            "TMPDIR": scratch,
            "CDK_DISABLE_VERSION_CHECK": "1",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
        }
        command = [str(CHECKOUT / "node_modules" / ".bin" / "cdk"), *arguments, "--no-notices", "--no-color", "--ci"]
        self._timed(title, lambda: processes.run(command, env=environment, cwd=CHECKOUT))

    def _timed(self, title: str, work: Callable[[], object]) -> None:
        start = time.monotonic()
        with self._watching.step(title):
            work()
        self._console.print(f"[green]✓[/green] {title} [dim]({seconds_text(time.monotonic() - start)})[/dim]")

    def _step(self, title: str) -> None:
        self._console.print(f"\n[bold]{title}[/bold] of the CodeBuild project [bold]{self._project()}[/bold]")

    def _project(self) -> str:
        """What was deployed is asked for, as a person would; importing its name would start the CDK's Node here."""
        projects: list[str] = self._sandbox.client("codebuild").list_projects()["projects"]
        if len(projects) != 1:
            raise DemoFailedError(f"one CodeBuild project was to be deployed, got: {', '.join(projects) or 'none'}")
        return projects[0]

    def _build(self) -> None:
        """Start a build by the API, print its log as it comes, and see it succeed."""
        codebuild, logs = self._sandbox.client("codebuild"), self._sandbox.client("logs")
        (project,) = codebuild.batch_get_projects(names=[self._project()])["projects"]
        if "buildBatchConfig" in project:
            self._batch(codebuild, logs)
            return
        started = codebuild.start_build(projectName=self._project())["build"]
        token: str | None = None
        with self._watching.build() as bars:
            while True:
                (build,) = codebuild.batch_get_builds(ids=[started["id"]])["builds"]
                token = self._print_log(logs, build, token)
                bars.show(build)
                if build["buildStatus"] != "IN_PROGRESS":
                    break
                time.sleep(POLL_SECONDS)
        self._print_log(logs, build, token)
        if build["buildStatus"] != "SUCCEEDED":
            raise DemoFailedError(f"the build ended with {build['buildStatus']}: {_reason(build)}")

    def _batch(self, codebuild: Any, logs: Any) -> None:
        """Likewise, a batch. The logs of builds that run side by side are printed one after the other, as they end."""
        started = codebuild.start_build_batch(projectName=self._project())["buildBatch"]["id"]
        told: set[str] = set()
        while True:
            (batch,) = codebuild.batch_get_build_batches(ids=[started])["buildBatches"]
            for group in batch["buildGroups"]:
                name, summary = group["identifier"], group.get("currentBuildSummary") or {}
                if name in told or summary.get("buildStatus", "IN_PROGRESS") == "IN_PROGRESS":
                    continue
                told.add(name)
                self._console.print(f"build [bold]{name}[/bold] of the batch: {summary['buildStatus']}")
                (build,) = codebuild.batch_get_builds(ids=[summary["arn"].partition(":build/")[2]])["builds"]
                self._print_log(logs, build, None)
            if batch["complete"]:
                break
            time.sleep(POLL_SECONDS)
        if batch["buildBatchStatus"] != "SUCCEEDED":
            raise DemoFailedError(f"the batch ended with {batch['buildBatchStatus']}: {_reason(batch)}")

    def _print_log(self, logs: Any, build: Any, token: str | None) -> str | None:
        place = build.get("logs") or {}
        if not place.get("streamName"):
            return token
        request = {"logGroupName": place["groupName"], "logStreamName": place["streamName"], "startFromHead": True}
        try:
            answer = logs.get_log_events(**request, **({"nextToken": token} if token else {}))
        except logs.exceptions.ResourceNotFoundException:
            return token  # the build has not come to its first line
        for event in answer["events"]:
            self._console.print(f"  [dim]│[/dim] {escape(event['message'].rstrip())}", highlight=False, soft_wrap=True)
        return str(answer["nextForwardToken"])


def _reason(build: Any) -> str:
    contexts = [context for phase in build.get("phases", ()) for context in phase.get("contexts", ())]
    return "; ".join(context.get("message", "") for context in contexts) or "see the log above"


def exports(sandbox: Sandbox) -> dict[str, str]:
    """The environment that a person needs to look around."""
    wanted = sandbox.environment()
    names = [name for name in wanted if name.startswith("AWS_")]
    return {**{name: wanted[name] for name in names}, settings.SOURCE: sandbox.registries.hub_url}
