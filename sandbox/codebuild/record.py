"""What `BatchGetBuilds` tells of a build, written by the runner while it goes on."""

import copy
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"
STOPPED = "STOPPED"
TIMED_OUT = "TIMED_OUT"
IN_PROGRESS = "IN_PROGRESS"


class PhaseFailure(Exception):  # noqa: N818 - carries a status that need not be an error
    """Ends a phase with a status other than SUCCEEDED; code and message become its context."""

    def __init__(self, code: str, message: str, status: str = FAILED) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class Record:
    """One build's description. Any thread may read it at any time; `finished` is set with the final status."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._lock = threading.Lock()
        self._build = description
        self._build |= {
            "startTime": datetime.now(UTC),
            "currentPhase": "SUBMITTED",
            "buildStatus": IN_PROGRESS,
            "buildComplete": False,
            "phases": [],
            "reportArns": [],
        }
        self.finished = threading.Event()
        for name in ("SUBMITTED", "QUEUED"):
            with self.phase(name):
                pass

    @property
    def id(self) -> str:
        """`<project>:<uuid>`."""
        return str(self._build["id"])

    @property
    def project(self) -> str:
        """The project's name."""
        return str(self._build["projectName"])

    @property
    def status(self) -> str:
        """`IN_PROGRESS`, or the final status."""
        with self._lock:
            return str(self._build["buildStatus"])

    def describe(self) -> dict[str, Any]:
        """A copy in the API's shape."""
        with self._lock:
            return copy.deepcopy(self._build)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Records a phase around what happens in it; a `PhaseFailure` is recorded and goes on."""
        phase: dict[str, Any] = {"phaseType": name, "startTime": datetime.now(UTC)}
        with self._lock:
            self._build["currentPhase"] = name
            self._build["phases"].append(phase)
        status, context = SUCCEEDED, {"statusCode": "", "message": ""}
        try:
            yield
        except PhaseFailure as failure:
            status, context = failure.status, {"statusCode": failure.code, "message": failure.message}
            raise
        except BaseException as error:
            status, context = "FAULT", {"statusCode": "INTERNAL_SERVICE_ERROR", "message": str(error)}
            raise
        finally:
            ended = datetime.now(UTC)
            with self._lock:
                seconds = int((ended - phase["startTime"]).total_seconds())
                phase |= {"phaseStatus": status, "endTime": ended, "durationInSeconds": seconds, "contexts": [context]}

    def reported(self, report_arns: Iterable[str]) -> None:
        """The build made these reports."""
        with self._lock:
            self._build["reportArns"] += report_arns

    def finish(self, status: str) -> None:
        """The build is over; nothing changes any more."""
        now = datetime.now(UTC)
        with self._lock:
            self._build["phases"].append({"phaseType": "COMPLETED", "startTime": now})
            self._build |= {
                "currentPhase": "COMPLETED",
                "buildStatus": status,
                "buildComplete": True,
                "endTime": now,
            }
        self.finished.set()
