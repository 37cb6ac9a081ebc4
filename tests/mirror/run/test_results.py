from typing import Any

import pytest

from mirror.config import reader
from mirror.config.model import DestinationName
from mirror.copier.image import ImageOutcome, TagRequest
from mirror.copier.target import Target
from mirror.credentials.registries import Network
from mirror.errors import (
    BudgetError,
    DeadlineError,
    DeniedError,
    LimitKind,
    MirrorError,
    RateLimitError,
    RepositoryNotFoundError,
    SilentError,
    TagImmutableError,
    UnavailableError,
    UnsupportedError,
)
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from mirror.planning.selection import Selected
from mirror.planning.survey import Surveyed, Wanted
from mirror.report.model import Action, Certainty, DestinationResult
from mirror.run.forecast import Forecast
from mirror.run.options import RunOptions
from mirror.run.places import Places, open_places
from mirror.run.results import Results
from sandbox.registries.images import ImageBuilder
from sandbox.registries.store import Store

CONFIG = """\
version: 1
private: {prefix: team}
public: {}
images:
  - {name: app, tags: ['1'], to: [private, public]}
"""
NEW, OLD = digest_of(b"new"), digest_of(b"old")


@pytest.fixture
def places(network: Network) -> Places:
    """Of which nobody is asked."""
    options = RunOptions(source="http://localhost:1", private="http://localhost:2", public="http://localhost:3")
    return open_places(network, reader.read_text(CONFIG, source="mirror.yaml"), options, {}, lambda _note: None)


@pytest.fixture
def results(places: Places) -> Results:
    return Results(places)


def surveyed(places: Places, selected: Selected | None = None, **known: Any) -> Surveyed:
    (image,) = places.config.images
    chosen = selected or Selected("1")
    wanted = Wanted(
        f"app:{chosen.tag}", image, chosen, places.source.repository(image.upstream), places.targets_of(image)
    )
    known = {"upstream": Descriptor(media_types.OCI_INDEX, NEW, 7), **known}
    return Surveyed(wanted, **known)


def targets(places: Places) -> tuple[Target, Target]:
    private, public = places.targets_of(places.config.images[0])
    return private, public


def test_unchanged_and_kept(places: Places, results: Results) -> None:
    private, public = targets(places)
    found = surveyed(places, held={private: OLD, public: NEW}, current={public}, kept={private})
    result = results.settled(found)
    assert result.reference == "app:1"
    assert result.source_digest == NEW
    assert result.action is Action.KEPT
    assert result.destinations == (
        DestinationResult(
            "private",
            "localhost:2/team/app:1",
            Action.KEPT,
            OLD,
            reason="upstream moved; the tag is immutable here, as configured",
            found=OLD,
        ),
        DestinationResult("public", "localhost:3/app:1", Action.UNCHANGED, NEW, found=NEW),
    )


def test_a_digest_is_written_as_one(places: Places, results: Results) -> None:
    private, public = targets(places)
    found = surveyed(places, Selected(None, NEW), held={private: NEW, public: NEW}, current={private, public})
    assert [row.reference for row in results.settled(found).destinations] == [
        f"localhost:2/team/app@{NEW}",
        f"localhost:3/app@{NEW}",
    ]


def test_what_would_be_done(places: Places, results: Results) -> None:
    private, public = targets(places)
    found = surveyed(places, held={private: OLD, public: None})
    result = results.planned(found, Forecast(having=frozenset({private})))
    assert [(row.action, row.digest) for row in result.destinations] == [
        (Action.RETAGGED, OLD),
        (Action.COPIED, None),
    ]
    found.current = {private}
    assert [row.action for row in results.planned(found, Forecast()).destinations] == [
        Action.UNCHANGED,
        Action.COPIED,
    ]
    assert [row.action for row in results.planned(found, None).destinations] == [Action.UNCHANGED, Action.COPIED]
    # Another reference of the same content brings it.
    assert [row.action for row in results.planned(found, Forecast(), charged=False).destinations] == [
        Action.UNCHANGED,
        Action.RETAGGED,
    ]


