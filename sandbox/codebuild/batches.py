"""Batch builds: a build graph of one project, run as several builds by the batch's own role.

What CodeBuild leaves unsaid is decided here to the disadvantage of whoever relies on it: a build whose dependency
failed is not started, unless that one's failure is to be ignored.
"""

import copy
import logging
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException

from sandbox.codebuild.batch_record import BatchRecord
from sandbox.codebuild.batchspec import Batchspec, Task, parse_batch
from sandbox.codebuild.builds import TOKEN_SECONDS, AccountLimitExceededError, Builds, InBatch
from sandbox.codebuild.buildspec import BuildspecError
from sandbox.codebuild.record import FAILED, IN_PROGRESS, STOPPED, SUCCEEDED, TIMED_OUT, PhaseFailure
from sandbox.codebuild.role import Role, assume
from sandbox.codebuild.variables import merge

SIDE_BY_SIDE = 4
"""Builds of one batch at a time, as an account's quota has it; the others wait, which CodeBuild calls queueing."""
DEFAULT_TIMEOUT_MINUTES = 480
BATCH_PARAMETERS = ("buildBatchConfigOverride", "buildspecOverride", "environmentVariablesOverride", "idempotencyToken")
"""What StartBuildBatch goes by here, beside the project's name."""

_PRINCIPAL = "codebuild.amazonaws.com"
_POLL_SECONDS = 0.05
_logger = logging.getLogger(__name__)


