from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer

from sandbox.status_page import save


@pytest.fixture
def s3() -> Iterator[Any]:
    moto_api_backend.reset()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    session: Any = boto3.Session("a", "b", region_name="us-east-1")
    yield session.client("s3", endpoint_url=f"http://localhost:{port}")
    server.stop()


def test_the_page_is_found_among_other_buckets(s3: Any, tmp_path: Path) -> None:
    into = tmp_path / "reports"
    for name in ("assets", "hubmirror-reports"):
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="other", Body=b"x")
    assert save(s3, into) is None
    assert not into.exists()
    for name in ("status.html", "report.json", "runs/2026/11/24/030000.html"):
        s3.put_object(Bucket="hubmirror-reports", Key=name, Body=name.encode())
    assert save(s3, into) == into / "status.html"
    assert {path.name: path.read_text() for path in into.iterdir()} == {
        "status.html": "status.html",
        "report.json": "report.json",
    }
