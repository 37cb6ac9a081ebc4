from bench.measure import Measured
from bench.programs import OURS
from bench.rows import Row, document, ratios
from bench.table import render

MIB = 1024

ROWS = [
    Row("corpus", "cold", OURS, Measured(1.0, 0.5, 32 * MIB)),
    Row("corpus", "cold", "skopeo", Measured(10.0, 2.0, 16 * MIB)),
    Row("corpus", "cold", "crane", Measured(4.0, 0.4, 16 * MIB)),
    Row("corpus", "unchanged", OURS, Measured(0.3, 0.2, 30 * MIB)),
    Row("corpus", "unchanged", "skopeo", Measured(6.0, 0.8, 15 * MIB)),
    Row("layer", "cold", "skopeo", Measured(6.0, 0.8, 15 * MIB)),
    Row("aliases", "cold", OURS, requests={"HEAD manifest": 6, "GET manifest": 4, "GET blob": 9}, sent=90, unique=90),
    Row("aliases", "cold", "skopeo", requests={"GET manifest": 24, "GET base": 6}, sent=180, unique=90),
]

GOLDEN = """\
| situation | run       | against | wall time | CPU time | peak memory |
| --------- | --------- | ------- | --------: | -------: | ----------: |
| corpus    | cold      | skopeo  |      0.10 |     0.25 |        2.00 |
|           |           | crane   |      0.25 |     1.25 |        2.00 |
|           | unchanged | skopeo  |     0.050 |     0.25 |        2.00 |

| situation | run  | program    | HEAD manifest | GET manifest | GET blob | others | bytes / unique |
| --------- | ---- | ---------- | ------------: | -----------: | -------: | -----: | -------------: |
| aliases   | cold | hub-mirror |             6 |            4 |        9 |      0 |           1.00 |
|           |      | skopeo     |             0 |           24 |        0 |      6 |           2.00 |

| situation | run       | peak memory of hub-mirror |
| --------- | --------- | ------------------------: |
| corpus    | cold      |                    32 MiB |
|           | unchanged |                    30 MiB |
"""


def test_tables() -> None:
    assert render(ROWS) == GOLDEN


def test_programs_of_one_situation_stand_together_in_whatever_order_they_ran() -> None:
    mixed = [ROWS[0], ROWS[3], ROWS[1], ROWS[4], ROWS[2]]

    assert [(each.phase, each.peer) for each in ratios(mixed)] == [
        ("cold", "skopeo"),
        ("cold", "crane"),
        ("unchanged", "skopeo"),
    ]


def test_what_was_not_measured_has_no_table() -> None:
    assert render(ROWS[6:]).count("| situation") == 1
    assert render(ROWS[:1]).count("| situation") == 1


def test_a_peer_without_ours_beside_it_has_no_ratio() -> None:
    assert {each.scenario for each in ratios(ROWS)} == {"corpus"}


def test_the_result_file_has_measurements_and_counts_apart() -> None:
    found = document(ROWS, {"date": "2026-11-24"})

    assert found["about"] == {"date": "2026-11-24"}
    assert found["rows"][0] == {
        "scenario": "corpus",
        "phase": "cold",
        "program": OURS,
        "wall": 1.0,
        "cpu": 0.5,
        "peak_kib": 32 * MIB,
    }
    assert found["rows"][7] == {
        "scenario": "aliases",
        "phase": "cold",
        "program": "skopeo",
        "requests": {"GET manifest": 24, "GET base": 6},
        "bytes_sent": 180,
        "bytes_unique": 90,
    }
    assert found["ratios"][0] == {
        "scenario": "corpus",
        "phase": "cold",
        "peer": "skopeo",
        "wall": 0.1,
        "cpu": 0.25,
        "peak": 2.0,
    }
