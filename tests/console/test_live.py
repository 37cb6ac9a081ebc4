import io
import re

import pytest
from rich.console import Console

from console.live import LiveView
from mirror.copier.progress import Moved
from mirror.report.events import Opening
from mirror.report.model import Action, RunReport
from tests import reports


def show(report: RunReport) -> str:
    """What a terminal of 120 columns is sent by a whole run."""
    out = io.StringIO()
    view = LiveView(Console(file=out, force_terminal=True, width=120, color_system="standard"))
    where = {"public": reports.PUBLIC}
    view.started(Opening(len(report.images), "docker.io", where, anonymous=True, dry_run=report.dry_run))
    view.planned(report.images, report.quota_before)
    if not report.dry_run:
        view.moving(Moved(10 * reports.MIB, 0, 100 * reports.MIB))
        for image in report.with_action(Action.COPIED, Action.RETAGGED):
            view.finished(image)
    view.note("Docker Hub asks to wait 3 s")
    view.ended(report)
    return out.getvalue()


def test_a_run_has_bars_and_ends_with_the_summary() -> None:
    text = show(reports.small())
    assert "images" in text
    assert "━" in text
    assert "2/2" in text
    assert "10.0 MiB of 100 MiB read" in text
    assert "\x1b[32mcopied        maven:3.6.3-jdk-11" in text
    assert text.rstrip().endswith("written, 41 s")


def test_a_plan_is_a_table() -> None:
    images = [reports.image(f"a:{n}", reports.place(f"a:{n}", Action.COPIED)) for n in range(80)]
    text = show(reports.report(*images, dry_run=True))
    assert "to copy" in text
    assert re.search(r"to copy\S* +a +0 ", text.replace("\x1b[0m", "")), "an image's name once"
    assert re.search(r"to copy\S* +59 ", text.replace("\x1b[0m", ""))
    assert "and 20 more" in text


def test_text_from_registries_is_no_markup_and_no_command() -> None:
    name = "evil:[bold]x[/bold]\x1b[2J"
    image = reports.image(name, reports.place(name, Action.FAILED, reason="[link=http://x]\x1b]0;owned\x07"))
    for dry_run in (False, True):
        text = show(reports.report(image, dry_run=dry_run))
        assert "[bold]x[/bold]" in text
        assert "\x1b[2J" not in text
        assert "\x1b]0;" not in text


@pytest.mark.parametrize("report", [reports.report(), reports.failing()])
def test_whatever_happened_it_ends(report: RunReport) -> None:
    assert " pulls used" in show(report)
