import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from mirror.errors import MirrorError
from mirror.publish import Bucket, Directory, finish, page_name, publish
from mirror.report.model import Action, RunReport
from tests import reports

BUILD = {
    "CODEBUILD_BUILD_ID": "hub-mirror:8f1c",
    "CODEBUILD_BUILD_URL": "https://console.aws.amazon.com/codebuild/home#/builds/8f1c",
}
STABLE = {"status.html", "report.json", "report.md"}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield f"http://localhost:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty bucket, as boto3 sees it."""
    for name, value in (
        ("AWS_ENDPOINT_URL", s3),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
        ("AWS_REGION", "eu-central-1"),
    ):
        monkeypatch.setenv(name, value)
    resource: Any = boto3.resource("s3", region_name="eu-central-1")
    made = resource.Bucket("reports")
    made.create(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield made
    made.objects.delete()
    made.delete()


def done(report: RunReport, memory: Any = None, *, partial: bool = False) -> RunReport:
    return finish(replace(report, past=()), memory, partial=partial, environ=BUILD)


def test_a_directory_gets_what_people_and_codebuild_read(tmp_path: Path) -> None:
    report = done(reports.large(700))
    assert publish(report, directory=Directory(tmp_path), bucket=None) == []
    assert {path.name for path in tmp_path.iterdir()} == STABLE | {"junit-1.xml", "junit-2.xml"}
    assert json.loads((tmp_path / "report.json").read_text())["build"] == "hub-mirror:8f1c"
    assert page_name(report) == "status.html"


def test_a_plan_does_not_stand_in_for_a_run(tmp_path: Path, bucket: Any) -> None:
    report = done(replace(reports.small(), dry_run=True))
    assert publish(report, directory=Directory(tmp_path), bucket=Bucket("reports")) == []
    assert {path.name for path in tmp_path.iterdir()} == {"plan.html", "plan.json", "plan.md"}
    assert list(bucket.objects.all()) == []
    assert page_name(report) == "plan.html"


def test_a_bucket_has_the_last_run_under_stable_names_and_every_run_by_its_time(bucket: Any) -> None:
    shelf = Bucket("reports")
    first = done(reports.small(), shelf)
    publish(first, directory=None, bucket=shelf)
    later = timedelta(hours=6)
    second = replace(reports.small(), started=first.started + later, finished=first.finished + later)
    publish(done(second, shelf), directory=None, bucket=shelf)
    objects = {each.key: each.Object() for each in bucket.objects.all()}
    dated = {f"runs/2026/11/24/{stamp}.{kind}" for stamp in ("030000", "090000") for kind in ("html", "json")}
    assert set(objects) == STABLE | dated
    assert objects["status.html"].content_type == "text/html; charset=utf-8"
    assert objects["report.json"].content_type == "application/json"
    document = json.load(objects["report.json"].get()["Body"])
    assert [run["started"] for run in document["history"]] == ["2026-11-24T03:00:00+00:00", "2026-11-24T09:00:00+00:00"]


def test_the_bucket_remembers_for_the_next_run(bucket: Any) -> None:
    shelf = Bucket("reports")
    assert shelf.read("report.json") is None
    publish(done(reports.small(), shelf), directory=None, bucket=shelf)
    unknown = tuple(replace(image, size=None, blobs=(), platforms=()) for image in reports.small().images)
    started = reports.START + timedelta(hours=6)
    report = done(replace(reports.small(), images=unknown[:1], started=started), shelf, partial=True)
    assert report.images[0].size == 60 * reports.MIB
    assert [image.reference for image in report.others] == ["eclipse-temurin:21-jre", "bitnami/redis:7.4"]
    assert report.notes == ()


def test_a_bucket_that_is_not_there_fails_no_run(bucket: Any, tmp_path: Path) -> None:
    assert bucket.name == "reports"
    shelf = Bucket("no-such-bucket")
    report = done(reports.small(), shelf)
    assert report.notes[0].startswith("no earlier report: s3://no-such-bucket/report.json cannot be read: ")
    (problem,) = publish(report, directory=Directory(tmp_path), bucket=shelf)
    assert isinstance(problem, MirrorError)
    assert "s3://no-such-bucket/runs/" in str(problem)
    assert (tmp_path / "status.html").exists()


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    (problem,) = publish(done(reports.small()), directory=Directory(blocked / "below"), bucket=None)
    assert str(blocked) in str(problem)
    with pytest.raises(MirrorError):
        Directory(blocked).read("report.json")


def test_halves_of_surrogate_pairs_can_be_written(tmp_path: Path) -> None:
    assert publish(done(reports.failing()), directory=Directory(tmp_path), bucket=None) == []
    json.loads((tmp_path / "report.json").read_text("utf-8"))


def test_secrets_do_not_get_into_reports(tmp_path: Path) -> None:
    secret = "Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789"
    place = reports.place("a:1", Action.FAILED, reason=secret, advice=secret)
    image = replace(reports.image("a:1", place, reason=secret), notes=(secret,))
    publish(done(replace(reports.report(image), notes=(secret,))), directory=Directory(tmp_path), bucket=None)
    for path in tmp_path.iterdir():
        assert "abcdefghijklmnop" not in path.read_text(), path.name
