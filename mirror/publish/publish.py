"""What is written after a run, under which name.

`status.html`, `report.json` and `report.md` are always those of the last run, and `runs/` has those of every run by
its time. A dry run writes `plan.*` instead, and only where it was asked to: it must not hide what is true.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mirror.errors import MirrorError
from mirror.publish.shelves import Shelf
from mirror.report import earlier
from mirror.report.cost import Usage, estimate, observed
from mirror.report.model import DestinationResult, ImageResult, RunReport
from mirror.report.recall import recall
from mirror.transport.redact import redact

STATUS = "status.html"
REPORT = "report.json"
RUNS = "runs/"

_JSON, _HTML = "application/json", "text/html; charset=utf-8"
_MARKDOWN, _XML = "text/markdown; charset=utf-8", "application/xml"


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
    from mirror.report import junit  # noqa: PLC0415

    views = _views(report, usage or observed(report.past))
    problems: list[MirrorError] = []
    if directory is not None:
        name = "plan" if report.dry_run else "report"
        files = {page_name(report): views["html"], f"{name}.json": views["json"], f"{name}.md": views["md"]}
        if not report.dry_run:
            # A plan is no test of anything: CodeBuild's trends are about runs.
            parts = enumerate(junit.render(report), start=1)
            files |= {f"junit-{number}.xml": (_bytes(part), _XML) for number, part in parts}
        problems += _write(directory, files)
    if bucket is not None and not report.dry_run:
        stamp = f"{RUNS}{report.started:%Y/%m/%d/%H%M%S}"
        dated = {f"{stamp}.{kind}": view for kind, view in views.items() if kind != "md"}
        # The stable names last: whoever sees them finds the dated ones too.
        stable = {"report.md": views["md"], REPORT: views["json"], STATUS: views["html"]}
        problems += _write(bucket, {**dated, **stable})
    return problems


def page_name(report: RunReport) -> str:
    """The status page's name."""
    return "plan.html" if report.dry_run else STATUS


def _views(report: RunReport, usage: Usage) -> dict[str, tuple[bytes, str]]:
    from mirror.report import json_report, markdown, page  # noqa: PLC0415 - see `publish`

    return {
        "html": (_bytes(page.render(report, cost=estimate(report, usage))), _HTML),
        "json": (_bytes(json_report.render(report)), _JSON),
        "md": (_bytes(markdown.render(report)), _MARKDOWN),
    }


def _bytes(text: str) -> bytes:
    """JSON from a registry can hold halves of surrogate pairs, which no encoding has."""
    return text.encode("utf-8", "replace")


def _write(shelf: Shelf, files: Mapping[str, tuple[bytes, str]]) -> Sequence[MirrorError]:
    for name, (content, media_type) in files.items():
        try:
            shelf.write(name, content, media_type)
        except MirrorError as err:
            return [err]  # the others would fail likewise
    return []


def _without_secrets(image: ImageResult) -> ImageResult:
    return replace(
        image,
        reason=redact(image.reason),
        notes=tuple(redact(note) for note in image.notes),
        destinations=tuple(_place_without_secrets(each) for each in image.destinations),
    )


def _place_without_secrets(result: DestinationResult) -> DestinationResult:
    return replace(result, reason=redact(result.reason), advice=redact(result.advice))
