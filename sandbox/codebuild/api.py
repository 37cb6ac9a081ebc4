"""CodeBuild's API on moto's server, with builds that run."""

from typing import Any, ClassVar

from moto.codebuild import urls
from moto.codebuild.exceptions import ResourceNotFoundException
from moto.core.responses import ActionResult

from sandbox.codebuild.builds import PARAMETERS, Builds
from sandbox.codebuild.report_api import ReportApi


class CodeBuildApi(ReportApi):
    """moto's answers for projects, ours for builds and reports. Made ready by `install`."""

    builds: ClassVar[Builds]

    def create_project(self) -> ActionResult:
        """Moto's, keeping the limit that StartBuild goes by, which moto drops."""
        result = super().create_project()
        limit = self._get_param("concurrentBuildLimit")
        if limit is not None:
            self._project(self._get_param("name"))["concurrentBuildLimit"] = limit
        return result

    def start_build(self) -> ActionResult:
        """Runs."""
        request = {name: self._get_param(name) for name in PARAMETERS}
        build = self.builds.start(self._project(self._get_param("projectName")), request)
        return ActionResult({"build": build})

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


def install(builds: Builds) -> None:
    """Have the moto servers that answer their first CodeBuild call from now on run builds by `builds`."""

    class Bound(CodeBuildApi):
        """Moto makes an instance a request, so the builds are the class's."""

    Bound.builds = builds
    urls.url_paths = {"{0}/$": Bound.dispatch}
