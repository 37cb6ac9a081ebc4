from collections.abc import Sequence
from dataclasses import replace

import pytest

from mirror.copier.progress import Moved
from mirror.registry.protocols import PullQuota
from mirror.report.events import Opening
from mirror.report.lines import coloured, result_line, summary, used
from mirror.report.model import Action, ImageResult, RunReport
from mirror.report.steady import PER_SECOND
from mirror.report.text import SHOWN_AT_ONCE, TextLog
from tests import reports
from tests.support import FakeClock


class Log:
    """A `TextLog` and what it wrote."""

    def __init__(self, *, colours: bool = False) -> None:
        self.lines: list[str] = []
        self.told: list[str] = []
        self.clock = FakeClock()
        self.log = TextLog(self.lines.append, colours=colours, clock=self.clock.monotonic)

    def start(self, *images: ImageResult, dry_run: bool = False) -> None:
        self.log.started(Opening(1, "docker.io", {"public": reports.PUBLIC}, dry_run=dry_run))
        self.log.planned(images, None)

    def take(self) -> list[str]:
        taken, self.lines[:] = list(self.lines), []
        return taken


def copied(name: str) -> ImageResult:
    return reports.image(name, reports.place(name, Action.COPIED))


def unchanged(name: str) -> ImageResult:
    return reports.image(name, reports.place(name, Action.UNCHANGED))


def test_the_first_lines_say_what_is_asked_for_and_what_there_is_to_do() -> None:
    log = Log()
    opening = Opening(
        images=2,
        source="docker.io",
        destinations={"private": reports.PRIVATE, "public": reports.PUBLIC},
        user="me",
        deadline_seconds=3300.0,
        keep_pulls=10,
    )
    log.log.started(opening)
    log.log.planned([copied("maven:3"), unchanged("redis:7")], PullQuota(200, 186, 21600, "203.0.113.7"))
    lines = log.take()
    assert lines[:6] == [
        "2 images from docker.io, as me",
        f"  to private: {reports.PRIVATE}",
        f"  to public: {reports.PUBLIC}",
        "stops after 55 min; what is left then is for the next run",
        "pull budget: 186 of 200 in 6 h left, 10 of them kept for others, counted for 203.0.113.7",
        "plan for 2 references: 1 to copy, 1 unchanged; 3 pulls",
    ]
    assert [line.split()[:2] for line in lines[6:]] == [["unchanged", "redis:7"]]
    assert len(lines) <= 10


def test_a_plan_begins_with_what_it_does_not_do_and_names_every_reference() -> None:
    log = Log()
    log.log.started(Opening(2, "docker.io", anonymous=True, dry_run=True))
    log.log.planned([copied(f"maven:{n}") for n in range(300)], None)
    lines = log.take()
    assert lines[:4] == [
        "dry run: nothing is changed",
        "2 images from docker.io",
        "  to nowhere",
        "reading anonymously: the pull quota is that of this address, which others may share",
    ]
    assert [line.split()[2] for line in lines[5:]] == [f"maven:{n}" for n in range(300)]


def test_hundreds_of_unchanged_references_are_only_counted() -> None:
    log = Log()
    log.start(*(unchanged(f"redis:{n}") for n in range(400)))
    assert log.take()[2:] == ["plan for 400 references: 400 unchanged"]


def test_tags_of_an_image_stand_together_whenever_they_end() -> None:
    log = Log()
    images = {name: copied(name) for name in ("maven:3", "node:1", "maven:4", "node:2", "redis:7")}
    log.start(*images.values())
    log.take()
    for name in ("node:2", "maven:3", "redis:7", "node:1"):
        log.log.finished(images[name])
        log.clock.now += 1
    assert [line.split()[1] for line in log.take()] == ["redis:7", "node:1", "node:2"], "in the order of the plan"
    log.log.ended(reports.report(*images.values()))
    lines = log.take()
    assert lines[0].split()[1] == "maven:3", "what was held back is told at the end at the latest"
    assert lines[1].startswith("all done: ")


def test_nothing_comes_between_the_tags_of_an_image() -> None:
    log = Log()
    images = [copied(f"maven:{n}") for n in range(8)]
    log.start(*images)
    for image in images:
        log.log.finished(image)
    log.log.note("waiting 60 s: HTTP 503")
    for second in range(1, 8):
        log.clock.now += 1
        log.log.moving(Moved(second, second, 100))
    lines = [line.split()[1] for line in log.take()[3:]]
    assert lines[:9] == [*(f"maven:{n}" for n in range(8)), "60"]


