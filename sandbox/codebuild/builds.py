"""All builds of a sandbox: started, stopped and told of by CodeBuild's rules."""

import copy
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.core.exceptions import JsonRESTError

from sandbox.codebuild.record import Record
from sandbox.codebuild.run import Host, Run
from sandbox.codebuild.variables import merge

DEFAULT_TIMEOUT_MINUTES = 60
DEFAULT_QUEUED_MINUTES = 480
MIN_TIMEOUT_MINUTES = 5
MAX_TIMEOUT_MINUTES = 2160
TOKEN_SECONDS = 300
"""For how long StartBuild answers an idempotency token with the build that it started."""

_OVERRIDES: Mapping[str, tuple[str, ...]] = {
    "artifactsOverride": ("artifacts",),
    "buildspecOverride": ("source", "buildspec"),
    "computeTypeOverride": ("environment", "computeType"),
    "encryptionKeyOverride": ("encryptionKey",),
    "environmentTypeOverride": ("environment", "type"),
    "imageOverride": ("environment", "image"),
    "privilegedModeOverride": ("environment", "privilegedMode"),
    "queuedTimeoutInMinutesOverride": ("queuedTimeoutInMinutes",),
    "serviceRoleOverride": ("serviceRole",),
    "sourceLocationOverride": ("source", "location"),
    "sourceTypeOverride": ("source", "type"),
    "sourceVersion": ("sourceVersion",),
    "timeoutInMinutesOverride": ("timeoutInMinutes",),
}
PARAMETERS = (*_OVERRIDES, "environmentVariablesOverride", "idempotencyToken", "logsConfigOverride")
"""What StartBuild goes by here, beside the project's name."""


class AccountLimitExceededError(JsonRESTError):  # type: ignore[misc]  # moto ships no types
    """Too many builds at once: refused, not queued."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("AccountLimitExceededException", message)


@dataclass(frozen=True, slots=True)
class InBatch:
    """The batch that a build is of."""

    arn: str
    initiator: str
    identifier: str


class Builds:
    """Safe to call from any thread. `close` leaves no process behind."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = {}
        self._requests: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self._numbers: dict[str, int] = {}
        self._tokens: dict[tuple[str, str], tuple[float, str]] = {}
        self._closed = False

    def start(
        self, project: Mapping[str, Any], request: Mapping[str, Any], *, batch: InBatch | None = None
    ) -> dict[str, Any]:
        """Starts a build of the project (in the API's shape) with StartBuild's parameters; its description."""
        description = _describe(project, request)
        if batch is not None:
            description |= {"buildBatchArn": batch.arn, "initiator": batch.initiator}
        with self._lock:
            if self._closed:
                raise InvalidInputException("the sandbox is stopping")
            known = self._by_token(project["arn"], request.get("idempotencyToken"))
            if known is not None:
                return known.record.describe()
            limit = project.get("concurrentBuildLimit")
            if limit and self._active(project["arn"]) >= limit:
                raise AccountLimitExceededError(
                    f"Cannot have more than {limit} active builds for the project {project['name']}"
                )
            number = self._numbers[project["arn"]] = self._numbers.get(project["arn"], 0) + 1
            record = Record(description | {"buildNumber": number})
            run = Run(
                self.host,
                record,
                timeout_seconds=description["timeoutInMinutes"] * 60,
                identifier=batch.identifier if batch is not None else "",
            )
            self._runs[record.id] = run
            self._requests[record.id] = copy.deepcopy((dict(project), dict(request)))
            if token := request.get("idempotencyToken"):
                self._tokens[project["arn"], token] = (time.monotonic(), record.id)
            answer = record.describe()
            run.start()
        return answer

    def retry(self, build_id: str, token: str | None = None) -> dict[str, Any]:
        """A new build with the overrides of an old one."""
        self._run(build_id)
        project, request = self._requests[build_id]
        return self.start(project, request | {"idempotencyToken": token})

    def stop(self, build_id: str) -> dict[str, Any]:
        """Ends the build and everything that it started; its description afterwards."""
        run = self._run(build_id)
        run.stop()
        return run.record.describe()

    def get(self, build_ids: Iterable[str]) -> tuple[list[dict[str, Any]], list[str]]:
        """Descriptions, and the ids that are no builds."""
        with self._lock:
            found = {build_id: self._runs.get(build_id) for build_id in build_ids}
        builds = [run.record.describe() for run in found.values() if run is not None]
        return builds, [build_id for build_id, run in found.items() if run is None]

    def ids(self, arn_start: str, project: str | None = None) -> list[str]:
        """Ids of the builds of a region (`arn:…:codebuild:<region>:<account>:`), newest first."""
        with self._lock:
            runs = list(self._runs.values())
        return [
            run.record.id
            for run in reversed(runs)
            if run.record.describe()["arn"].startswith(arn_start) and project in (None, run.record.project)
        ]

    def status_of(self, arn: str) -> str:
        """A build's status, by its ARN."""
        return self._run(arn.partition(":build/")[2]).record.status

    def wait(self, build_id: str, timeout_seconds: float | None = None) -> dict[str, Any]:
        """The description once the build is over; `TimeoutError` when that takes longer."""
        run = self._run(build_id)
        if not run.record.finished.wait(timeout_seconds):
            raise TimeoutError(f"build {build_id} still runs after {timeout_seconds} s")
        return run.record.describe()

    def close(self) -> None:
        """Stops every build; none starts any more."""
        with self._lock:
            self._closed = True
            runs = list(self._runs.values())
        for run in runs:
            run.stop()

    def _run(self, build_id: str) -> Run:
        if ":" not in build_id:
            raise InvalidInputException("Invalid build ID provided")
        with self._lock:
            run = self._runs.get(build_id)
        if run is None:
            raise ResourceNotFoundException(f"Build {build_id} does not exist")
        return run

    def _active(self, project_arn: str) -> int:
        start = project_arn.replace(":project/", ":build/") + ":"
        return sum(
            run.record.describe()["arn"].startswith(start) and not run.record.finished.is_set()
            for run in self._runs.values()
        )

    def _by_token(self, project_arn: str, token: str | None) -> Run | None:
        started, build_id = self._tokens.get((project_arn, token or ""), (0.0, ""))
        if not build_id or time.monotonic() - started > TOKEN_SECONDS:
            return None
        return self._runs[build_id]


