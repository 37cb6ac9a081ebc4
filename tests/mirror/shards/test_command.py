"""Batches from end to end: the sandbox's Docker Hub, a registry, and a directory in which the builds meet."""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mirror import cli
from mirror.config import reader
from mirror.publish import Directory
from mirror.run import RunOptions, run
from mirror.shards import command
from mirror.shards.partition import by_hash
from sandbox.registries.docker_hub import Account
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.registries.store import Store
from tests.stage import Recorder

FAMILIES, MEMBERS = 3, 4
NAMES = [f"app{family}{member}" for family in range(FAMILIES) for member in range(MEMBERS)]
BLOBS = FAMILIES * 1 + len(NAMES) * 2
"""A base for each family; a layer and a config for each image."""

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def file(tmp_path: Path, registries: Registries) -> Path:
    """Three families of images, each with a base of its own."""
    for name in NAMES:
        ImageBuilder(registries.hub, f"library/{name}").multi_platform(
            ["linux/amd64"], base=f"base {name[3]}", name=name, tags=["1"], base_size=40_000, top_size=2_000
        )
    path = tmp_path / "mirror.yaml"
    images = ", ".join(f"{name}:1" for name in NAMES)
    path.write_text(f"version: 1\npublic: false\ndefaults: {{to: [private]}}\nimages: [{images}]\n")
    return path


Call = Callable[..., int]


@pytest.fixture
def call(registries: Registries, file: Path, store: Store, reports: Path) -> Call:
    """Calls `main`."""
    url = registries.plain("mine", store)

    def call(*arguments: str, **environ: str) -> int:
        places = [] if arguments[0] == "combine" else ["--private", url]
        command = [*arguments, "--config", str(file), "--report-dir", str(reports), *places]
        return cli.main(command, {"MIRROR_SOURCE": registries.hub_url, **environ})

    return call


@pytest.fixture
def batch(call: Call) -> Callable[..., list[int]]:
    """Runs a whole batch, one build after the other; the exit codes."""

    def batch(name: str, shards: int = 3, *, without: tuple[str, ...] = ()) -> list[int]:
        steps = ["divide", *(f"shard {number}/{shards}" for number in range(1, shards + 1)), "combine"]
        found = []
        for step in steps:
            if step in without:
                continue
            of = [] if step.startswith("shard") else ["--shards", str(shards)]
            found.append(call(*step.split(), *of, MIRROR_BATCH=name))
        return found

    return batch


