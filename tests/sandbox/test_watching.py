import io
from typing import Any

import pytest
from rich.console import Console

from mirror.config import reader
from sandbox.registries.access_log import Entry
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.watching import PHASES, Watching, tags_wanted

BUILD = {
    "currentPhase": "BUILD",
    "phases": [{"phaseType": name, "endTime": 1} for name in PHASES[:6]] + [{"phaseType": "BUILD"}],
}


@pytest.fixture
def registries() -> Registries:
    """Ones that nobody has to reach."""
    found = Registries()
    found.private["eu-central-1"].create_repository("app")
    ImageBuilder(found.private["eu-central-1"].store, "app").small(["1", "2"])
    found.hub_state.pulls = 9
    return found


def drawn(registries: Registries, *, terminal: bool, wanted: int | None, **environ: str) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, color_system=None, _environ=environ)
    watching = Watching(console, registries, wanted)
    with watching.step("cdk deploy"):
        console.print("a line")
    with watching.build() as bars:
        bars.show({})
        registries.hub_state.pulls += 3
        registries.log.add(Entry("cdn", "GET", "blob", bytes_out=2048))
        bars.show(BUILD)
    return out.getvalue()


def test_a_build_is_shown_by_what_codebuild_and_the_registries_know(registries: Registries) -> None:
    text = drawn(registries, terminal=True, wanted=6, TERM="xterm")
    assert "cdk deploy" in text
    assert "a line\n" in text
    assert "BUILD" in text
    assert "2/6, 3 pulls, 2.0 KiB read" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_where_only_docker_hub_knows_how_many_tags_there_are_they_are_counted(registries: Registries) -> None:
    assert " 2, 3 pulls" in drawn(registries, terminal=True, wanted=None, TERM="xterm")


@pytest.mark.parametrize(("terminal", "environ"), [(False, {}), (True, {"TERM": "dumb"})])
def test_elsewhere_there_are_only_lines(registries: Registries, terminal: bool, environ: dict[str, str]) -> None:
    assert drawn(registries, terminal=terminal, wanted=6, **environ) == "a line\n"


@pytest.mark.parametrize(
    ("images", "count"),
    [
        ("[maven:3, {name: redis, tags: ['7', '8'], to: [private, public]}]", 5),
        ("[{name: app, tags: [{glob: '*'}]}]", None),
    ],
)
def test_how_many_tags_are_wanted(images: str, count: Any) -> None:
    text = f"version: 1\nprivate: {{}}\npublic: {{}}\ndefaults: {{to: [private]}}\nimages: {images}\n"
    assert tags_wanted(reader.read_text(text, source="mirror.yaml")) == count
