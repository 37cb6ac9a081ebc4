"""The phases of a buildspec in a container, by CodeBuild's rules for what follows a failure."""

from collections.abc import Callable

from sandbox.codebuild.buildspec import PHASES, Buildspec, Phase
from sandbox.codebuild.container import Container, Interrupted
from sandbox.codebuild.record import FAILED, SUCCEEDED, PhaseFailure, Record


class Phases:
    """Runs a buildspec once. `deadline` is on the monotonic clock; `verdict` says why a command was interrupted.

    `upload` is called when the phases are over, whether they passed or not, unless they were cut short.
    """

    def __init__(
        self,
        container: Container,
        record: Record,
        buildspec: Buildspec,
        *,
        deadline: float,
        verdict: Callable[[], PhaseFailure],
        upload: Callable[[], None] = lambda: None,
    ) -> None:
        self._container = container
        self._record = record
        self._buildspec = buildspec
        self._deadline = deadline
        self._verdict = verdict
        self._upload = upload
        self._status = SUCCEEDED

    def run(self) -> str:
        """The build's final status.

        A failure ends the build, except that post_build follows a failed build and that `on-failure` may say otherwise.
        A build that is stopped or out of time ends at once.
        """
        for name in PHASES:
            phase = self._buildspec.phase(name)
            passed = self._run_recorded(phase)
            if self._status not in (SUCCEEDED, FAILED) or not (passed or _goes_on(phase)):
                break
        else:
            self._upload_artifacts()
        return self._status

    def _run_recorded(self, phase: Phase) -> bool:
        name = phase.name.upper()
        self._container.say(f"Entering phase {name}")
        try:
            with self._record.phase(name):
                self._run_phase(phase)
        except PhaseFailure as failure:
            self._status = failure.status
            self._container.say(f"Phase complete: {name} State: {failure.status}")
            self._container.say(f"Phase context status code: {failure.code} Message: {failure.message}")
            return False
        self._container.say(f"Phase complete: {name} State: {SUCCEEDED}")
        return True

    def _run_phase(self, phase: Phase) -> None:
        try:
            self._run_commands(phase.commands)
        except PhaseFailure as failure:
            if failure.status != FAILED:
                raise
            self._status = FAILED
            self._run_commands(phase.finally_)
            raise
        self._run_commands(phase.finally_)

    def _run_commands(self, commands: tuple[str, ...]) -> None:
        for command in commands:
            self._container.say(f"Running command {command.strip()}")
            succeeding = self._status == SUCCEEDED
            try:
                code = self._container.run(command, succeeding=succeeding, deadline=self._deadline)
            except Interrupted:
                raise self._verdict() from None
            if code:
                message = f"Error while executing command: {command.strip()}. Reason: exit status {code}"
                raise PhaseFailure("COMMAND_EXECUTION_ERROR", message)

    def _upload_artifacts(self) -> None:
        with self._record.phase("UPLOAD_ARTIFACTS"):
            kind = (self._record.describe().get("artifacts") or {}).get("type", "NO_ARTIFACTS")
            if kind != "NO_ARTIFACTS":
                self._container.say(f"The sandbox keeps no artifacts; the project's are of type {kind}")
            self._upload()


def _goes_on(phase: Phase) -> bool:
    if phase.on_failure is None:
        return phase.name in ("build", "post_build")
    return phase.on_failure == "CONTINUE"