def document(reports: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((reports / "report.json").read_text())
    return found


def blobs_read(registries: Registries) -> list[str]:
    return [each.reference for each in registries.log.matching(registry="cdn", method="GET", status=200)]


def test_a_batch_is_one_run(
    registries: Registries, batch: Callable[..., list[int]], store: Store, reports: Path
) -> None:
    assert batch("one") == [cli.DONE] * 5
    assert {name: set(each.tags) for name, each in store.repositories.items()} == {name: {"1"} for name in NAMES}
    report = document(reports)
    assert report["counts"] == {"copied": len(NAMES)}
    assert [each["reference"] for each in report["images"]] == [f"{name}:1" for name in NAMES]
    assert report["pulls"] == registries.hub_state.pulls == 2 * len(NAMES)
    assert len(report["history"]) == 1, "shards are no runs of their own"
    assert {path.name for path in reports.iterdir()} == {
        "report.json", "report.md", "status.html", "junit-1.xml", "shards",
    }  # fmt: skip
    registries.log.clear()
    assert batch("two") == [cli.DONE] * 5
    assert registries.hub_state.pulls == report["pulls"], "an unchanged batch costs no pull"
    assert blobs_read(registries) == []
    report = document(reports)
    assert report["counts"] == {"unchanged": len(NAMES)}
    assert report["history"][-1]["pulls"] == 0


def test_images_that_share_a_base_are_read_on_one_machine(
    registries: Registries, batch: Callable[..., list[int]], call: Call, store: Store, reports: Path
) -> None:
    assert call("sync") == cli.DONE
    assert len(set(blobs_read(registries))) == BLOBS
    store.repositories.clear()
    store.blobs.clear()
    registries.hub_state.anonymous.used = 0
    registries.log.clear()
    assert batch("again") == [cli.DONE] * 5
    read = blobs_read(registries)
    assert len(read) == len(set(read)) == BLOBS, "no layer was read by two"
    division = json.loads((reports / "shards/again/division.json").read_text())
    for family in range(FAMILIES):
        assert len({division["shardOf"][name] for name in NAMES if name[3] == str(family)}) == 1
    assert max(division["weights"]) <= 1.1 * min(division["weights"])


def test_a_first_batch_asks_docker_hub_for_sizes(
    registries: Registries, batch: Callable[..., list[int]], reports: Path
) -> None:
    ImageBuilder(registries.hub, "library/app00").multi_platform(
        ["linux/amd64"], base="huge", name="huge", tags=["1"], base_size=2_000_000
    )
    batch("sizes", without=("shard 1/3", "shard 2/3", "shard 3/3", "combine"))
    assert registries.log.summary("web") == {"GET tag": len(NAMES)}, "the plan asked, and nobody asks again"
    assert registries.hub_state.pulls == 0
    division = json.loads((reports / "shards/sizes/division.json").read_text())
    mates = [name for name, shard in division["shardOf"].items() if shard == division["shardOf"]["app00"]]
    assert mates == ["app00"], "what weighs more than all others together has a machine for itself"


def test_a_shard_that_leaves_nothing_is_a_failure_that_the_next_batch_mends(
    batch: Callable[..., list[int]], store: Store, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch("first", without=("shard 2/3",)) == [cli.DONE] * 3 + [cli.SOME_FAILED]
    report = document(reports)
    lost = [each for each in report["images"] if each["action"] == "failed"]
    division = json.loads((reports / "shards/first/division.json").read_text())
    assert {each["reference"] for each in lost} == {f"{n}:1" for n, shard in division["shardOf"].items() if shard == 2}
    assert {row["reason"] for each in lost for row in each["destinations"]} == {"shard 2 gave no report"}
    assert "shard 2 gave no report" in capsys.readouterr().out
    assert report["counts"]["copied"] + report["counts"]["failed"] == len(NAMES)
    assert batch("second") == [cli.DONE] * 5
    assert document(reports)["counts"] == {"copied": len(lost), "unchanged": len(NAMES) - len(lost)}
    assert len(store.repositories) == len(NAMES)


def test_without_a_division_every_image_is_still_taken_once(
    batch: Callable[..., list[int]], registries: Registries, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch("blind", without=("divide",)) == [cli.DONE] * 4
    assert "nobody divided the plan" in capsys.readouterr().out
    assert document(reports)["counts"] == {"copied": len(NAMES)}
    assert registries.log.count(registry="hub", method="GET", action="manifest", status=200) == 2 * len(NAMES)
    for number in (1, 2, 3):
        part = json.loads((reports / f"shards/blind/part-{number}.json").read_text())
        mine = [f"{name}:1" for name in NAMES if by_hash(name, 3) == number]
        assert [each["reference"] for each in part["report"]["images"]] == mine


def test_a_division_that_cannot_be_read_stops_a_shard(
    batch: Callable[..., list[int]], call: Call, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that went by names while the others go by the division would leave images to nobody."""
    batch("torn", without=("shard 1/3", "shard 2/3", "shard 3/3", "combine"))
    (reports / "shards/torn/division.json").write_text("{")
    assert call("shard", "1/3", MIRROR_BATCH="torn") == cli.SOME_FAILED
    assert "division.json is not JSON" in capsys.readouterr().err


def test_parts_of_an_earlier_batch_of_that_name_are_not_taken_for_this_ones(
    batch: Callable[..., list[int]], reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch("same")
    assert batch("same", without=("shard 3/3",))[-1] == cli.SOME_FAILED
    assert "shard 3 gave no report: what is there is another batch's" in capsys.readouterr().out
    assert document(reports)["counts"]["unchanged"] < len(NAMES)


def test_what_fails_in_a_shard_fails_the_batch_and_nothing_else(
    registries: Registries, batch: Callable[..., list[int]], reports: Path
) -> None:
    del registries.hub.create("library/app11").tags["1"]
    assert batch("failing") == [cli.DONE] * 4 + [cli.SOME_FAILED]
    report = document(reports)
    assert report["counts"] == {"failed": 1, "copied": len(NAMES) - 1}
    (failed,) = (each for each in report["images"] if each["action"] == "failed")
    assert failed["destinations"][0]["reason"] == "does not exist upstream"


def test_a_batch_may_be_asked_for_some_images_only(
    registries: Registries, batch: Callable[..., list[int]], call: Call, store: Store, reports: Path
) -> None:
    for step in (("divide", "--shards", "2"), ("shard", "1/2"), ("shard", "2/2"), ("combine", "--shards", "2")):
        assert call(*step, MIRROR_IMAGES="app00:1,app21:1", MIRROR_BATCH="some") == cli.DONE
    assert set(store.repositories) == {"app00", "app21"}
    assert document(reports)["counts"] == {"copied": 2}


def test_what_a_schedule_left_out_is_as_it_was(
    batch: Callable[..., list[int]], call: Call, store: Store, reports: Path
) -> None:
    batch("all")
    for step in (("divide", "--shards", "2"), ("shard", "1/2"), ("shard", "2/2"), ("combine", "--shards", "2")):
        assert call(*step, MIRROR_SCOPE="app0*", MIRROR_BATCH="scope") == cli.DONE
    report = document(reports)
    assert [each["reference"] for each in report["images"]] == [f"{name}:1" for name in NAMES if name[3] == "0"]
    assert len(report["others"]) == len(NAMES) - MEMBERS


def test_a_batch_does_nothing_while_another_is_at_work(
    registries: Registries, call: Call, store: Store, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The schedule comes round while the first run still goes on."""
    steps = (("divide", "--shards", "2"), ("shard", "1/2"), ("shard", "2/2"), ("combine", "--shards", "2"))
    first = {"MIRROR_BATCH": "first", "MIRROR_DEADLINE_SECONDS": "600"}
    assert call(*steps[0], **first) == cli.DONE
    assert call(*steps[1], **first) == cli.DONE
    pulls, written = registries.hub_state.pulls, {name: set(each.tags) for name, each in store.repositories.items()}
    capsys.readouterr()
    for step in steps:
        assert call(*step, **{**first, "MIRROR_BATCH": "second", "MIRROR_YIELD": "true"}) == cli.DONE
        assert "batch first is at work: this one does nothing" in capsys.readouterr().out
    assert registries.hub_state.pulls == pulls
    assert {name: set(each.tags) for name, each in store.repositories.items()} == written
    assert not (reports / "report.json").exists()
    for step in steps[2:]:
        assert call(*step, **first) == cli.DONE
    assert document(reports)["counts"] == {"copied": len(NAMES)}
    for step in steps:
        assert call(*step, **{**first, "MIRROR_BATCH": "third", "MIRROR_YIELD": "true"}) == cli.DONE
    assert document(reports)["counts"] == {"unchanged": len(NAMES)}


def test_a_batch_that_could_not_begin_is_in_nobodys_way(
    registries: Registries, call: Call, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    variables = {"MIRROR_DEADLINE_SECONDS": "600", "MIRROR_YIELD": "true"}
    wrong = {"MIRROR_DOCKER_HUB_USERNAME": "me", "MIRROR_DOCKER_HUB_TOKEN": "dckr_pat_wrong"}
    assert call("divide", "--shards", "2", MIRROR_BATCH="one", **variables, **wrong) == cli.NO_CREDENTIALS
    assert call("divide", "--shards", "2", MIRROR_BATCH="two", **variables) == cli.DONE
    assert "is at work" not in capsys.readouterr().out


def test_a_dry_batch_changes_nothing(batch: Callable[..., list[int]], call: Call, store: Store, reports: Path) -> None:
    for step in (("divide", "--shards", "2"), ("shard", "1/2"), ("shard", "2/2"), ("combine", "--shards", "2")):
        assert call(*step, MIRROR_DRY_RUN="1", MIRROR_BATCH="dry") == cli.DONE
    assert store.repositories == {}
    assert not (reports / "report.json").exists()
    assert json.loads((reports / "plan.json").read_text())["counts"] == {"copied": len(NAMES)}


@pytest.mark.parametrize(
    "arguments", [("divide", "--shards", "17"), ("shard", "0/3"), ("shard", "4/3"), ("shard", "²/3")]
)
def test_what_is_no_shard_is_refused(
    call: Call, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as caught:
        call(*arguments)
    assert caught.value.code == cli.BAD_CONFIG
    assert "allowed: " in capsys.readouterr().err


def test_shards_need_a_place_to_meet(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["shard", "1/2", "--config", str(file)], {}) == cli.BAD_CONFIG
    assert "--report-dir: shards meet in a directory" in capsys.readouterr().err


KEEP = 5


@pytest.mark.parametrize("divided", [True, False], ids=["divided", "by-names"])
@pytest.mark.parametrize("left", [0, 3, 11, 17, 100])
def test_all_shards_together_stay_above_the_floor(
    registries: Registries, file: Path, store: Store, reports: Path, *, left: int, divided: bool
) -> None:
    """All of them at once, and each finds the same number of pulls when it begins."""
    config = reader.read_text(file.read_text() + f"docker_hub: {{keep_pulls: {KEEP}}}\n", source="mirror.yaml")
    registries.hub_state.anonymous = Account(limit=KEEP + left)
    options = RunOptions(source=registries.hub_url, source_is_hub=True, private=registries.plain("mine", store))
    shelf = Directory(reports)
    where = command.open_batch(shelf, {}, 3)
    if divided:
        command.divide_plan(config, options, where, environ={}, listener=Recorder(), say=lambda _: None)
    together = threading.Barrier(3)

    def wait(event: str) -> None:
        if event == "planned":
            together.wait(30)

    def shard(number: int) -> None:
        taken = command.take(config, options, where, number, lambda _: None)
        report = run(taken.config, taken.options, environ={}, listener=Recorder(hook=wait))
        command.leave(report, taken, where, {})

    threads = [threading.Thread(target=shard, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report, whole = command.combine_parts(config, where, listener=Recorder(), say=lambda _: None)
    assert whole
    assert registries.hub_state.pulls == report.pulls <= left
    counts = {str(each.action) for each in report.images}
    assert counts <= {"copied", "deferred"}
    if left >= 2 * len(NAMES) + 3 * 2:
        assert counts == {"copied"}
    elif left == 0:
        assert counts == {"deferred"}
        reasons = {row.reason.partition(", ")[2] for each in report.images for row in each.destinations}
        assert reasons == {f"0 are left of this shard's part beside the {KEEP} that are kept"}
    if divided and left >= 3:
        copied = sum(each.action == "copied" for each in report.images)
        assert copied >= 1, "what little there is is not divided until nobody can begin anything"
