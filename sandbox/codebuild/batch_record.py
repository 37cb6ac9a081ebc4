"""What `BatchGetBuildBatches` tells of a batch, written by the runner while it goes on."""

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sandbox.codebuild.batchspec import Task
from sandbox.codebuild.record import IN_PROGRESS, SUCCEEDED, PhaseFailure


class BatchRecord:
    """One batch's description. Any thread may read it at any time; `finished` is set with the final status.

    `status_of` tells a build's status by its ARN.
    """

    def __init__(self, description: dict[str, Any], status_of: Callable[[str], str]) -> None:
        self._lock = threading.Lock()
        self._status_of = status_of
        self._batch = description | {
            "startTime": datetime.now(UTC),
            "currentPhase": "SUBMITTED",
            "buildBatchStatus": IN_PROGRESS,
            "complete": False,
            "phases": [],
            "buildGroups": [],
        }
        self.finished = threading.Event()
        with self.phase("SUBMITTED"):
            pass

    @property
    def id(self) -> str:
        """`<project>:<uuid>`."""
        return str(self._batch["id"])

    @property
    def project(self) -> str:
        """The project's name."""
        return str(self._batch["projectName"])

    def describe(self) -> dict[str, Any]:
        """A copy in the API's shape, each build with the status that it has now."""
        with self._lock:
            found = copy.deepcopy(self._batch)
        for group in found["buildGroups"]:
            if "currentBuildSummary" in group:
                summary = group["currentBuildSummary"]
                summary["buildStatus"] = self._status_of(summary["arn"])
        return found

    def plan(self, tasks: tuple[Task, ...]) -> None:
        """What the batch consists of, before any of it has begun."""
        with self._lock:
            self._batch["buildGroups"] = [
                {
                    "identifier": task.identifier,
                    "dependsOn": list(task.depend_on),
                    "ignoreFailure": task.ignore_failure,
                    "priorBuildSummaryList": [],
                }
                for task in tasks
            ]

    def started(self, task: Task, build_arn: str) -> None:
        """A build of it was started."""
        with self._lock:
            group = next(each for each in self._batch["buildGroups"] if each["identifier"] == task.identifier)
            group["currentBuildSummary"] = {"arn": build_arn, "requestedOn": datetime.now(UTC)}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Records a phase around what happens in it; a `PhaseFailure` is recorded and goes on."""
        phase: dict[str, Any] = {"phaseType": name, "startTime": datetime.now(UTC), "phaseStatus": IN_PROGRESS}
        with self._lock:
            self._batch["currentPhase"] = name
            self._batch["phases"].append(phase)
        status, context = SUCCEEDED, {"statusCode": "", "message": ""}
        try:
            yield
        except PhaseFailure as failure:
            status, context = failure.status, {"statusCode": failure.code, "message": failure.message}
            raise
        finally:
            ended = datetime.now(UTC)
            with self._lock:
                seconds = int((ended - phase["startTime"]).total_seconds())
                phase |= {"phaseStatus": status, "endTime": ended, "durationInSeconds": seconds, "contexts": [context]}

    def finish(self, status: str) -> None:
        """The batch is over; nothing changes any more."""
        last = status if status in {SUCCEEDED, "STOPPED"} else "FAILED"
        now = datetime.now(UTC)
        with self._lock:
            self._batch["phases"].append({"phaseType": last, "startTime": now})
            self._batch |= {"currentPhase": last, "buildBatchStatus": status, "complete": True, "endTime": now}
        self.finished.set()
