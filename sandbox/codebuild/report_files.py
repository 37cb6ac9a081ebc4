"""Test report files as CodeBuild finds and reads them: the `reports` of a buildspec, and JUnit XML."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junitparser import Error, Failure, JUnitXml, JUnitXmlError, Skipped, TestCase, TestSuite

SUCCEEDED, FAILED, ERROR, SKIPPED = "SUCCEEDED", "FAILED", "ERROR", "SKIPPED"
STATUSES = (SUCCEEDED, FAILED, ERROR, SKIPPED, "UNKNOWN")
"""Of a test case."""


class UnreadableError(Exception):
    """A file that is no JUnit XML; its report becomes INCOMPLETE."""


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """One entry of a buildspec's `reports`."""

    group: str
    """Its ARN, or a name within the project."""
    files: tuple[str, ...]
    """Patterns below `base_directory`, which is below the source directory."""
    base_directory: str = "."

    def find(self, source: Path) -> list[Path]:
        """The files, each once, in the order in which the patterns name them. Nothing outside `source` is one."""
        base, found = source / self.base_directory, dict[Path, None]()
        for pattern in self.files:
            matching = (path for path in sorted(base.glob(pattern)) if path.is_file())
            found.update({path: None for path in matching if path.resolve().is_relative_to(source.resolve())})
        return list(found)


def read_junit(paths: Iterable[Path], source: Path) -> list[dict[str, Any]]:
    """The cases of all files in DescribeTestCases's shape, without the report's ARN.

    `UnreadableError` says which file is none, and why.
    """
    found = []
    for path in paths:
        try:
            cases = [_case(case, suite) for suite in JUnitXml.fromfile(str(path)) for case in suite]
        except (ET.ParseError, JUnitXmlError, ValueError) as error:
            raise UnreadableError(f"{path.relative_to(source)}: {error}") from error
        found += [case | {"testRawDataPath": str(path.relative_to(source))} for case in cases]
    return found


def _case(case: TestCase, suite: TestSuite) -> dict[str, Any]:
    """A case with several results is what the worst of them says.

    Which of a result's message and text CodeBuild takes is not documented: here the message, and the text without one.
    """
    status, message = SUCCEEDED, ""
    for kind, name in ((Error, ERROR), (Failure, FAILED), (Skipped, SKIPPED)):
        result = next((each for each in case.result if isinstance(each, kind)), None)
        if result is not None:
            status, message = name, result.message or result.text or ""
            break
    return {
        "prefix": case.classname or "",
        "name": case.name or "",
        "testSuiteName": suite.name or "",
        "status": status,
        "durationInNanoSeconds": round(float(case.time or 0) * 1e9),
        "message": message,
    }
