"""Child processes that never outlive their parent's wish."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

GRACE_SECONDS = 5.0


class CommandFailedError(Exception):
    """A command ended with another exit code than 0; its output is the message."""


def run(command: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> str:
    """The output of a command, both streams in one. `CommandFailedError` when it fails.

    It gets a process group of its own, which is ended whole when this call is interrupted.
    """
    with subprocess.Popen(
        command,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            end_group(process)
            raise
    if process.returncode:
        raise CommandFailedError(f"{' '.join(command)} ended with exit code {process.returncode}\n{output}")
    return output


def end_group(process: "subprocess.Popen[str]") -> None:
    """End a process and all that it started; by force if it does not go."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        # The leader is gone; whoever else is in the group is told once more.
        continue
