"""What moves on a terminal while the demo works: a spinner for the CDK CLI, bars for a build. Elsewhere nothing does.

The bars show what is so, not what a log says: the phases that CodeBuild tells, and the tags, pulls and bytes that the
registries have seen.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mirror.config.model import ExplicitTag, MirrorConfig
from mirror.report.units import bytes_text, count_text
from sandbox.registries.server import Registries

PHASES = (
    "SUBMITTED",
    "QUEUED",
    "PROVISIONING",
    "DOWNLOAD_SOURCE",
    "INSTALL",
    "PRE_BUILD",
    "BUILD",
    "POST_BUILD",
    "UPLOAD_ARTIFACTS",
    "FINALIZING",
)
"""Of a build that comes to its end, as CodeBuild goes through them."""


def tags_wanted(config: MirrorConfig) -> int | None:
    """How many tags the registries are to hold; `None` where patterns say that only Docker Hub knows."""
    if not all(isinstance(selector, ExplicitTag) for image in config.images for selector in image.selectors):
        return None
    return sum(len(image.selectors) * len(image.to) for image in config.images)


class Watching:
    """Draws on a terminal, above which lines may be printed as ever."""

    def __init__(self, console: Console, registries: Registries, wanted: int | None) -> None:
        self._console = console
        self._registries = registries
        self._wanted = wanted

    @property
    def _moves(self) -> bool:
        return self._console.is_terminal and not self._console.is_dumb_terminal

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Something of which nothing is known but that it goes on."""
        with self._progress() as progress:
            progress.add_task(title, total=None, told="")
            yield

    @contextmanager
    def build(self) -> Iterator["BuildBars"]:
        """One build."""
        with self._progress() as progress:
            yield BuildBars(progress, self._registries, self._wanted)

    def _progress(self) -> Progress:
        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[told]}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._moves,
        )


class BuildBars:
    """The bars of one build."""

    def __init__(self, progress: Progress, registries: Registries, wanted: int | None) -> None:
        self._progress = progress
        self._registries = registries
        self._wanted = wanted
        self._pulls = registries.hub_state.pulls
        self._phases = progress.add_task("phases", total=len(PHASES), told="")
        self._tags = progress.add_task("tags", total=wanted, told="")

    def show(self, build: Any) -> None:
        """What `BatchGetBuilds` tells of it, and what the registries have seen."""
        if self._progress.disable:
            return
        over = sum("endTime" in phase for phase in build.get("phases", ()) if phase["phaseType"] in PHASES)
        self._progress.update(self._phases, completed=over, told=str(build.get("currentPhase", "")))
        held = self._held()
        moved = sum(entry.bytes_out for entry in self._registries.log.matching(registry="cdn"))
        of = f"/{self._wanted}" if self._wanted is not None else ""
        pulls = count_text(self._registries.hub_state.pulls - self._pulls, "pull")
        self._progress.update(self._tags, completed=held, told=f"{held}{of}, {pulls}, {bytes_text(moved)} read")

    def _held(self) -> int:
        stores = [service.store for service in (*self._registries.private.regions.values(), self._registries.public)]
        return sum(len(repository.tags) for store in stores for repository in list(store.repositories.values()))