class Batches:
    """All batches of a sandbox. Safe to call from any thread; they end when `builds` is closed."""

    def __init__(self, builds: Builds) -> None:
        self._builds = builds
        self._lock = threading.Lock()
        self._runs: dict[str, _BatchRun] = {}
        self._numbers: dict[str, int] = {}
        self._tokens: dict[tuple[str, str], tuple[float, str]] = {}

    def start(self, project: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
        """Starts a batch of the project (in the API's shape) with StartBuildBatch's parameters; its description."""
        config = {**(project.get("buildBatchConfig") or {}), **(request.get("buildBatchConfigOverride") or {})}
        if not config.get("serviceRole"):
            raise InvalidInputException("Batch service role is required for a batch build")
        with self._lock:
            started, known = self._tokens.get((project["arn"], request.get("idempotencyToken") or ""), (0.0, ""))
            if known and time.monotonic() - started <= TOKEN_SECONDS:
                return self._runs[known].record.describe()
            number = self._numbers[project["arn"]] = self._numbers.get(project["arn"], 0) + 1
            description = _describe(project, request, config) | {"buildBatchNumber": number}
            run = _BatchRun(self._builds, BatchRecord(description, self._builds.status_of), project, request)
            self._runs[run.record.id] = run
            if token := request.get("idempotencyToken"):
                self._tokens[project["arn"], token] = (time.monotonic(), run.record.id)
            answer = run.record.describe()
        run.thread.start()
        return answer

    def stop(self, batch_id: str) -> dict[str, Any]:
        """Ends the batch and its builds; its description afterwards."""
        with self._lock:
            run = self._runs.get(batch_id)
        if run is None:
            raise ResourceNotFoundException(f"Build batch {batch_id} does not exist")
        run.stopped.set()
        run.thread.join()
        return run.record.describe()

    def get(self, batch_ids: Iterable[str]) -> tuple[list[dict[str, Any]], list[str]]:
        """Descriptions, and the ids that are no batches."""
        with self._lock:
            found = {batch_id: self._runs.get(batch_id) for batch_id in batch_ids}
        known = [run.record.describe() for run in found.values() if run is not None]
        return known, [batch_id for batch_id, run in found.items() if run is None]

    def ids(self, arn_start: str, project: str | None = None) -> list[str]:
        """Ids of the batches of a region (`arn:…:codebuild:<region>:<account>:`), newest first."""
        with self._lock:
            records = [run.record for run in self._runs.values()]
        return [
            record.id
            for record in reversed(records)
            if record.describe()["arn"].startswith(arn_start) and project in (None, record.project)
        ]

    def wait(self, batch_id: str, timeout_seconds: float | None = None) -> dict[str, Any]:
        """The description once the batch is over; `TimeoutError` when that takes longer."""
        record = self._runs[batch_id].record
        if not record.finished.wait(timeout_seconds):
            raise TimeoutError(f"batch {batch_id} still runs after {timeout_seconds} s")
        return record.describe()


class _BatchRun:
    """One batch in a thread of its own."""

    def __init__(
        self, builds: Builds, record: BatchRecord, project: Mapping[str, Any], request: Mapping[str, Any]
    ) -> None:
        self.record = record
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"batch {record.id}", daemon=True)
        self._builds = builds
        self._project = dict(project)
        self._request = dict(request)
        self._build_ids: dict[str, str] = {}
        """By the task's identifier."""

    def _run(self) -> None:
        status = "FAULT"
        try:
            with self.record.phase("DOWNLOAD_BATCHSPEC"):
                role = self._assume()
                batch = self._read()
                self.record.plan(batch.tasks)
            with self.record.phase("IN_PROGRESS"):
                self._go_through(batch, role)
            with self.record.phase("COMBINE_ARTIFACTS"):
                pass
            status = SUCCEEDED
        except PhaseFailure as failure:
            status = failure.status
        except Exception:
            # The sandbox's own fault, not the batch's: visible where the sandbox runs, and in the status.
            _logger.exception("batch %s", self.record.id)
        finally:
            self.record.finish(status)

    def _assume(self) -> Role:
        host, batch = self._builds.host, self.record.describe()
        arn, region = batch["buildBatchConfig"]["serviceRole"], batch["arn"].split(":")[3]
        if not host.trusts(arn, _PRINCIPAL):
            raise PhaseFailure("ACCESS_DENIED", f"CodeBuild is not authorized to perform: sts:AssumeRole on {arn}")
        session = boto3.Session(host.access_key_id, host.secret_access_key, region_name=region)
        return assume(
            arn,
            _session_name(batch),
            sts=session.client("sts", endpoint_url=host.endpoint_url),
            endpoint_url=host.endpoint_url,
            region=region,
            authorize=host.authorize,
        )

    def _read(self) -> Batchspec:
        described = self.record.describe()
        text = str(described["source"].get("buildspec") or "")
        if "\n" not in text:
            raise PhaseFailure("YAML_FILE_ERROR", "the sandbox reads the batch of an inline buildspec only")
        try:
            batch = parse_batch(text)
        except BuildspecError as error:
            raise PhaseFailure("YAML_FILE_ERROR", str(error)) from error
        most = (described["buildBatchConfig"].get("restrictions") or {}).get("maximumBuildsAllowed")
        if most is not None and len(batch.tasks) > most:
            raise PhaseFailure("INVALID_INPUT", f"{len(batch.tasks)} builds, allowed for the project: {most}")
        return batch

    def _go_through(self, batch: Batchspec, role: Role) -> None:
        minutes = self.record.describe()["buildBatchConfig"].get("timeoutInMins") or DEFAULT_TIMEOUT_MINUTES
        deadline = time.monotonic() + minutes * 60
        waiting = list(batch.tasks)
        done: dict[str, str] = {}
        while True:
            done |= {name: status for name, status in self._statuses().items() if status != IN_PROGRESS}
            bad = [task for task in batch.tasks if done.get(task.identifier, SUCCEEDED) != SUCCEEDED]
            hopeless = [task.identifier for task in bad if not task.ignore_failure]
            if batch.fast_fail and hopeless:
                self._end(role, PhaseFailure("BATCH_FAILED", f"{', '.join(hopeless)} failed"))
            running = len(self._build_ids) - len(done)
            passable = done.keys() - set(hopeless)
            for task in [task for task in waiting if passable.issuperset(task.depend_on)][: SIDE_BY_SIDE - running]:
                waiting.remove(task)
                self._start(task, role)
                running += 1
            if not running:
                break
            if time.monotonic() > deadline:
                self._end(role, PhaseFailure("BATCH_TIMED_OUT", "Build batch has timed out", TIMED_OUT))
            if self.stopped.wait(_POLL_SECONDS):
                self._end(role, PhaseFailure("BATCH_STOPPED", "Build batch was stopped", STOPPED))
        if hopeless or waiting:
            never = f"; never started: {', '.join(task.identifier for task in waiting)}" if waiting else ""
            raise PhaseFailure("BATCH_FAILED", f"{', '.join(hopeless)} failed{never}", FAILED)

    def _start(self, task: Task, role: Role) -> None:
        role.require("codebuild:StartBuild", self._project["arn"])
        batch = self.record.describe()
        own = [{"name": name, "value": value} for name, value in task.variables.items()]
        variables = merge(self._request.get("environmentVariablesOverride") or (), own)
        request = {"environmentVariablesOverride": variables, "buildspecOverride": batch["source"]["buildspec"]}
        initiator = f"{batch['buildBatchConfig']['serviceRole'].rpartition('/')[2]}/{_session_name(batch)}"
        try:
            build = self._builds.start(self._project, request, batch=InBatch(batch["arn"], initiator, task.identifier))
        except AccountLimitExceededError as error:
            raise PhaseFailure("CLIENT_ERROR", str(error)) from error
        except InvalidInputException as error:
            raise PhaseFailure("BATCH_STOPPED", str(error), STOPPED) from error
        self._build_ids[task.identifier] = build["id"]
        self.record.started(task, build["arn"])

    def _statuses(self) -> dict[str, str]:
        builds, _ = self._builds.get(self._build_ids.values())
        by_id = {build["id"]: str(build["buildStatus"]) for build in builds}
        return {name: by_id[build_id] for name, build_id in self._build_ids.items()}

    def _end(self, role: Role, why: PhaseFailure) -> None:
        for name, status in self._statuses().items():
            if status == IN_PROGRESS:
                role.require("codebuild:StopBuild", self._project["arn"])
                self._builds.stop(self._build_ids[name])
        raise why


def _session_name(batch: Mapping[str, Any]) -> str:
    return f"AWSCodeBuild-{batch['id'].partition(':')[2]}"


def _describe(project: Mapping[str, Any], request: Mapping[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    name, key = project["name"], str(uuid.uuid4())
    described: dict[str, Any] = copy.deepcopy(
        {
            "id": f"{name}:{key}",
            "arn": f"{project['arn'].rpartition(':project/')[0]}:build-batch/{name}:{key}",
            "projectName": name,
            "source": dict(project["source"]),
            "artifacts": project.get("artifacts") or {"type": "NO_ARTIFACTS"},
            "environment": project["environment"],
            "serviceRole": project["serviceRole"],
            "encryptionKey": project["encryptionKey"],
            "initiator": "sandbox",
            "buildBatchConfig": config,
        }
    )
    if request.get("buildspecOverride"):
        described["source"]["buildspec"] = request["buildspecOverride"]
    environment = described["environment"]
    environment["environmentVariables"] = merge(
        environment.get("environmentVariables") or (), request.get("environmentVariablesOverride") or ()
    )
    return described
