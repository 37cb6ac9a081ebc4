"""What a build does with its report files when its commands are over."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.codebuild.exceptions import ResourceNotFoundException

from sandbox.codebuild.record import PhaseFailure
from sandbox.codebuild.report_files import ReportFiles, UnreadableError, read_junit
from sandbox.codebuild.reports import REPORTS
from sandbox.codebuild.role import Role

ACTIONS = ("codebuild:CreateReport", "codebuild:UpdateReport", "codebuild:BatchPutTestCases")
"""What a service role needs on the group; also CreateReportGroup, on a group that is only a name."""


def upload_reports(
    groups: Iterable[ReportFiles], *, build: dict[str, Any], source: Path, role: Role, say: Callable[[str], None]
) -> list[str]:
    """One report for each group; their ARNs. `PhaseFailure` where the role may not, or a group's ARN leads nowhere.

    A group without files, or with one that cannot be read, has a report that is INCOMPLETE; the build goes on.
    """
    return [_upload(group, build, source, role, say) for group in groups]


def _upload(group: ReportFiles, build: dict[str, Any], source: Path, role: Role, say: Callable[[str], None]) -> str:
    arn = _group_arn(group, build, role)
    for action in ACTIONS:
        role.require(action, arn)
    say(f"Expanding base directory path: {group.base_directory}")
    files, cases = group.find(source), None
    say(f"Found {len(files)} file(s)")
    try:
        cases = read_junit(files, source) if files else None
    except UnreadableError as error:
        say(f"Error in reading report files: {error}")
    try:
        return REPORTS.add(arn, build["arn"], cases)
    except ResourceNotFoundException as error:
        raise PhaseFailure("CLIENT_ERROR", error.message) from error


def _group_arn(group: ReportFiles, build: dict[str, Any], role: Role) -> str:
    if group.group.startswith("arn:"):
        return group.group
    # By a name CodeBuild has, and makes, a group of the project's own.
    arn_start = build["arn"].rpartition(":build/")[0]
    arn = f"{arn_start}:report-group/{build['projectName']}-{group.group}"
    if arn not in REPORTS.groups(arn):
        role.require("codebuild:CreateReportGroup", arn)
        REPORTS.add_group(arn)
    return arn
