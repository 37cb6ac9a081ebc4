"""One build, from the role it assumes to its last line of log."""

import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from sandbox.codebuild.container import Container
from sandbox.codebuild.log import LogStream
from sandbox.codebuild.phases import Phases
from sandbox.codebuild.record import STOPPED, TIMED_OUT, PhaseFailure, Record
from sandbox.codebuild.report_upload import upload_reports
from sandbox.codebuild.role import Authorize, Role, assume
from sandbox.codebuild.source import download, read_buildspec
from sandbox.codebuild.variables import resolve

_logger = logging.getLogger(__name__)
_PRINCIPAL = "codebuild.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Host:
    """What all builds of a sandbox share.

    `environment` is what CodeBuild's image and network would give: a project's or a person's variable of the same name
    wins. `trusts` says whether a role (ARN) lets a service principal assume it, which moto's STS does not ask. The key
    pair is the one with which CodeBuild itself assumes service roles.
    """

    endpoint_url: str
    authorize: Authorize
    trusts: Callable[[str, str], bool]
    access_key_id: str
    secret_access_key: str
    environment: Mapping[str, str] = field(default_factory=dict)
    search_path: str = os.pathsep.join((str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"))
    work_dir: Path | None = None


class Run:
    """A build in a thread of its own; the record tells how it goes. `identifier` is its name in a batch."""

    def __init__(self, host: Host, record: Record, *, timeout_seconds: float, identifier: str = "") -> None:
        self.record = record
        self._identifier = identifier
        self._host = host
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._stopped = False
        self._container: Container | None = None
        self._thread = threading.Thread(target=self._run, name=f"build {record.id}", daemon=True)

    def start(self) -> None:
        """Begins; once."""
        self._thread.start()

    def stop(self) -> None:
        """Kills what runs; returns when the build is over. Harmless on one that is."""
        with self._lock:
            self._stopped = True
            container = self._container
        if container is not None:
            container.stop()
        self._thread.join()

    def _run(self) -> None:
        status = "FAULT"
        try:
            with tempfile.TemporaryDirectory(
                prefix="hub-mirror-build-", dir=self._host.work_dir, ignore_cleanup_errors=True
            ) as root:
                status = self._build(Path(root))
        except PhaseFailure as failure:
            status = failure.status
        except Exception:
            # The sandbox's own fault, not the build's: visible where the sandbox runs, and in the status.
            _logger.exception("build %s", self.record.id)
        finally:
            self.record.finish(status)

    def _build(self, root: Path) -> str:
        deadline = time.monotonic() + self._timeout_seconds
        build = self.record.describe()
        with self.record.phase("PROVISIONING"):
            role = self._assume(build)
            stream = _log_stream(build, role)
        with stream as log:
            try:
                return self._build_logged(root, build, role, log, deadline)
            except PhaseFailure as failure:
                log.say(f"Phase context status code: {failure.code} Message: {failure.message}")
                raise
            finally:
                with self.record.phase("FINALIZING"):
                    pass

    def _build_logged(self, root: Path, build: dict[str, Any], role: Role, log: LogStream, deadline: float) -> str:
        folders = {name: root / name for name in ("src", "state", "home", "tmp")}
        for folder in folders.values():
            folder.mkdir()
        log.say(f"Waiting for agent ping: build {build['id']} in the sandbox")
        with self.record.phase("DOWNLOAD_SOURCE"):
            download(build["source"], role, folders["src"])
            buildspec = read_buildspec(build["source"], folders["src"])
            variables = resolve(buildspec, build["environment"]["environmentVariables"], role)
        environment = {
            "PATH": self._host.search_path,
            "HOME": str(folders["home"]),
            "TMPDIR": str(folders["tmp"]),
            "LANG": "C.UTF-8",
            **self._host.environment,
            **variables,
            **role.environment(),
            **_codebuild_variables(build, folders["src"], role.region),
            **({"CODEBUILD_BATCH_BUILD_IDENTIFIER": self._identifier} if self._identifier else {}),
        }
        with Container(
            folders["state"], interpreter=buildspec.shell, environment=environment, cwd=folders["src"], output=log.say
        ) as container:
            with self._lock:
                self._container = container
                stopped = self._stopped
            if stopped:
                container.stop()

            def upload() -> None:
                reports = upload_reports(
                    buildspec.reports, build=build, source=folders["src"], role=role, say=container.say
                )
                self.record.reported(reports)

            return Phases(
                container, self.record, buildspec, deadline=deadline, verdict=self._verdict, upload=upload
            ).run()

    def _verdict(self) -> PhaseFailure:
        with self._lock:
            if self._stopped:
                return PhaseFailure("BUILD_STOPPED", "Build was stopped", STOPPED)
        return PhaseFailure("BUILD_TIMED_OUT", "Build has timed out. ", TIMED_OUT)

    def _assume(self, build: dict[str, Any]) -> Role:
        host = self._host
        region = build["arn"].split(":")[3]
        if not host.trusts(build["serviceRole"], _PRINCIPAL):
            message = f"CodeBuild is not authorized to perform: sts:AssumeRole on {build['serviceRole']}"
            raise PhaseFailure("ACCESS_DENIED", message)
        # A client of its own session: boto3's default session is not to be used by several threads.
        session = boto3.Session(host.access_key_id, host.secret_access_key, region_name=region)
        return assume(
            build["serviceRole"],
            f"AWSCodeBuild-{build['id'].partition(':')[2]}",
            sts=session.client("sts", endpoint_url=host.endpoint_url),
            endpoint_url=host.endpoint_url,
            region=region,
            authorize=host.authorize,
        )


def _log_stream(build: dict[str, Any], role: Role) -> LogStream:
    logs = build["logs"]
    role.require("logs:CreateLogStream", logs["cloudWatchLogsArn"])
    role.require("logs:PutLogEvents", logs["cloudWatchLogsArn"])
    client = role.session().client("logs", endpoint_url=role.endpoint_url)
    return LogStream(client, logs["groupName"], logs["streamName"])


def _codebuild_variables(build: dict[str, Any], src: Path, region: str) -> dict[str, str]:
    group, stream = build["logs"]["groupName"], build["logs"]["streamName"]
    arn_start = build["arn"].rpartition(":build/")[0]
    return {
        "CI": "true",
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ARN": build["arn"],
        "CODEBUILD_BUILD_ID": build["id"],
        "CODEBUILD_BUILD_IMAGE": build["environment"].get("image", ""),
        "CODEBUILD_BUILD_NUMBER": str(build["buildNumber"]),
        "CODEBUILD_INITIATOR": build["initiator"],
        "CODEBUILD_KMS_KEY_ID": build["encryptionKey"],
        "CODEBUILD_LOG_PATH": stream,
        "CODEBUILD_PROJECT_ARN": f"{arn_start}:project/{build['projectName']}",
        "CODEBUILD_SOURCE_REPO_URL": build["source"].get("location", ""),
        "CODEBUILD_SRC_DIR": str(src),
        "CODEBUILD_START_TIME": str(int(build["startTime"].timestamp() * 1000)),
        "CODEBUILD_BUILD_URL": f"https://{region}.console.aws.amazon.com/codebuild/home?region={region}#/builds/"
        f"{build['id']}/view/new?logs={group}",
    }
