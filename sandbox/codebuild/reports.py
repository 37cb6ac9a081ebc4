"""Report groups and what builds reported to them, by CodeBuild's rules."""

import copy
import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.codebuild.exceptions import InvalidInputException, ResourceAlreadyExistsException, ResourceNotFoundException

from sandbox.codebuild.report_files import ERROR, FAILED, STATUSES, SUCCEEDED

MAX_CASES = 500
"""Kept of a report, failed ones first; the others still count in its summary."""
KEPT = timedelta(days=30)
INCOMPLETE = "INCOMPLETE"
TREND_FIELDS = ("PASS_RATE", "DURATION", "TOTAL")


class Reports:
    """Safe to call from any thread. Groups are known by ARN."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: dict[str, list[dict[str, Any]]] = {}
        """The reports of each, oldest first."""
        self._cases: dict[str, list[dict[str, Any]]] = {}
        """By the report's ARN."""

    def add_group(self, arn: str) -> None:
        """A new group; its name must be free."""
        with self._lock:
            if arn in self._groups:
                raise ResourceAlreadyExistsException(f"Report group already exists: {arn}")
            self._groups[arn] = []

    def remove_group(self, arn: str) -> None:
        """The group with its reports; harmless when there is none."""
        with self._lock:
            for report in self._groups.pop(arn, ()):
                self._cases.pop(report["arn"])

    def forget(self) -> None:
        """All groups with all reports."""
        with self._lock:
            self._groups.clear()
            self._cases.clear()

    def groups(self, arn_start: str) -> list[str]:
        """ARNs of a region's groups."""
        with self._lock:
            return [arn for arn in self._groups if arn.startswith(arn_start)]

    def add(self, group_arn: str, build_arn: str, cases: Sequence[dict[str, Any]] | None) -> str:
        """A build's report; its ARN. `cases` are None when there is nothing to be read."""
        name = group_arn.rpartition("/")[2]
        arn = f"{group_arn.rpartition(':report-group/')[0]}:report/{name}:{uuid.uuid4()}"
        all_cases = list(cases or ())
        counts = Counter(case["status"] for case in all_cases)
        now = datetime.now(UTC)
        kept = sorted(all_cases, key=lambda case: case["status"] != FAILED)[:MAX_CASES]
        report = {
            "arn": arn,
            "type": "TEST",
            "name": arn.rpartition("/")[2],
            "reportGroupArn": group_arn,
            "executionId": build_arn,
            "status": INCOMPLETE if cases is None else FAILED if counts[FAILED] or counts[ERROR] else SUCCEEDED,
            "created": now,
            "expired": now + KEPT,
            "exportConfig": {"exportConfigType": "NO_EXPORT"},
            "truncated": len(kept) < len(all_cases),
            "testSummary": {
                "total": len(all_cases),
                "statusCounts": {status: counts[status] for status in STATUSES},
                "durationInNanoSeconds": sum(case["durationInNanoSeconds"] for case in all_cases),
            },
        }
        with self._lock:
            self._of(group_arn).append(report)
            self._cases[arn] = [case | {"reportArn": arn, "expired": now + KEPT} for case in kept]
        return arn

    def of_group(self, group_arn: str, status: str | None = None) -> list[str]:
        """ARNs of its reports, newest first."""
        with self._lock:
            return [each["arn"] for each in reversed(self._of(group_arn)) if status in (None, each["status"])]

    def get(self, arns: Iterable[str]) -> tuple[list[dict[str, Any]], list[str]]:
        """Descriptions, and the ARNs that are no reports."""
        with self._lock:
            known = {report["arn"]: report for reports in self._groups.values() for report in reports}
            wanted = list(arns)
            return [copy.deepcopy(known[arn]) for arn in wanted if arn in known], [a for a in wanted if a not in known]

    def cases(self, report_arn: str, *, status: str | None = None, keyword: str = "") -> list[dict[str, Any]]:
        """Those of a report's cases whose name or prefix has the keyword in it."""
        with self._lock:
            if report_arn not in self._cases:
                raise ResourceNotFoundException(f"Report {report_arn} does not exist")
            return [
                copy.deepcopy(case)
                for case in self._cases[report_arn]
                if status in (None, case["status"]) and (keyword in case["name"] or keyword in case["prefix"])
            ]

    def trend(self, group_arn: str, field: str, count: int) -> list[tuple[str, float]]:
        """A figure of each of the last reports, newest first, with the report's ARN."""
        if field not in TREND_FIELDS:
            raise InvalidInputException(f"Invalid trend field, got {field}, allowed here: {', '.join(TREND_FIELDS)}")
        with self._lock:
            return [(each["arn"], _figure(each, field)) for each in reversed(self._of(group_arn)[-count:])]

    def _of(self, group_arn: str) -> list[dict[str, Any]]:
        try:
            return self._groups[group_arn]
        except KeyError:
            raise ResourceNotFoundException(f"Report group {group_arn} does not exist") from None


def _figure(report: dict[str, Any], field: str) -> float:
    summary = report["testSummary"]
    if field == "PASS_RATE":
        return 100.0 * summary["statusCounts"][SUCCEEDED] / summary["total"] if summary["total"] else 0.0
    return float(summary["total"] if field == "TOTAL" else summary["durationInNanoSeconds"])


REPORTS = Reports()
"""Of this process, because moto's own state is global too."""
