"""The report as JUnit XML: what CodeBuild's *Reports* tab shows, with trends from run to run.

A case is a reference, and keeps its name from run to run. CodeBuild knows passed, failed and skipped; a reference is
skipped when the mirror has what it can have for now, and a person may want to know why.

Why stands in the message and in the text: which of them CodeBuild shows is not documented. Elements and attributes are
those that the schemas of Surefire and of pytest's files both have, because CodeBuild's guide names these two.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from mirror.report.lines import repository
from mirror.report.model import Action, ImageResult, RunReport
from mirror.report.units import bytes_text, count_text
from mirror.report.views import View

CASES_PER_FILE = 500
"""What CodeBuild keeps of one report, which is all files together: failed ones first, and so does the first file. The
others still count in the report's total, and so in its trends.
"""

_SKIPPED = frozenset({Action.DEFERRED, Action.GONE, Action.KEPT})
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# XML 1.0 has no way to write these, not even escaped; the text comes from registries.


def render(report: RunReport) -> list[str]:
    """The files, at least one, failures first."""
    cases = sorted(report.images, key=lambda image: image.action is not Action.FAILED)
    parts = [cases[start : start + CASES_PER_FILE] for start in range(0, len(cases), CASES_PER_FILE)] or [[]]
    return [_file(part) for part in parts]


def _file(images: Sequence[ImageResult]) -> str:
    totals = {
        "name": "hub-mirror",
        "tests": str(len(images)),
        "failures": str(sum(image.action is Action.FAILED for image in images)),
        "errors": "0",
        "skipped": str(sum(image.action in _SKIPPED for image in images)),
        "time": f"{sum(image.seconds for image in images):.3f}",
    }
    suite = ET.Element("testsuite", totals)
    for image in images:
        _case(suite, image)
    ET.indent(suite)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suite, encoding="unicode")}\n'


def _case(suite: ET.Element, image: ImageResult) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": _text(repository(image.reference)),
            "name": _text(image.reference),
            "time": f"{image.seconds:.3f}",
        },
    )
    why = list(_reasons(image))
    if image.action is Action.FAILED:
        failure = ET.SubElement(case, "failure", {"type": str(image.action), "message": _text(why[0] if why else "")})
        failure.text = _text("\n".join(why))
    elif image.action in _SKIPPED:
        skipped = ET.SubElement(case, "skipped", {"message": _text("; ".join((str(image.action), *why)))})
        skipped.text = _text("\n".join((str(image.action), *why)))
    ET.SubElement(case, "system-out").text = _text("\n".join(_facts(image)))


def _reasons(image: ImageResult) -> Iterator[str]:
    """Each reason with its advice; several destinations often fail for one."""
    told = {(each.reason, each.advice): each.destination for each in reversed(image.destinations) if each.reason}
    for (reason, advice), destination in reversed(told.items()):
        place = f"{destination}: " if len(told) > 1 else ""
        yield f"{place}{reason}" + (f" → {advice}" if advice else "")
    if image.reason:
        yield image.reason + (f" → {image.advice}" if image.advice else "")


def _facts(image: ImageResult) -> Iterator[str]:
    yield f"{image.action}, {count_text(image.pulls, 'pull')}, {bytes_text(image.bytes_downloaded)} read"
    if image.source_digest:
        yield f"source {image.source_digest}"
    for each in image.destinations:
        yield f"{each.destination}: {each.action} {each.reference} {each.digest or '-'}"
        if each.drift:
            yield f"{each.destination}: {each.drift}"
    if image.platforms:
        yield f"platforms {', '.join(image.platforms)}"
    yield from image.notes


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


# A plan is no test of anything: CodeBuild's trends are about runs. The bucket needs none, for the group has them.
VIEW = View(
    "junit",
    "xml",
    "application/xml",
    lambda report, _: render(report),
    is_numbered=True,
    is_of_plans=False,
    is_kept=False,
)
