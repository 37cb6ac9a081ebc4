"""CodeBuild's API for test reports, which moto has none of: the actions behind the console's tab *Reports*."""

from typing import Any

from moto.codebuild.exceptions import InvalidInputException
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult

from sandbox.codebuild.reports import REPORTS

MAX_PAGE = 100
"""Of every list here."""


class ReportApi(CodeBuildResponse):  # type: ignore[misc]  # moto ships no types
    """Answers from `REPORTS`."""

    def list_report_groups(self) -> ActionResult:
        """The region's."""
        start = f"arn:{self.partition}:codebuild:{self.region}:{self.current_account}:"
        return self._page("reportGroups", REPORTS.groups(start))

    def list_reports_for_report_group(self) -> ActionResult:
        """Newest first, which is CodeBuild's default, too."""
        wanted = (self._get_param("filter") or {}).get("status")
        found = REPORTS.of_group(self._get_param("reportGroupArn"), wanted)
        return self._page("reports", found if self._get_param("sortOrder") != "ASCENDING" else found[::-1])

    def batch_get_reports(self) -> ActionResult:
        """What each came to."""
        reports, missing = REPORTS.get(self._get_param("reportArns"))
        return ActionResult({"reports": reports, "reportsNotFound": missing})

    def describe_test_cases(self) -> ActionResult:
        """What failed, and why."""
        wanted = self._get_param("filter") or {}
        cases = REPORTS.cases(
            self._get_param("reportArn"), status=wanted.get("status"), keyword=wanted.get("keyword", "")
        )
        return self._page("testCases", cases)

    def get_report_group_trend(self) -> ActionResult:
        """One figure over the last runs."""
        count = self._get_param("numOfReports") or MAX_PAGE
        found = REPORTS.trend(self._get_param("reportGroupArn"), self._get_param("trendField"), count)
        values = [value for _, value in found]
        stats = {"average": sum(values) / len(values), "max": max(values), "min": min(values)} if values else {}
        return ActionResult(
            {
                "stats": {name: f"{value:g}" for name, value in stats.items()},
                "rawData": [{"reportArn": arn, "data": f"{value:g}"} for arn, value in found],
            }
        )

    def _page(self, name: str, items: list[Any]) -> ActionResult:
        size = self._get_param("maxResults") or MAX_PAGE
        if not 1 <= size <= MAX_PAGE:
            raise InvalidInputException(f"Invalid maxResults, got {size}, allowed: 1 to {MAX_PAGE}")
        token = self._get_param("nextToken") or "0"
        if not token.isdecimal():
            raise InvalidInputException(f"Invalid nextToken: {token}")
        end = int(token) + size
        more = {"nextToken": str(end)} if end < len(items) else {}
        return ActionResult({name: items[int(token) : end], **more})
