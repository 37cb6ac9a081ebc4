"""Where a build's commands run: one process group, one output, one shell state carried from command to command.

It stands in for CodeBuild's container: what leaves it (files in the source directory apart) ends with the build.
"""

import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

_KEEPER = "read -r _; kill -KILL 0"
"""Lives as long as its stdin and then takes the group along: not even a killed sandbox leaves a build behind."""

_SCRIPT = """\
[ ! -e {env} ] || . {env}
[ ! -e {cwd} ] || cd -- "$(cat {cwd})"
export CODEBUILD_BUILD_SUCCEEDING={succeeding}
trap {save} EXIT
set -a
{command}
"""
# `set -a` because plain assignments, too, live on in CodeBuild's later commands; they only do in ours when exported.


_READER_SECONDS = 5
"""A process that left the group may hold the output open; the build does not wait for it."""


class Interrupted(Exception):  # noqa: N818 - a control flow, not an error
    """The build was stopped or ran out of time while, or before, a command ran."""


class Container:
    """Runs commands one after the other; `stop` may be called from any thread at any time.

    `output` is called with each line, in the order in which lines were written, from one thread of the container's own.
    """

    def __init__(
        self, root: Path, *, interpreter: str, environment: Mapping[str, str], cwd: Path, output: Callable[[str], None]
    ) -> None:
        self._state = root
        self._shell = shutil.which(interpreter, path=environment["PATH"]) or f"/bin/{interpreter}"
        self._environment = dict(environment)
        self._cwd = cwd
        self._lock = threading.Lock()
        self._stopped = False
        read_end, self._write_end = os.pipe()
        self._reader = threading.Thread(target=_read, args=(read_end, output), name="build-output", daemon=True)
        self._reader.start()
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        os.close(self._write_end)
        self._reader.join(_READER_SECONDS)

    def say(self, line: str) -> None:
        """One line into the output, after all that earlier commands wrote."""
        data = memoryview(f"{line}\n".encode())
        while data:
            data = data[os.write(self._write_end, data) :]

    def run(self, command: str, *, succeeding: bool, deadline: float) -> int:
        """The command's exit code. `Interrupted` when stopped, or at `deadline` (on the monotonic clock)."""
        script = self._state / "command.sh"
        env, cwd = (shlex.quote(str(self._state / name)) for name in ("env.sh", "cwd"))
        script.write_text(
            _SCRIPT.format(
                env=env,
                cwd=cwd,
                save=shlex.quote(f"export -p > {env}; pwd > {cwd}"),
                succeeding=int(succeeding),
                command=command,
            ),
            encoding="utf-8",
        )
        with self._lock:
            if self._stopped:
                raise Interrupted
            process = subprocess.Popen(
                [self._shell, str(script)],
                cwd=self._cwd,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=self._write_end,
                stderr=self._write_end,
                process_group=self._keeper.pid,
            )
        try:
            code = process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.stop()
            process.wait()
            raise Interrupted from None
        with self._lock:
            if self._stopped:
                raise Interrupted
        return code

    def stop(self) -> None:
        """Kills every process of the build; no command starts any more."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            # The keeper is not reaped before, so its id cannot have become another group's.
            os.killpg(self._keeper.pid, signal.SIGKILL)
            if self._keeper.stdin is not None:
                self._keeper.stdin.close()
            self._keeper.wait()


def _read(read_end: int, output: Callable[[str], None]) -> None:
    with open(read_end, encoding="utf-8", errors="replace", newline=None) as stream:
        for line in stream:
            output(line.rstrip("\n"))
