"""CodeBuild's API on moto's server, with builds that run."""

from typing import Any, ClassVar

from moto.codebuild import urls
from moto.codebuild.exceptions import ResourceNotFoundException
from moto.core.responses import ActionResult

from sandbox.codebuild.batches import BATCH_PARAMETERS, Batches
from sandbox.codebuild.builds import PARAMETERS, Builds
from sandbox.codebuild.report_api import ReportApi


class CodeBuildApi(ReportApi):
    """moto's answers for projects, ours for builds and reports. Made ready by `install`."""

    builds: ClassVar[Builds]
    batches: ClassVar[Batches]

    def create_project(self) -> ActionResult:
        """Moto's, keeping what StartBuild and StartBuildBatch go by, which moto drops."""
        result = super().create_project()
        for name in ("concurrentBuildLimit", "buildBatchConfig"):
            value = self._get_param(name)
            if value is not None:
                self._project(self._get_param("name"))[name] = value
        return result

    def start_build(self) -> ActionResult:
        """Runs."""
        request = {name: self._get_param(name) for name in PARAMETERS}
        build = self.builds.start(self._project(self._get_param("projectName")), request)
        return ActionResult({"build": build})

    def start_build_batch(self) -> ActionResult:
        """Runs a build graph."""
        request = {name: self._get_param(name) for name in BATCH_PARAMETERS}
        batch = self.batches.start(self._project(self._get_param("projectName")), request)
        return ActionResult({"buildBatch": batch})

    def stop_build_batch(self) -> ActionResult:
        """Kills all of its builds."""
        return ActionResult({"buildBatch": self.batches.stop(self._get_param("id"))})

    def batch_get_build_batches(self) -> ActionResult:
        """Tells."""
        batches, missing = self.batches.get(self._get_param("ids"))
        return ActionResult({"buildBatches": batches, "buildBatchesNotFound": missing})

    def list_build_batches(self) -> ActionResult:
        """Lists the region's."""
        return ActionResult({"ids": self.batches.ids(self._arn_start)})

    def list_build_batches_for_project(self) -> ActionResult:
        """Lists the project's."""
        name = self._project(self._get_param("projectName"))["name"]
        return ActionResult({"ids": self.batches.ids(self._arn_start, name)})

    def retry_build(self) -> ActionResult:
        """Runs again."""
        build = self.builds.retry(self._get_param("id"), self._get_param("idempotencyToken"))
        return ActionResult({"build": build})

    def stop_build(self) -> ActionResult:
        """Kills."""
        return ActionResult({"build": self.builds.stop(self._get_param("id"))})

    def batch_get_builds(self) -> ActionResult:
        """Tells."""
        builds, missing = self.builds.get(self._get_param("ids"))
        return ActionResult({"builds": builds, "buildsNotFound": missing})

    def list_builds(self) -> ActionResult:
        """Lists the region's."""
        return ActionResult({"ids": self.builds.ids(self._arn_start)})

    def list_builds_for_project(self) -> ActionResult:
        """Lists the project's."""
        name = self._project(self._get_param("projectName"))["name"]
        return ActionResult({"ids": self.builds.ids(self._arn_start, name)})

    @property
    def _arn_start(self) -> str:
        return f"arn:{self.partition}:codebuild:{self.region}:{self.current_account}:"

    def _project(self, name: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.codebuild_backend.batch_get_projects([name])
        if not found:
            raise ResourceNotFoundException(f"Project cannot be found: {self._arn_start}project/{name}")
        return found[0]


def install(builds: Builds) -> Batches:
    """Have moto servers that answer their first CodeBuild call from now on run builds by `builds`; its batches."""

    class Bound(CodeBuildApi):
        """Moto makes an instance a request, so the builds are the class's."""

    Bound.builds = builds
    Bound.batches = Batches(builds)
    urls.url_paths = {"{0}/$": Bound.dispatch}
    return Bound.batches
