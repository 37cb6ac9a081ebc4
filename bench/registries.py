"""What a benchmark runs against: Debian's docker-registry as processes, and proxies that make them far away."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.push import push
from sandbox.registries.store import Store

CHECKOUT = Path(__file__).parents[1]
_LISTENING = re.compile(rb"listening on 127\.0\.0\.1:(\d+)")

_CONFIG = """\
version: 0.1
log: {{level: info, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: {root}}}
  delete: {{enabled: true}}
  maintenance: {{uploadpurging: {{enabled: false}}}}
http: {{addr: '127.0.0.1:0'}}
"""
# In files: its storage in memory copies a blob each time that grows.

_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system, not a file
# It syncs every blob and every link to disk, some thousand times for a small corpus. Where its files lie in memory,
# what is measured is the program and not the disk.


class MissingProgramError(Exception):
    """A program without which there is nothing to measure."""


UNPACKED = CHECKOUT / ".tools/debian/usr"
"""Where ``make setup-interop`` unpacks the Debian packages that nobody has installed."""


def find_program(name: str) -> str | None:
    """Installed on the machine, or unpacked below the checkout."""
    return shutil.which(name) or shutil.which(name, path=str(UNPACKED / "bin"))


def libraries() -> dict[str, str]:
    """The environment variable by which unpacked programs find the libraries that were unpacked with them."""
    folders = [str(each) for each in UNPACKED.glob("lib/*-linux-gnu")]
    inherited = os.environ.get("LD_LIBRARY_PATH")
    path = os.pathsep.join([*folders, *([inherited] if inherited else [])])
    return {"LD_LIBRARY_PATH": path} if path else {}


@contextmanager
def docker_registry(directory: Path) -> Iterator[int]:
    """A running one that keeps its content in `directory`; gives its port."""
    binary = find_program("docker-registry")
    if binary is None:
        raise MissingProgramError("docker-registry is not installed: `make setup-interop` gets it from Debian")
    config = directory / "config.yml"
    config.write_text(_CONFIG.format(root=directory / "content"))
    environment = {"OTEL_TRACES_EXPORTER": "none", "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        [binary, "serve", str(config)], env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        try:
            if process.stderr is None:
                raise MissingProgramError("docker-registry has no output")
            said = bytearray()
            for line in process.stderr:
                said += line
                if match := _LISTENING.search(line):
                    break
            else:
                raise MissingProgramError(f"docker-registry did not start: {said.decode(errors='replace')}")
            # Whatever else it says must be read, or it stops when the pipe is full.
            drain = threading.Thread(target=process.stderr.read)
            drain.start()
            try:
                yield int(match[1])
            finally:
                process.terminate()
                process.wait(timeout=20)
                drain.join(timeout=20)
        finally:
            process.kill()


@contextmanager
def proxy(port: int, milliseconds: float) -> Iterator[int]:
    """A port that is a round trip further away than `port`; that one itself for 0."""
    if not milliseconds:
        yield port
        return
    with subprocess.Popen(
        [sys.executable, "-m", "bench.latency", str(port), str(milliseconds)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            if process.stdout is None:
                raise MissingProgramError("the proxy has no output")
            yield int(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(timeout=20)


@dataclass(frozen=True, slots=True)
class Far:
    """A registry with a distance: whose port, and how many milliseconds of round trip come before it."""

    port: int
    """Of the registry itself."""
    address: str
    """``host:port`` behind the distance."""


class Place:
    """A directory, in memory where that is to be had, and the registries that live in it. A context manager."""

    def __init__(self, directory: Path | None = None) -> None:
        self._parent = directory or (_MEMORY if os.access(_MEMORY, os.W_OK) else None)
        self._stack = ExitStack()
        self.directory = Path()

    def __enter__(self) -> Self:
        temporary = tempfile.TemporaryDirectory(prefix="bench-", dir=self._parent)
        self.directory = Path(self._stack.enter_context(temporary))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def passing(self, store: Store | None = None, *, milliseconds: float = 0.0) -> Iterator[Far]:
        """One more docker-registry with what the store holds, until the block ends; then its content is gone."""
        with tempfile.TemporaryDirectory(dir=self.directory) as directory, docker_registry(Path(directory)) as port:
            if store is not None:
                push(store, port)
            with proxy(port, milliseconds) as far:
                yield Far(port, f"127.0.0.1:{far}")

    @staticmethod
    @contextmanager
    def in_front_of(registry: Far, milliseconds: float) -> Iterator[Far]:
        """The same registry, further away."""
        with proxy(registry.port, milliseconds) as far:
            yield Far(registry.port, f"127.0.0.1:{far}")

    def folder(self, name: str) -> Path:
        """A folder for a program's files."""
        path = self.directory / name
        path.mkdir(parents=True, exist_ok=True)
        return path