def _describe(project: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    name, key = project["name"], str(uuid.uuid4())
    arn_start = project["arn"].rpartition(":project/")[0]
    described: dict[str, Any] = copy.deepcopy(
        {
            "id": f"{name}:{key}",
            "arn": f"{arn_start}:build/{name}:{key}",
            "projectName": name,
            "source": project["source"],
            "secondarySources": [],
            "secondarySourceVersions": [],
            "artifacts": project.get("artifacts") or {"type": "NO_ARTIFACTS"},
            "cache": project.get("cache") or {"type": "NO_CACHE"},
            "environment": project["environment"],
            "serviceRole": project["serviceRole"],
            "timeoutInMinutes": project.get("timeoutInMinutes") or DEFAULT_TIMEOUT_MINUTES,
            "queuedTimeoutInMinutes": project.get("queuedTimeoutInMinutes") or DEFAULT_QUEUED_MINUTES,
            "encryptionKey": project["encryptionKey"],
            "initiator": "sandbox",
            "logs": _logs(project, arn_start, key, request.get("logsConfigOverride")),
        }
    )
    for override, path in _OVERRIDES.items():
        if request.get(override) is not None:
            *parents, last = path
            target = described
            for parent in parents:
                target = target[parent]
            target[last] = request[override]
    minutes = described["timeoutInMinutes"]
    if not MIN_TIMEOUT_MINUTES <= minutes <= MAX_TIMEOUT_MINUTES:
        allowed = f"{MIN_TIMEOUT_MINUTES} to {MAX_TIMEOUT_MINUTES}"
        raise InvalidInputException(f"Invalid timeout in minutes, got {minutes}, allowed: {allowed}")
    environment = described["environment"]
    environment["environmentVariables"] = merge(
        environment.get("environmentVariables") or (), request.get("environmentVariablesOverride") or ()
    )
    return described


def _logs(project: Mapping[str, Any], arn_start: str, key: str, override: dict[str, Any] | None) -> dict[str, Any]:
    config = (override or project.get("logsConfig") or {}).get("cloudWatchLogs") or {"status": "ENABLED"}
    group = config.get("groupName") or f"/aws/codebuild/{project['name']}"
    stream = f"{config['streamName']}/{key}" if config.get("streamName") else key
    region = arn_start.split(":")[3]
    logs_arn = arn_start.replace(":codebuild:", ":logs:")
    return {
        "groupName": group,
        "streamName": stream,
        "cloudWatchLogsArn": f"{logs_arn}:log-group:{group}:log-stream:{stream}",
        "deepLink": f"https://console.aws.amazon.com/cloudwatch/home?region={region}"
        f"#logsV2:log-groups/log-group/{group}/log-events/{stream}",
        "cloudWatchLogs": config,
        "s3Logs": {"status": "DISABLED", "encryptionDisabled": False},
    }
