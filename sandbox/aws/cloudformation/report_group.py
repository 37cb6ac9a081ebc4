"""`AWS::CodeBuild::ReportGroup`: a name that builds report to. What they report is in the builds' own records."""

from typing import ClassVar, Self

from sandbox.aws.cloudformation.resource import Resource, register


@register
class ReportGroup(Resource):
    """A group of test reports."""

    TYPE = "AWS::CodeBuild::ReportGroup"
    NAME_PROPERTY = "Name"
    REPLACED_BY = ("Type",)
    _known: ClassVar[set[tuple[str, str, str]]] = set()

    def attributes(self) -> dict[str, str]:
        """Arn."""
        return {"Arn": self._arn}

    @property
    def physical_resource_id(self) -> str:
        """`Ref` gives the ARN."""
        return self._arn

    def create(self) -> None:
        """Fails on a name that is taken, as CloudFormation does."""
        key = (self.account, self.region, self.name)
        if key in self._known:
            raise ValueError(f"Report group already exists: {self._arn}")
        self._known.add(key)

    def update(self, old: Self) -> None:
        """Only how reports are exported could change."""

    def remove(self) -> None:
        """Delete it."""
        self._known.discard((self.account, self.region, self.name))

    @property
    def _arn(self) -> str:
        return f"arn:aws:codebuild:{self.region}:{self.account}:report-group/{self.name}"
