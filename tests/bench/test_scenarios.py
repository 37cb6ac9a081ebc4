import pytest

from bench import corpora
from bench.programs import OURS, our_program
from bench.registries import Place
from bench.rows import Row
from bench.scenarios import SCENARIOS, Plan, counts, large, layer, memory, moved, start, tiny
from sandbox.registries.seeds import CORPUS_BLOBS, CORPUS_MANIFESTS, CORPUS_TAGS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def ours(rows: list[Row], scenario: str) -> dict[str, Row]:
    """Our rows of a scenario by phase."""
    return {row.phase: row for row in rows if row.program == OURS and row.scenario == scenario}


def test_requests_of_the_designs_corpora(place: Place) -> None:
    plan = Plan(place, [our_program(place.folder("bytecode"))], repeat=1)
    rows = list(counts(plan))

    corpus = ours(rows, "corpus, two destinations")
    assert corpus["cold"].requests == {
        "HEAD manifest": CORPUS_TAGS,
        "GET manifest": CORPUS_MANIFESTS,
        "GET blob": CORPUS_BLOBS,
    }
    assert corpus["cold"].sent == corpus["cold"].unique
    assert corpus["unchanged"].requests == {"HEAD manifest": CORPUS_TAGS}
    aliased = ours(rows, "6 aliases of one index")
    assert aliased["cold"].requests["GET manifest"] == 4
    five = ours(rows, "5 of 48 tags moved")
    assert five["moved"].requests["GET manifest"] == 25
    assert five["unchanged"].requests == {"HEAD manifest": corpora.MANY_TAGS}


def test_a_layer_is_copied_by_every_program(plan: Plan) -> None:
    rows = list(layer(plan))

    assert {row.program for row in rows} == {each.name for each in plan.programs if each.side_by_side == 1}
    assert all(row.measured and row.measured.wall > 0 and row.measured.peak > 1024 for row in rows)


def test_every_program_brings_48_tags_to_two_destinations(place: Place) -> None:
    plan = Plan(place, [our_program(place.folder("bytecode"))], scale=0.001, repeat=1)

    assert [row.phase for row in large(plan)] == ["cold"]


def test_moved_tags(place: Place) -> None:
    plan = Plan(place, [our_program(place.folder("bytecode"))], repeat=1)

    assert [(row.phase, row.program) for row in moved(plan)] == [("moved", OURS)]


def test_many_tiny_tags_from_near_and_far(place: Place) -> None:
    plan = Plan(place, [our_program(place.folder("bytecode"))], repeat=1, tags=20)

    assert [row.scenario for row in tiny(plan)] == [
        "20 tiny tags, 0 ms to the source",
        "20 tiny tags, 20 ms to the source",
    ]


def test_memory_stays_within_its_limit(place: Place) -> None:
    plan = Plan(place, [our_program(place.folder("bytecode"))], repeat=1, tags=20)
    (row,) = memory(plan)

    assert row.scenario == "200 tags"
    assert row.measured is not None
    assert 10 * 1024 < row.measured.peak < 96 * 1024


def test_start_up_of_every_program_that_can_say_its_version(plan: Plan) -> None:
    rows = list(start(plan))

    assert {row.phase for row in rows} == {"first start", "start"}
    assert ours(rows, "start-up").keys() == {"first start", "start"}


def test_every_scenario_says_what_it_is() -> None:
    assert all(scenario.__doc__ for scenario in SCENARIOS.values())
