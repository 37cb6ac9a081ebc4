"""`AWS::CodeBuild::ReportGroup`: what builds report to."""

from typing import Self

from moto.codebuild.exceptions import ResourceAlreadyExistsException

from sandbox.aws.cloudformation.resource import Resource, register
from sandbox.codebuild.reports import REPORTS


@register
class ReportGroup(Resource):
    """A group of test reports."""

    TYPE = "AWS::CodeBuild::ReportGroup"
    NAME_PROPERTY = "Name"
    REPLACED_BY = ("Type",)

    def attributes(self) -> dict[str, str]:
        """Arn."""
        return {"Arn": self._arn}

    @property
    def physical_resource_id(self) -> str:
        """`Ref` gives the ARN."""
        return self._arn

    def create(self) -> None:
        """Fails on a name that is taken, as CloudFormation does."""
        try:
            REPORTS.add_group(self._arn)
        except ResourceAlreadyExistsException as error:
            raise ValueError(error.message) from error

    def update(self, old: Self) -> None:
        """Only how reports are exported could change."""

    def remove(self) -> None:
        """Delete it with its reports, as `DeleteReports` asks for; without that CodeBuild refuses while it has any."""
        if not self.properties.get("DeleteReports") and REPORTS.of_group(self._arn):
            raise ValueError(f"Report group has reports: {self._arn}")
        REPORTS.remove_group(self._arn)

    @property
    def _arn(self) -> str:
        return f"arn:aws:codebuild:{self.region}:{self.account}:report-group/{self.name}"
