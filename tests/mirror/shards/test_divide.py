from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from mirror.config import reader
from mirror.config.model import ImageConfig, MirrorConfig
from mirror.registry.protocols import PullQuota
from mirror.report.earlier import Earlier
from mirror.report.model import Action, ImageResult, RunReport
from mirror.shards.divide import A_QUESTION, divide
from mirror.shards.files import Division
from tests import reports
from tests.reports import MIB, START, image, place


def config(*names: str, **sections: str) -> MirrorConfig:
    lines = [f"{name}: {value}\n" for name, value in sections.items()]
    text = "version: 1\n" + "".join(lines) + "images: [" + ", ".join(names) + "]\n"
    return reader.read_text(text, source="mirror.yaml")


def unseen(reference: str, action: Action = Action.COPIED, *, pulls: int = 0) -> ImageResult:
    """Nothing is known of it but that it exists upstream."""
    row = replace(place(reference, action), digest=None if action is Action.COPIED else reports.digest(reference))
    return replace(image(reference, row, mib=None), pulls=pulls, bytes_downloaded=0)


def planned(*images: ImageResult, remaining: int | None = None) -> RunReport:
    quota = None if remaining is None else PullQuota(200, remaining, 21600)
    return replace(reports.report(*images, dry_run=True), quota_before=quota, quota_after=quota)


def made(where: MirrorConfig, plan: RunReport, before: Earlier | None = None, **options: object) -> Division:
    return divide(where, plan, before, shards=2, division="d", **options)  # type: ignore[arg-type]


def earlier(*images: ImageResult) -> Earlier:
    return Earlier(START - timedelta(hours=6), {each.reference: each for each in images})


def test_what_the_last_report_knows_decides_who_goes_with_whom() -> None:
    names = [f"app{number}" for number in range(6)]
    known = [
        replace(image(f"{name}:1", place(f"{name}:1", Action.UNCHANGED)), blobs=blobs)
        for number, name in enumerate(names)
        for blobs in [(reports.blob(f"base {number % 2}", 100), reports.blob(name, 1))]
    ]
    found = made(config(*(f"{name}:1" for name in names)), planned(*(unseen(f"{n}:1") for n in names)), earlier(*known))
    assert len({found.shard_of[name] for name in names[::2]}) == 1
    assert len({found.shard_of[name] for name in names[1::2]}) == 1
    assert found.weights == (103 * MIB + 3 * A_QUESTION,) * 2


def test_of_what_was_never_seen_docker_hub_is_asked_once_an_image() -> None:
    asked: dict[str, list[str]] = {}

    def sizes_of(image: ImageConfig, tags: Sequence[str]) -> Mapping[str, int]:
        asked[image.name] = list(tags)
        return {tag: 50 * MIB for tag in tags if tag == "1"}

    plan = planned(unseen("large:1"), unseen("large:2"), unseen("same:1", Action.UNCHANGED), unseen("small:1"))
    found = made(config("{name: large, tags: ['1', '2']}", "same:1", "small:1"), plan, sizes_of=sizes_of)
    assert asked == {"large": ["1", "2"], "small": ["1"]}
    # The second tag is of unknown size, and taken to be like the others.
    assert found.weights[found.shard_of["large"] - 1] == 100 * MIB + 2 * A_QUESTION
    assert found.shard_of["small"] == found.shard_of["same"] != found.shard_of["large"]


def test_what_the_plan_found_out_nobody_is_asked_again() -> None:
    asked: list[str] = []

    def sizes_of(image: ImageConfig, _: Sequence[str]) -> Mapping[str, int]:
        asked.append(image.name)
        return {}

    plan = planned(replace(unseen("large:1"), bytes_downloaded=50 * MIB), unseen("small:1"))
    found = made(config("large:1", "small:1"), plan, sizes_of=sizes_of)
    assert asked == ["small"]
    assert set(found.weights) == {50 * MIB + A_QUESTION}, "what nobody knows is taken to be as the others"


def test_tags_of_one_content_are_one_download() -> None:
    first, second = unseen("app:1"), replace(unseen("app:2"), source_digest=reports.digest("app:1"))
    found = made(
        config("{name: app, tags: ['1', '2']}"),
        planned(first, second),
        sizes_of=lambda _i, tags: dict.fromkeys(tags, MIB),
    )
    assert max(found.weights) == MIB + 2 * A_QUESTION


def test_a_run_with_nothing_to_do_is_balanced_by_questions() -> None:
    results = [unseen(f"aa:{n}", Action.UNCHANGED) for n in range(4)]
    results += [unseen(f"{name}:1", Action.UNCHANGED) for name in ("bb", "cc", "dd", "ee")]
    found = made(
        config("{name: aa, tags: ['0', '1', '2', '3']}", *(f"{n}:1" for n in ("bb", "cc", "dd", "ee"))),
        planned(*results),
    )
    assert found.weights == (4 * A_QUESTION, 4 * A_QUESTION)


def test_images_without_references_and_failed_ones_are_somebodys_too() -> None:
    gone = ImageResult("gone", (), reason="gone: {glob: x*} matches none of 3 tags")
    found = made(config("none:1", "gone:1"), planned(gone))
    assert found.shard_of.keys() == {"none", "gone"}


def test_pulls_go_to_what_is_urgent_wherever_it_is() -> None:
    where = config("stale:1", "{name: first, tags: ['1'], priority: 5}", "new:1", docker_hub="{keep_pulls: 10}")
    stale = replace(image("stale:1", place("stale:1", Action.COPIED)), pulls=9)
    plan = planned(stale, unseen("first:1", pulls=5), unseen("new:1", pulls=4), remaining=20)
    found = made(where, plan)
    assert found.pulls is not None
    assert sum(found.pulls) == 10, "what is left above the floor"
    needed = {1: 0, 2: 0}
    for name, pulls in (("first", 5), ("new", 4)):
        needed[found.shard_of[name]] += pulls
    assert all(found.pulls[shard - 1] >= pulls for shard, pulls in needed.items())


def test_without_a_limit_nothing_is_allotted() -> None:
    assert made(config("aa:1"), planned(unseen("aa:1", pulls=4))).pulls is None


def test_below_the_floor_nobody_gets_anything() -> None:
    plan = planned(unseen("aa:1", pulls=4), remaining=5)
    assert made(config("aa:1", docker_hub="{keep_pulls: 10}"), plan).pulls == (0, 0)
