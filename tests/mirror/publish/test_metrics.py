import json
from datetime import UTC, datetime, timedelta

import pytest

from mirror import settings
from mirror.oci.digest import digest_of
from mirror.publish.metrics import metrics, put_metrics
from mirror.registry.protocols import PullQuota
from mirror.report.model import Action, DestinationResult, ImageResult, RunReport
from tests.support import Answer, ScriptedServer

END = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def image(action: Action, *, behind_hours: int | None = None) -> ImageResult:
    moved = END - timedelta(hours=behind_hours) if behind_hours is not None else None
    row = DestinationResult("private", "r/app:1", action, digest_of(b"x"))
    return ImageResult("app:1", (row,), bytes_downloaded=10, pulls=2, moved_at=moved)


def report(*images: ImageResult, quota: PullQuota | None = None) -> RunReport:
    return RunReport(END - timedelta(minutes=1), END, dry_run=False, images=images, quota_after=quota)


def test_the_figures_of_a_whole_run() -> None:
    found = metrics(
        report(
            image(Action.COPIED),
            image(Action.UNCHANGED, behind_hours=99),
            image(Action.KEPT),
            image(Action.FAILED, behind_hours=2),
            image(Action.DEFERRED, behind_hours=5),
            image(Action.FAILED),
            quota=PullQuota(200, 150, 21600),
        ),
        partial=False,
    )
    assert found == {
        settings.BYTES_DOWNLOADED: 60,
        settings.PULLS_USED: 12,
        settings.PULLS_REMAINING: 150,
        settings.IMAGES_MIRRORED: 3,
        settings.IMAGES_FAILED: 2,
        settings.IMAGES_DEFERRED: 1,
        settings.STALE_SECONDS: 5 * 3600,
    }


def test_a_partial_run_says_nothing_of_the_whole_and_no_limit_is_no_figure() -> None:
    assert set(metrics(report(image(Action.FAILED)), partial=True)) == {settings.BYTES_DOWNLOADED, settings.PULLS_USED}
    assert metrics(report(image(Action.COPIED)), partial=False)[settings.STALE_SECONDS] == 0


@pytest.mark.parametrize(("succeeded", "figure"), [(True, 1), (False, 0)])
def test_a_batch_says_whether_it_succeeded(succeeded: bool, figure: int) -> None:
    assert metrics(report(), partial=True, succeeded=succeeded)[settings.RUNS_SUCCEEDED] == figure
    assert settings.RUNS_SUCCEEDED not in metrics(report(), partial=False)


@pytest.fixture
def cloudwatch_keys(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def test_they_are_written_in_one_request(cloudwatch_keys: pytest.MonkeyPatch) -> None:
    with ScriptedServer(Answer(headers={"Content-Type": "application/json"}, body=b"{}")) as server:
        cloudwatch_keys.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", server.url)
        assert put_metrics(report(image(Action.COPIED)), "hub-mirror", partial=False) is None
        (asked,) = server.asked
    assert b"HubMirror" in asked.body or b"HubMirror" in json.dumps(asked.headers).encode()
    assert b"ImagesMirrored" in asked.body or asked.headers.get("content-encoding") == "gzip"


def test_what_goes_wrong_is_told_and_fails_nothing(cloudwatch_keys: pytest.MonkeyPatch) -> None:
    with ScriptedServer(Answer(403, body=b'{"__type": "AccessDenied", "message": "no"}')) as server:
        cloudwatch_keys.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", server.url)
        assert put_metrics(report(image(Action.COPIED)), "hub-mirror", partial=False) is not None
