"""What is written after a run, under which name.

`status.html`, `report.json` and `report.md` are always those of the last run, and `runs/` has those of every run by
its time. A dry run writes `plan.*` instead, and only where it was asked to: it must not hide what is true. Which files
there are is for the views to say, each in its own module.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mirror.errors import MirrorError
from mirror.publish.shelves import Shelf
from mirror.report import earlier
from mirror.report.cost import Usage, observed
from mirror.report.model import DestinationResult, ImageResult, RunReport
from mirror.report.recall import recall
from mirror.transport.redact import redact

if TYPE_CHECKING:
    from mirror.report.views import View

STATUS = "status.html"
REPORT = "report.json"
RUNS = "runs/"


def finish(report: RunReport, memory: Shelf | None, *, partial: bool, environ: Mapping[str, str]) -> RunReport:
    """The report with what the last one knew, without secrets, and with the build that made it.

    `partial`: the run was asked about some references only. An earlier report that cannot be read is a note.
    """
    notes: tuple[str, ...] = ()
    found = None
    if memory is not None:
        try:
            content = memory.read(REPORT)
        except MirrorError as err:
            notes = (f"no earlier report: {err}",)
        else:
            document = earlier.load(content) if content is not None else None
            found = earlier.read(document) if document is not None else None
    report = recall(report, found, partial=partial)
    return replace(
        report,
        images=tuple(_without_secrets(image) for image in report.images),
        notes=tuple(redact(note) for note in (*report.notes, *notes)),
        build=environ.get("CODEBUILD_BUILD_ID", ""),
        build_url=environ.get("CODEBUILD_BUILD_URL", ""),
    )


def publish(
    report: RunReport, *, directory: Shelf | None, bucket: Shelf | None, usage: Usage | None = None
) -> list[MirrorError]:
    """Write everything; what could not be written."""
    if directory is None and bucket is None:
        return []
    # Not before they are wanted: these take 20 ms to import, a tenth of a run that finds nothing to do.
    from mirror.report.views import views  # noqa: PLC0415

    made = [(view, view.files(report, usage or observed(report.past))) for view in views()]
    problems: list[MirrorError] = []
    if directory is not None:
        problems += _write(directory, ((name, text, view) for view, files in made for name, text in files.items()))
    if bucket is not None and not report.dry_run:
        stamp = f"{RUNS}{report.started:%Y/%m/%d/%H%M%S}"
        kept = [(name, text, view) for view, files in made if view.is_kept for name, text in files.items()]
        dated = [(f"{stamp}.{view.suffix}", text, view) for _, text, view in kept if view.is_dated]
        # The stable names last: whoever sees them finds the dated ones too.
        problems += _write(bucket, (*dated, *kept))
    return problems


def page_name(report: RunReport) -> str:
    """The status page's name."""
    return "plan.html" if report.dry_run else STATUS


def _write(shelf: Shelf, files: Iterable[tuple[str, bytes, "View"]]) -> Sequence[MirrorError]:
    for name, content, view in files:
        try:
            shelf.write(name, content, view.media_type)
        except MirrorError as err:
            return [err]  # the others would fail likewise
    return []


def _without_secrets(image: ImageResult) -> ImageResult:
    return replace(
        image,
        reason=redact(image.reason),
        advice=redact(image.advice),
        notes=tuple(redact(note) for note in image.notes),
        destinations=tuple(_place_without_secrets(each) for each in image.destinations),
    )


def _place_without_secrets(result: DestinationResult) -> DestinationResult:
    return replace(result, reason=redact(result.reason), advice=redact(result.advice))
