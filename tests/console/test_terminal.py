"""`python3 -m mirror` on a real terminal, and off it."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mirror import settings
from mirror.oci.platform import Platform
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder, Layer
from sandbox.registries.server import Registries
from tests.terminal import CHECKOUT, CTRL_C, HIDDEN, SHOWN, Terminal

pytestmark = pytest.mark.slow

MIB = 1024**2
CONFIG = "version: 1\nprivate: {}\npublic: false\ndefaults: {to: [private]}\nimages: [{name: app, tags: ['1', '2']}]\n"
BAR = "━"


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Until it is set, half of the large layer is on its way."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def command(registries: Registries, tmp_path: Path, gate: threading.Event) -> list[str]:
    """Mirrors a tiny image, and one with a layer of 8 MiB that comes in two halves."""
    builder = ImageBuilder(registries.hub, "library/app")
    builder.small(["1"])
    large = builder.image(Platform("linux", "amd64"), [Layer("large", 8 * MIB)], name="large", tag="2")
    digest = large.blobs[-1].digest
    registries.faults.add(Fault(registry="cdn", method="GET", reference=digest, half_until=gate))
    file = tmp_path / "mirror.yaml"
    file.write_text(CONFIG)
    url = registries.plain("mine")
    return [sys.executable, "-m", "mirror", "sync", "--config", str(file), "--private", url]


@pytest.fixture
def environ(registries: Registries) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TERM", "COLUMNS", "LINES"}}
    return {**kept, settings.SOURCE: registries.hub_url}


def bars(text: str) -> list[int]:
    """How far the bar of the bytes is, in every picture of it."""
    return [line.count(BAR) for line in text.replace("\r", "\n").splitlines() if " bytes " in f"{line} "]


def test_bars_appear_and_move_and_go(command: list[str], environ: dict[str, str], gate: threading.Event) -> None:
    with Terminal(command, environ={**environ, "NO_COLOR": "1"}) as terminal:
        half = bars(terminal.wait_for("4.0 MiB of 8.0 MiB read"))
        assert "1/2" in terminal.wait_for("1/2")
        gate.set()
        assert terminal.end() == 0
        text = terminal.text
        assert bars(text)[-1] > half[-1] > 0, "it moved"
        last = text.rpartition("all done: 2 copied")
        assert last[1], text
        assert BAR not in last[2].replace("─", ""), "nothing is left of the bars below the end"
        # The table of what was done comes before the verdict.
        assert " ".join(last[0].split()).count("image tag digest to size") == 1
        assert terminal.raw.rindex(SHOWN) > terminal.raw.rindex(HIDDEN)


def test_colours_are_a_matter_of_taste(command: list[str], environ: dict[str, str], gate: threading.Event) -> None:
    gate.set()
    with Terminal(command, environ=environ) as terminal:
        assert terminal.end() == 0
        assert "\x1b[32mcopied" in terminal.raw
    with Terminal(command, environ={**environ, "NO_COLOR": "1"}) as terminal:
        assert terminal.end() == 0
        assert "m" not in {code[-1] for code in terminal.raw.split("\x1b[")[1:] if code[:1].isdigit() and code[-1:]}
        assert "\x1b[3" not in terminal.raw
        assert HIDDEN in terminal.raw, "bars without colours"


def test_a_dumb_terminal_gets_lines(command: list[str], environ: dict[str, str], gate: threading.Event) -> None:
    gate.set()
    with Terminal(command, environ={**environ, "TERM": "dumb"}) as terminal:
        assert terminal.end() == 0
        assert "\x1b" not in terminal.raw
        assert "all done: 2 copied" in terminal.raw


def test_piped_there_are_lines(command: list[str], environ: dict[str, str], gate: threading.Event) -> None:
    gate.set()
    done = subprocess.run(command, cwd=CHECKOUT, env={**environ, "TERM": "xterm"}, capture_output=True, check=True)
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"all done: 2 copied" in done.stdout
    assert done.stderr == b""


def test_the_bars_follow_the_window(command: list[str], environ: dict[str, str], gate: threading.Event) -> None:
    with Terminal(command, environ={**environ, "NO_COLOR": "1"}, size=(30, 120)) as terminal:
        before = terminal.wait_for("4.0 MiB of 8.0 MiB read")
        terminal.resize(30, 60)
        count = len(before)
        # Some pictures later the one that was being drawn is over, and so is what was told by the old width.
        after = terminal.wait_for(lambda text: text[count:].count(" bytes ") >= 12)[count:]
        gate.set()
        assert terminal.end() == 0
    pictures = [line for line in after.replace("\r", "\n").splitlines() if " bytes " in line]
    assert max(len(line) for line in before.replace("\r", "\n").splitlines() if " bytes " in line) > 60
    assert len(pictures[-2].rstrip()) <= 60
    assert BAR in pictures[-2]
    assert "4.0 MiB of 8.0 MiB read" in pictures[-2]


def test_ctrl_c_leaves_the_terminal_as_it_was(command: list[str], environ: dict[str, str]) -> None:
    with Terminal(command, environ=environ) as terminal:
        terminal.wait_for("4.0 MiB of 8.0 MiB read")
        terminal.wait_for("1/2")
        assert HIDDEN in terminal.raw
        terminal.press(CTRL_C)
        assert terminal.end() == 130
        assert terminal.raw.rindex(SHOWN) > terminal.raw.rindex(HIDDEN)
        assert "stopped by SIGINT after 1 of 2 references: what is mirrored is complete" in terminal.text
        assert "Traceback" not in terminal.text


def test_json_is_clean_while_the_view_is_on_the_terminal(
    command: list[str], environ: dict[str, str], gate: threading.Event, tmp_path: Path
) -> None:
    out = tmp_path / "report.json"
    with Terminal([*command, "--json"], environ=environ, stdout=out) as terminal:
        terminal.wait_for("4.0 MiB of 8.0 MiB read")
        gate.set()
        assert terminal.end() == 0
        assert HIDDEN in terminal.raw
        assert "all done: 2 copied" in terminal.text
    assert json.loads(out.read_text())["dryRun"] is False


def test_a_plan_is_a_table(command: list[str], environ: dict[str, str], registries: Registries) -> None:
    registries.faults.clear()
    plan = [*command[:3], "plan", *command[4:]]
    with Terminal(plan, environ=environ) as terminal:
        assert terminal.end() == 0
        words = " ".join(terminal.text.split())
        assert "image tag digest to size" in words
        assert "to copy app 1 sha256:" in words
        assert "would be: 2 to copy" in terminal.text


@pytest.mark.parametrize("taste", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_the_doctors_findings_have_colours_where_they_are_wanted(
    command: list[str], environ: dict[str, str], registries: Registries, taste: dict[str, str]
) -> None:
    registries.faults.clear()
    with Terminal([*command[:3], "doctor", *command[4:]], environ={**environ, **taste}) as terminal:
        assert terminal.end() == 0
        assert "permissions in private: 2 calls tried" in terminal.text
        assert ("\x1b[32mok" in terminal.raw) is (not taste)


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The engine as a build has it."""
    place = tmp_path / "alone"
    shutil.copytree(CHECKOUT / "mirror", place / "mirror", ignore=shutil.ignore_patterns("__pycache__"))
    return place