def test_an_image_of_hundreds_of_tags_is_a_line_for_each_thing_that_was_done() -> None:
    log = Log()
    images = [copied(f"tiny:{n}") for n in range(300)]
    failed = reports.image("tiny:x", reports.place("tiny:x", Action.FAILED, reason="HTTP 503"))
    log.start(*images, failed)
    log.take()
    for image in images:
        log.log.finished(image)
    assert log.take() == ["copied        tiny: 0, 1, 2, 3, 4 and 295 more  17.6 GiB read, 17.6 GiB written, 900 pulls"]


def seconds_of(log: Log, images: Sequence[ImageResult], *, each: float) -> dict[int, int]:
    """How many lines there are in every second of a run in which one image ends after the other."""
    log.start(*images)
    log.take()
    counts: dict[int, int] = {}
    for number, image in enumerate(images):
        log.clock.now += each
        log.log.finished(image)
        log.log.note(f"waiting 60 s: {number}")
        log.log.moving(Moved(number, number, len(images)))
        counts[int(log.clock.now)] = counts.get(int(log.clock.now), 0) + len(log.lines)
        log.told += log.take()
    return counts


@pytest.mark.parametrize("each", [0.001, 0.02, 0.2, 1.0])
def test_there_are_never_more_than_a_few_lines_a_second(each: float) -> None:
    log = Log()
    images = [copied(f"image-{n}:1") for n in range(2000)]
    counts = seconds_of(log, images, each=each)
    # As many at once after a silence, and as many in the second that follows.
    assert max(counts.values()) <= 2 * PER_SECOND
    assert sum(counts.values()) <= PER_SECOND * (2000 * each + 1)
    log.log.ended(reports.report(*images))
    log.told += log.take()
    told = sum(line.startswith("copied ") for line in log.told)
    counted = sum(int(line.split()[2]) for line in log.told if line.startswith("… and "))
    assert told + counted == 2000, "every reference is told, or counted"
    assert len(log.lines) <= SHOWN_AT_ONCE + 3


def test_waits_that_many_threads_begin_at_once_are_one_line() -> None:
    log = Log()
    log.start()
    log.take()
    for number in range(16):
        log.log.note(f"waiting 60 s: {number}")
    log.clock.now += 1
    log.log.moving(Moved())
    assert log.take() == [
        "waiting 60 s: 0",
        "waiting 60 s: 1",
        "waiting 60 s: 2",
        "waiting 60 s: 3 (and 12 more like it)",
    ]


def test_explanations_were_asked_for_so_all_are_given() -> None:
    log = Log()
    for number in range(100):
        log.log.explained(f"in  maven:{number}: named\x1b[2J")
    assert len(log.lines) == 100
    assert "\x1b" not in "".join(log.lines)


def test_progress_has_bytes_rate_and_time_left_at_a_steady_pace() -> None:
    log = Log()
    log.start()
    log.take()
    mib = reports.MIB
    for second in range(1, 21):
        log.clock.now += 1
        log.log.moving(Moved(downloaded=second * 10 * mib, expected=400 * mib))
    assert log.take() == [
        "… 0 of 0 done, 50.0 MiB of 400 MiB read",
        "… 0 of 0 done, 100 MiB of 400 MiB read, 10.0 MiB/s, about 30 s left",
        "… 0 of 0 done, 150 MiB of 400 MiB read, 10.0 MiB/s, about 25 s left",
        "… 0 of 0 done, 200 MiB of 400 MiB read, 10.0 MiB/s, about 20 s left",
    ]
    log.clock.now += 3600
    log.log.moving(Moved(downloaded=200 * mib, expected=400 * mib, uploaded=1))
    log.clock.now += 10
    log.log.moving(Moved(downloaded=300 * mib, expected=400 * mib, uploaded=2))
    assert len(log.take()) == 1, "after an hour, not every five seconds"


def test_nothing_moves_nothing_is_said() -> None:
    log = Log()
    log.start()
    log.take()
    for _ in range(3):
        log.clock.now += 10
        log.log.moving(Moved(1, 1, 2))
    assert len(log.take()) == 1


def test_the_last_lines_say_what_needs_somebody_the_worst_last_and_what_it_came_to() -> None:
    lines = summary(reports.failing())
    assert lines[0] == "gone upstream: openjdk:11: the tag no longer exists upstream"
    assert lines[-4:] == [
        "failed: node:22: denied: no permission for PutImage",
        "  → Deploy the stacks again.",
        "3 of 8 references failed: 1 kept, 1 re-tagged, 1 copied, 1 deferred, 1 gone upstream, 3 failed",
        "6 pulls used, 186 of 200 in 6 h left; 120 MiB read, 120 MiB written, 41 s",
    ]
    assert "failed: ghost: 'x*' matches none of 12 tags" in lines


