"""Runs a program's commands and says what they took: wall time, CPU time and peak memory, of all their processes."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

POLL_SECONDS = 0.005
# Between two looks at a process's peak memory. The kernel remembers the peak, so only what is allocated in the last
# moments of a process can be missed.


class CommandFailedError(Exception):
    """A measured command ended with another exit code than 0; its output is the message."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a job took. Of several tries keep the smallest of each (`best`): noise on a machine only ever adds."""

    wall: float
    """Seconds from the first command's start to the last one's end."""
    cpu: float
    """Seconds of user and system time, of all processes."""
    peak: int
    """KiB: the largest `VmHWM` of a single process."""

    def best(self, other: "Measured") -> "Measured":
        """The smaller of each."""
        return Measured(min(self.wall, other.wall), min(self.cpu, other.cpu), min(self.peak, other.peak))


def measure(commands: Sequence[Sequence[str]], *, env: Mapping[str, str], cwd: Path, side_by_side: int = 1) -> Measured:
    """Run all commands, so many at a time. `CommandFailedError` when one of them fails."""
    start = time.perf_counter()
    with ThreadPoolExecutor(side_by_side) as workers:
        done = list(workers.map(lambda command: _run(command, env, cwd), commands))
    wall = time.perf_counter() - start
    return Measured(wall, sum(cpu for cpu, _ in done), max((peak for _, peak in done), default=0))


def _run(command: Sequence[str], env: Mapping[str, str], cwd: Path) -> tuple[float, int]:
    """CPU seconds and peak KiB of one command."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        watch = _PeakWatch(process.pid)
        try:
            # Not Popen.wait, which throws away what the process used.
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            peak = watch.stop()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise CommandFailedError(f"{' '.join(command)} ended with exit code {process.returncode}\n{_text(output)}")
    return usage.ru_utime + usage.ru_stime, peak


class _PeakWatch:
    """Asks /proc for `VmHWM` as long as the process lives.

    `ru_maxrss` of a child will not do: it starts at the size of whoever started it. `VmHWM` begins anew with the
    program, and Popen returns when that runs.
    """

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The last value that was seen, in KiB; 0 where there is no /proc."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while True:
            self._peak = max(self._peak, _high_water(self._status))
            if self._ended.wait(POLL_SECONDS):
                return


def _high_water(status: Path) -> int:
    try:
        text = status.read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM:")), 0)


def _text(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode(errors="replace")