def test_what_would_be_spent(places: Places, results: Results) -> None:
    found = surveyed(places)
    cost = Forecast(7, 100, Certainty.ABOUT, "judging by what the tag was")
    result = results.planned(found, cost)
    assert (result.pulls, result.bytes_downloaded, result.certainty) == (7, 100, Certainty.ABOUT)
    assert result.notes == ("about: judging by what the tag was",)
    for nothing in (
        results.planned(found, cost, charged=False),
        results.planned(found, cost, deferred=BudgetError("needs 7 pulls, 6 are left")),
        results.planned(found, None),
    ):
        assert (nothing.pulls, nothing.bytes_downloaded, nothing.notes) == (0, 0, ())


def test_what_would_not_be_done_and_why(places: Places, results: Results) -> None:
    found = surveyed(places)
    late = results.planned(found, Forecast(7), deferred=BudgetError("needs 7 pulls, 6 are left"))
    assert {(row.action, row.reason) for row in late.destinations} == {(Action.DEFERRED, "needs 7 pulls, 6 are left")}
    never = results.planned(found, Forecast(1, error=UnsupportedError("it has no linux/s390x", advice="Change.")))
    assert {(row.action, row.reason, row.advice) for row in never.destinations} == {
        (Action.FAILED, "it has no linux/s390x", "Change.")
    }


def test_what_was_done_is_charged_once(places: Places, results: Results) -> None:
    private, public = targets(places)
    found = surveyed(places, held={private: None, public: OLD})
    image = ImageBuilder(Store(), "library/app").small([])
    outcome = ImageOutcome(
        manifest=image,
        transferred={private},
        uploaded={private: 100},
        downloaded=90,
        pulls=4,
        size=120,
        platforms=("linux/amd64",),
        notes=["a note"],
    )
    charged = results.copied(found, outcome, charged=True, seconds=1.5)
    assert [(row.action, row.digest, row.bytes_uploaded) for row in charged.destinations] == [
        (Action.COPIED, image.digest, 100),
        (Action.RETAGGED, image.digest, 0),
    ]
    assert (charged.pulls, charged.bytes_downloaded, charged.seconds) == (4, 90, 1.5)
    assert (charged.size, charged.platforms, charged.notes) == (120, ("linux/amd64",), ("a note",))
    other = results.copied(found, outcome, charged=False, seconds=1.5)
    assert {row.action for row in other.destinations} == {Action.RETAGGED}
    assert (other.pulls, other.bytes_downloaded, other.seconds) == (0, 0, 0.0)
    assert (other.size, other.platforms) == (120, ("linux/amd64",))


def test_an_error_of_the_source_is_every_destinations(places: Places, results: Results) -> None:
    outcome = ImageOutcome(error=UnavailableError("503", status=503))
    result = results.copied(surveyed(places), outcome, charged=True, seconds=0)
    assert [(row.action, row.reason) for row in result.destinations] == [(Action.FAILED, "503")] * 2