@pytest.mark.parametrize(
    ("actions", "verdict"),
    [
        ([Action.COPIED, Action.KEPT], "all done: 1 kept, 1 copied"),
        ([Action.DEFERRED, Action.GONE], "nothing failed, 1 of 2 references for a later run: "),
        ([Action.GONE, Action.COPIED], "nothing failed, but see above: "),
        ([Action.FAILED], "1 of 1 reference failed: 1 failed"),
        ([], "all done: nothing"),
    ],
)
def test_the_verdict(actions: list[Action], verdict: str) -> None:
    images = [reports.image(f"a:{n}", reports.place(f"a:{n}", action)) for n, action in enumerate(actions)]
    assert summary(reports.report(*images))[-2].startswith(verdict)


def test_what_is_deferred_is_nobodys_business() -> None:
    image = reports.image("a:1", reports.place("a:1", Action.DEFERRED, reason="no pulls are left"))
    assert summary(reports.report(image))[:2] == [
        "deferred: a:1: no pulls are left",
        "  → Nothing has to be done: a later run does it, what was never mirrored first.",
    ]


def test_one_reason_is_told_once_however_many_it_befell() -> None:
    reason, advice = "503 Service Unavailable", "Try again later."
    images = [
        reports.image(f"a:{n}", reports.place(f"a:{n}", Action.FAILED, reason=reason, advice=advice))
        for n in range(300)
    ]
    lines = summary(reports.report(*images))
    assert len(lines) == 4
    assert lines[0] == f"failed: a:0, a:1, a:2, a:3, a:4 and 295 more: {reason}"
    different = [
        reports.image(f"b:{n}", reports.place(f"b:{n}", Action.FAILED, reason=f"error {n}")) for n in range(300)
    ]
    lines = summary(reports.report(*different))
    assert len(lines) == 13
    assert lines[0] == "and 290 more kinds of trouble: see the lines above, or the report"
    assert lines[10] == "failed: b:0: error 0"


def test_a_terminal_is_not_told_what_to_do_by_a_registry() -> None:
    image = reports.image(
        "a:1\x1b[2J", reports.place("a:1", Action.FAILED, reason="x\r\n\x1b]0;owned\x07y", advice="\x9b1m")
    )
    log = Log(colours=False)
    log.start(image)
    log.log.note("wait\x1b[2J\nhere")
    log.log.ended(replace(reports.report(image), notes=("a\x00b",)))
    text = "\n".join(log.take())
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "failed: a:1 [2J: x ]0;owned y" in text


@pytest.mark.parametrize("colours", [False, True])
def test_colours_only_where_they_are_wanted(*, colours: bool) -> None:
    log = Log(colours=colours)
    log.start(unchanged("redis:7"))
    log.log.ended(reports.failing())
    assert ("\x1b[" in "\n".join(log.take())) is colours


def test_a_line_can_be_found_by_its_reference() -> None:
    line = result_line(copied("maven:3"), width=10, dry_run=False, paint=coloured)
    assert line.startswith("\x1b[32mcopied       \x1b[0m maven:3     sha256:")
    assert line.endswith("public  60.0 MiB read, 60.0 MiB written, 3 pulls, 1.5 s")


def test_when_it_is_stopped_it_says_how_far_it_came() -> None:
    log = Log()
    assert log.log.stopped() == ""
    log.start(copied("maven:3"), copied("redis:7"), unchanged("node:1"))
    log.log.finished(copied("maven:3"))
    assert log.log.stopped() == "after 1 of 2 references"


def test_a_plan_whose_sizes_nobody_knows_says_so_instead_of_nothing() -> None:
    planned = reports.report(reports.image("a:1", reports.place("a:1", Action.COPIED)), dry_run=True)
    unchanged = reports.report(reports.image("a:1", reports.place("a:1", Action.UNCHANGED)), dry_run=True)
    assert "how much there is to read nobody tells" in used(replace(planned, images=_of_no_size(planned)))
    assert "about 0 B to read" in used(replace(unchanged, images=_of_no_size(unchanged)))


def _of_no_size(report: RunReport) -> tuple[ImageResult, ...]:
    return tuple(replace(image, bytes_downloaded=0) for image in report.images)
