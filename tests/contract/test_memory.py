"""Memory is bounded, whatever the size of a layer and the number of references: measured on the real process."""

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mirror.oci import media_types
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.registries.store import Store

LIMIT_KIB = 96 * 1024
LAYER_BYTES = 1024 * 1024 * 1024
PIECE = bytes(1024 * 1024)
TAGS = 5000

MEASURED = """
import resource, subprocess, sys
code = subprocess.run([sys.executable, "-m", "mirror", *sys.argv[1:]], stdout=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def peak(tmp_path: Path, config: str, *arguments: str) -> int:
    """The most memory that `python -m mirror sync` had, in KiB; it must end well."""
    file = tmp_path / "mirror.yaml"
    file.write_text(config)
    command = [sys.executable, "-c", MEASURED, "sync", "--config", str(file), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    code, kibibytes = done.stdout.split()
    assert int(code) == 0, done.stderr
    return int(kibibytes)


class Sink(BaseHTTPRequestHandler):
    """Serves one image with one enormous layer of zeros, and takes uploads, without ever holding either in memory."""

    protocol_version = "HTTP/1.1"
    manifests: dict[str, bytes]
    layer: str
    received: int = 0

    def do_HEAD(self) -> None:
        self._manifest(body=False)

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        if name == self.layer:
            self._head(200, LAYER_BYTES)
            for _ in range(LAYER_BYTES // len(PIECE)):
                self.wfile.write(PIECE)
        else:
            self._manifest(body=True)

    def do_POST(self) -> None:
        self._head(202, 0, Location="/v2/app/blobs/uploads/1")

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, len(PIECE))))
        if int(self.headers["Content-Length"]) == LAYER_BYTES:
            type(self).received += 1
        self._head(201, 0)

    def _manifest(self, *, body: bool) -> None:
        raw = self.manifests.get(self.path.rpartition("/")[2]) if self.path.startswith("/v2/source/") else None
        if raw is None:
            self._head(404, 0)
            return
        digest = "sha256:" + hashlib.sha256(raw).hexdigest()
        self._head(200, len(raw), Docker_Content_Digest=digest, Content_Type=media_types.OCI_MANIFEST)
        if body:
            self.wfile.write(raw)

    def _head(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Silence."""


@pytest.fixture
def sink() -> Iterator[str]:
    hashed = hashlib.sha256()
    for _ in range(LAYER_BYTES // len(PIECE)):
        hashed.update(PIECE)
    config = b"{}"
    config_digest = "sha256:" + hashlib.sha256(config).hexdigest()
    Sink.layer = "sha256:" + hashed.hexdigest()
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": {"mediaType": media_types.OCI_CONFIG, "digest": config_digest, "size": len(config)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": Sink.layer, "size": LAYER_BYTES}],
    }
    raw = json.dumps(document).encode()
    Sink.manifests = {"1": raw, "sha256:" + hashlib.sha256(raw).hexdigest(): raw, config_digest: config}
    Sink.received = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_layer_of_a_gibibyte_for_two_destinations(sink: str, tmp_path: Path) -> None:
    config = "version: 1\ndefaults: {to: [public, private]}\nimages: [{name: source/app, tags: ['1']}]\n"
    used = peak(
        tmp_path, config.replace("source/app", "app"),
        "--source", f"{sink}/source", "--private", f"{sink}/one", "--public", f"{sink}/two",
    )  # fmt: skip
    assert Sink.received == 2
    assert used <= LIMIT_KIB


def test_five_thousand_tags(registries: Registries, tmp_path: Path) -> None:
    source, mirrored = Store(), Store()
    for store in (source, mirrored):
        name = "library/app" if store is source else "app"
        builder = ImageBuilder(store, name)
        image = builder.small([])
        for number in range(TAGS):
            store.put_manifest(builder.repository, image, f"v{number}")
    config = "version: 1\npublic: false\ndefaults: {to: [private]}\nimages: [{name: app, tags: [{glob: 'v*'}]}]\n"
    used = peak(
        tmp_path, config,
        "--source", registries.plain("source", source), "--private", registries.plain("mine", mirrored),
    )  # fmt: skip
    assert registries.log.summary("source") == {"GET tags": 5, "HEAD manifest": TAGS}
    assert used <= LIMIT_KIB
