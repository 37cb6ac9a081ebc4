from dataclasses import replace

import pytest

from mirror.copier.progress import Moved
from mirror.report.lines import coloured, result_line, summary
from mirror.report.model import Action, ImageResult
from mirror.report.text import TextLog
from tests import reports
from tests.support import FakeClock


class Log:
    """A `TextLog` and what it wrote."""

    def __init__(self, *, colours: bool = False) -> None:
        self.lines: list[str] = []
        self.clock = FakeClock()
        self.log = TextLog(self.lines.append, colours=colours, clock=self.clock.monotonic)

    def start(self, *images: ImageResult, dry_run: bool = False) -> None:
        self.log.started(
            images=len(images), source="docker.io", destinations=["public"], anonymous=False, dry_run=dry_run
        )
        self.log.planned(images)

    def take(self) -> list[str]:
        taken, self.lines[:] = list(self.lines), []
        return taken


def copied(name: str) -> ImageResult:
    return reports.image(name, reports.place(name, Action.COPIED))


def unchanged(name: str) -> ImageResult:
    return reports.image(name, reports.place(name, Action.UNCHANGED))


def test_the_first_lines_say_what_is_asked_for_and_what_there_is_to_do() -> None:
    log = Log()
    log.log.started(
        images=2, source="docker.io", destinations=["private (x)", "public (y)"], anonymous=True, dry_run=True
    )
    log.log.planned([copied("maven:3"), unchanged("redis:7")])
    lines = log.take()
    assert lines[:4] == [
        "2 references from docker.io to private (x) and public (y)",
        "reading anonymously: the pull quota is that of this address, which others may share",
        "dry run: nothing is changed",
        "plan: 1 to copy, 1 unchanged",
    ]
    assert [line.split()[:3] for line in lines[4:]] == [
        ["to", "copy", "maven:3"],
        ["unchanged", "redis:7", "sha256:" + reports.digest("redis:7")[7:19]],
    ]
    assert len(lines) <= 10


def test_hundreds_of_unchanged_references_are_only_counted() -> None:
    log = Log()
    log.start(*(unchanged(f"redis:{n}") for n in range(400)))
    assert log.take()[1:] == ["plan: 400 unchanged"]


def test_tags_of_an_image_stand_together_whenever_they_end() -> None:
    log = Log()
    images = {name: copied(name) for name in ("maven:3", "node:1", "maven:4", "node:2", "redis:7")}
    log.start(*images.values())
    log.take()
    for name in ("node:1", "maven:3", "redis:7", "node:2"):
        log.log.finished(images[name])
    assert [line.split()[1] for line in log.take()] == ["redis:7", "node:1", "node:2"]
    log.log.ended(reports.report(*images.values()))
    lines = log.take()
    assert lines[0].split()[1] == "maven:3", "what was held back is told at the end at the latest"
    assert lines[1].startswith("done: ")


def test_progress_has_bytes_rate_and_time_left_at_a_steady_pace() -> None:
    log = Log()
    log.start()
    log.take()
    mib = reports.MIB
    for second in range(1, 21):
        log.clock.now += 1
        log.log.moving(Moved(downloaded=second * 10 * mib, expected=400 * mib))
    assert log.take() == [
        "… 50.0 MiB of 400 MiB read",
        "… 100 MiB of 400 MiB read, 10.0 MiB/s, about 30 s left",
        "… 150 MiB of 400 MiB read, 10.0 MiB/s, about 25 s left",
        "… 200 MiB of 400 MiB read, 10.0 MiB/s, about 20 s left",
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


def test_the_last_lines_say_what_needs_somebody_and_what_it_came_to() -> None:
    lines = summary(reports.failing())
    assert lines[:2] == ["failed: node:22: denied: no permission for PutImage", "  → Deploy the stacks again."]
    assert "failed: ghost: 'x*' matches none of 12 tags" in lines
    assert lines[-2] == "done: 1 kept, 1 re-tagged, 1 copied, 1 deferred, 1 gone upstream, 3 failed"
    assert lines[-1] == "6 pulls used, 186 of 200 in 6 h left; 120 MiB read, 120 MiB written, 41 s"


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
    assert lines[10] == "and 290 more kinds of trouble: see the lines above, or the report"


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
