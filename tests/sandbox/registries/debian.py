"""The real docker-registry as Debian ships it, which the sandbox's registries are held against."""

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")


@contextmanager
def docker_registry(binary: str, directory: Path) -> Iterator[str]:
    """A running one, its content in memory; gives its URL."""
    config = directory / "config.yml"
    config.write_text(
        "version: 0.1\n"
        "log: {level: info, accesslog: {disabled: true}}\n"
        "storage: {inmemory: {}, delete: {enabled: true}, maintenance: {uploadpurging: {enabled: false}}}\n"
        "http: {addr: '127.0.0.1:0'}\n"
    )
    environment = {"OTEL_TRACES_EXPORTER": "none", "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        [binary, "serve", str(config)], env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stderr is not None
        said: list[str] = []
        address = None
        for line in process.stderr:
            said.append(line)
            if match := _LISTENING.search(line):
                address = match[1]
                break
        # Whatever else it says must be read, or it stops when the pipe is full.
        drain = threading.Thread(target=said.extend, args=(process.stderr,))
        drain.start()
        try:
            assert address is not None, f"docker-registry did not start: {''.join(said)}"
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(timeout=20)
            drain.join(timeout=20)