@pytest.mark.parametrize("take_away", ["the package", "its library"])
def test_where_nothing_draws_there_are_lines(
    command: list[str],
    environ: dict[str, str],
    gate: threading.Event,
    alone: Path,
    take_away: str,
) -> None:
    gate.set()
    if take_away == "its library":
        shutil.copytree(CHECKOUT / "console", alone / "console", ignore=shutil.ignore_patterns("__pycache__"))
        (alone / "rich.py").write_text("raise ImportError('not installed')\n")
    environ.pop("PYTHONPATH", None)
    with Terminal(command, environ=environ, cwd=alone) as terminal:
        assert terminal.end() == 0
        assert HIDDEN not in terminal.raw
        assert "\x1b[32mcopied" in terminal.raw
        assert "all done: " in terminal.text


def test_what_draws_or_keeps_reports_is_not_loaded_where_nobody_asks_for_it(
    registries: Registries, tmp_path: Path
) -> None:
    ImageBuilder(registries.hub, "library/app").small(["1", "2"])
    file = tmp_path / "mirror.yaml"
    file.write_text(CONFIG)
    program = (
        "import sys; from mirror import cli; "
        f"cli.main(['plan', '--config', {str(file)!r}, '--private', {registries.plain('mine')!r}]); "
        "print(sorted({'rich', 'console', 'mirror.report.views', 'mirror.publish'} & sys.modules.keys()))"
    )
    environ = {**os.environ, settings.SOURCE: registries.hub_url}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
