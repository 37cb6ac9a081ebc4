from datetime import UTC, datetime, timedelta

import pytest

from mirror.report.model import SEVERITY, Action, DestinationResult, ImageResult, RunReport, count_actions

STARTED = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def image(reference: str, *actions: Action, pulls: int = 0, downloaded: int = 0, uploaded: int = 0) -> ImageResult:
    rows = tuple(
        DestinationResult(f"d{number}", f"registry/{reference}", action, bytes_uploaded=uploaded)
        for number, action in enumerate(actions)
    )
    return ImageResult(reference, rows, pulls=pulls, bytes_downloaded=downloaded)


@pytest.mark.parametrize("action", Action)
def test_every_action_has_its_place(action: Action) -> None:
    assert SEVERITY.count(action) == 1
    assert image("app:1", action).action is action


@pytest.mark.parametrize(
    ("actions", "overall"),
    [
        ((Action.COPIED, Action.FAILED), Action.FAILED),
        ((Action.UNCHANGED, Action.COPIED), Action.COPIED),
        ((Action.COPIED, Action.DEFERRED), Action.DEFERRED),
        ((Action.DEFERRED, Action.GONE), Action.GONE),
        ((Action.UNCHANGED, Action.KEPT), Action.KEPT),
        ((Action.RETAGGED, Action.KEPT), Action.RETAGGED),
    ],
)
def test_an_image_is_what_its_most_severe_destination_is(actions: tuple[Action, ...], overall: Action) -> None:
    assert image("app:1", *actions).action is overall
    assert image("app:1", *reversed(actions)).action is overall


def test_an_image_without_destinations_has_failed() -> None:
    assert image("app").action is Action.FAILED


def report(*images: ImageResult) -> RunReport:
    return RunReport(STARTED, STARTED + timedelta(seconds=90.5), dry_run=False, images=images)


def test_totals() -> None:
    found = report(
        image("app:1", Action.COPIED, Action.COPIED, pulls=4, downloaded=100, uploaded=70),
        image("app:2", Action.UNCHANGED, pulls=1, downloaded=5),
    )
    assert (found.pulls, found.bytes_downloaded, found.bytes_uploaded, found.seconds) == (5, 105, 140, 90.5)
    empty = report()
    assert (empty.pulls, empty.bytes_downloaded, empty.bytes_uploaded) == (0, 0, 0)


def test_images_by_what_became_of_them() -> None:
    failed, copied, mixed = (
        image("a:1", Action.FAILED),
        image("b:1", Action.COPIED),
        image("c:1", Action.COPIED, Action.FAILED),
    )
    found = report(failed, copied, mixed)
    assert found.with_action(Action.FAILED) == (failed, mixed)
    assert found.with_action(Action.COPIED, Action.FAILED) == (failed, copied, mixed)
    assert found.with_action(Action.GONE) == ()


def test_counts_begin_with_the_most_severe() -> None:
    counted = count_actions([image("a", Action.UNCHANGED), image("b", Action.FAILED), image("c", Action.UNCHANGED)])
    assert list(counted.items()) == [(Action.FAILED, 1), (Action.UNCHANGED, 2)]
    assert count_actions([]) == {}