def test_an_error_of_a_target_or_a_tag_is_its_own(places: Places, results: Results) -> None:
    private, public = targets(places)
    image = ImageBuilder(Store(), "library/app").small([])
    outcome = ImageOutcome(manifest=image, errors={private: DeniedError("no", status=403)})
    rows = results.copied(surveyed(places), outcome, charged=True, seconds=0).destinations
    assert [row.action for row in rows] == [Action.FAILED, Action.RETAGGED]
    moved = TagImmutableError("the tag exists", status=400)
    outcome = ImageOutcome(manifest=image, tag_errors={TagRequest(public, "1"): moved})
    rows = results.copied(surveyed(places), outcome, charged=True, seconds=0).destinations
    assert [row.action for row in rows] == [Action.RETAGGED, Action.FAILED]
    assert "immutable" in rows[1].advice


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (DeadlineError("late"), Action.DEFERRED),
        (BudgetError("spent"), Action.DEFERRED),
        (RateLimitError("quota", kind=LimitKind.QUOTA, retry_after=None), Action.DEFERRED),
        (RateLimitError("slow down", kind=LimitKind.RATE, retry_after=None), Action.DEFERRED),
        (SilentError("says later", is_later=True), Action.DEFERRED),
        (SilentError("is gone", is_later=False), Action.FAILED),
        (UnavailableError("it is broken", status=500), Action.FAILED),
        (UnsupportedError("schema 1", advice="Use another tag."), Action.FAILED),
    ],
    ids=str,
)
def test_only_what_time_heals_is_deferred(places: Places, results: Results, error: MirrorError, action: Action) -> None:
    private, public = targets(places)
    result = results.settled(surveyed(places, upstream=None, error=error, held={private: OLD, public: None}))
    assert [(row.action, row.digest) for row in result.destinations] == [(action, OLD), (action, None)]
    assert {row.reason for row in result.destinations} == {str(error)}
    assert {row.advice for row in result.destinations} == {error.advice or ""}


def test_a_missing_repository_says_what_to_do(places: Places, results: Results) -> None:
    private, public = targets(places)
    error = RepositoryNotFoundError("team/app", status=404)
    found = surveyed(places, held={public: NEW}, current={public}, errors={private: error})
    result = results.settled(found)
    assert result.action is Action.FAILED
    assert result.destinations[0].advice == "The repository team/app must exist in private: deploy the stacks."


def test_what_is_gone_and_what_never_was(places: Places, results: Results) -> None:
    private, public = targets(places)
    gone = results.settled(surveyed(places, upstream=None, held={private: OLD, public: None}))
    assert [(row.action, row.digest) for row in gone.destinations] == [(Action.GONE, OLD), (Action.GONE, None)]
    assert gone.source_digest is None
    never = results.settled(surveyed(places, upstream=None, suggestions=("1.1", "11")))
    assert {(row.action, row.advice) for row in never.destinations} == {(Action.FAILED, "Similar tags: 1.1, 11.")}
    unlike = results.settled(surveyed(places, upstream=None))
    assert {row.advice for row in unlike.destinations} == {"Look for the tag on Docker Hub, or take the image out."}


def test_a_destination_that_was_never_opened_has_its_row(places: Places) -> None:
    del places.destinations[DestinationName.PUBLIC]
    places.failed[DestinationName.PUBLIC] = UnavailableError("no registry", status=200, advice="Deploy.")
    results = Results(places)
    (private,) = places.targets_of(places.config.images[0])
    closed = DestinationResult("public", "app:1", Action.FAILED, reason="no registry", advice="Deploy.")
    for result in (
        results.settled(surveyed(places, held={private: NEW}, current={private})),
        results.planned(surveyed(places), None),
        results.copied(surveyed(places), ImageOutcome(), charged=True, seconds=0),
    ):
        assert [row.destination for row in result.destinations] == ["private", "public"]
        assert result.destinations[1] == closed
        assert result.action is Action.FAILED
    by_digest = results.settled(surveyed(places, Selected(None, NEW), held={private: NEW}, current={private}))
    assert by_digest.destinations[1].reference == f"app@{NEW}"


def test_what_could_not_be_listed_in_time_is_deferred_everywhere(places: Places, results: Results) -> None:
    (image,) = places.config.images
    result = results.failed(image, DeadlineError("late"))
    assert result.action is Action.DEFERRED
    assert [(row.destination, row.reference, row.reason) for row in result.destinations] == [
        ("private", "localhost:2/team/app", "late"),
        ("public", "localhost:3/app", "late"),
    ]


def test_what_never_came_to_a_survey(places: Places, results: Results) -> None:
    (image,) = places.config.images
    result = results.failed(image, UnsupportedError("nothing matches", advice="Look."))
    assert (result.action, result.reason, result.advice) == (Action.FAILED, "nothing matches", "Look.")
    assert result.destinations == ()
