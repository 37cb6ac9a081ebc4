"""The real programs: Debian's docker-registry and skopeo, installed or unpacked below the checkout (`make test`)."""

import collections
import http.client
import json
import os
import re
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from bench.registries import libraries

START_SECONDS = 30.0

_CONFIG = """\
version: 0.1
log: {{level: info, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {data}}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:0"}}
"""
_AUTH = "auth: {{htpasswd: {{realm: test, path: {file}}}}}\n"
USER, PASSWORD = "me", "s3cret"
_HTPASSWD = f"{USER}:$2b$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK\n"
_LISTENING = re.compile(r'msg="listening on 127\.0\.0\.1:(\d+)')
_ASKED = re.compile(r'msg="response completed".* http\.request\.method=(\w+) .*http\.request\.uri="?([^"\s]+)')


def environment() -> dict[str, str]:
    """With the libraries that were unpacked with the programs."""
    return {**os.environ, **libraries()}


@dataclass
class RealRegistry:
    """docker-registry on a port that the system chooses. A context manager."""

    program: str
    directory: Path
    password: bool = False
    host: str = ""
    _asked: "collections.Counter[str]" = field(default_factory=collections.Counter)
    _seen: threading.Condition = field(default_factory=threading.Condition)
    _process: "subprocess.Popen[str] | None" = None
    _reader: threading.Thread | None = None
    _log: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """With the user's name and password where it wants them."""
        return f"http://{USER}:{PASSWORD}@{self.host}" if self.password else f"http://{self.host}"

    def take_asked(self) -> dict[str, int]:
        """Answered requests since the last time, by method and kind: ``PUT manifests``."""
        # The log comes through a pipe, at its own pace: a request of our own marks where it is.
        connection = http.client.HTTPConnection(self.host, timeout=START_SECONDS)
        connection.request("GET", "/v2/", headers={"Host": self.host})
        connection.getresponse().read()
        connection.close()
        with self._seen:
            assert self._seen.wait_for(lambda: self._asked["GET base"], START_SECONDS)
            asked, self._asked = self._asked, collections.Counter()
        del asked["GET base"]
        return dict(asked)

    def __enter__(self) -> Self:
        text = _CONFIG.format(data=self.directory / "data")
        if self.password:
            file = self.directory / "htpasswd"
            file.write_text(_HTPASSWD)
            text += _AUTH.format(file=file)
        config = self.directory / "config.yml"
        config.write_text(text)
        self._process = subprocess.Popen(
            [self.program, "serve", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment(), "OTEL_TRACES_EXPORTER": "none"},
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self._process, ready), daemon=True)
        self._reader.start()
        assert ready.wait(START_SECONDS), "docker-registry does not listen:\n" + "".join(self._log)
        assert self.host, "docker-registry ended:\n" + "".join(self._log)
        return self

    def kill(self) -> None:
        """End it at once."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def repositories(self) -> list[str]:
        """All that it has."""
        connection = http.client.HTTPConnection(self.host, timeout=START_SECONDS)
        connection.request("GET", "/v2/_catalog")
        found: list[str] = json.loads(connection.getresponse().read())["repositories"]
        connection.close()
        return found

    def __exit__(self, *_: object) -> None:
        assert self._reader is not None
        self.kill()
        self._reader.join()
        assert self._process is not None
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _read(self, process: "subprocess.Popen[str]", ready: threading.Event) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            self._log.append(line)
            if listening := _LISTENING.search(line):
                self.host = f"127.0.0.1:{listening[1]}"
                ready.set()
            elif request := _ASKED.search(line):
                kind = next((part for part in ("uploads", "blobs", "manifests", "tags") if part in request[2]), "base")
                with self._seen:
                    self._asked[f"{request[1]} {kind}"] += 1
                    self._seen.notify_all()
        ready.set()


@dataclass
class Skopeo:
    """A client that is not ours."""

    program: str
    directory: Path

    def raw(self, reference: str) -> bytes:
        """The manifest as the registry has it."""
        return self._run("inspect", "--raw", "--tls-verify=false", f"docker://{reference}")

    def config(self, reference: str) -> Any:
        """The image's config."""
        return json.loads(self._run("inspect", "--config", "--tls-verify=false", f"docker://{reference}"))

    def tags(self, repository: str) -> list[str]:
        """All tags of the repository."""
        tags: list[str] = json.loads(self._run("list-tags", "--tls-verify=false", f"docker://{repository}"))["Tags"]
        return sorted(tags)

    def copy_all(self, reference: str, directory: Path) -> dict[str, bytes]:
        """Everything that the reference names, pulled and verified: contents by the hexadecimal digits of digests."""
        source = f"docker://{reference}"
        self._run("--insecure-policy", "copy", "--all", "--src-tls-verify=false", source, f"dir:{directory}")
        return {file.name: file.read_bytes() for file in directory.iterdir()}

    def _run(self, *arguments: str) -> bytes:
        done = subprocess.run(
            [self.program, *arguments],
            env={**environment(), "HOME": str(self.directory), "XDG_RUNTIME_DIR": str(self.directory)},
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout
