"""A repository in private ECR."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ecr as ecr
from constructs import Construct


class PrivateRepository(ecr.Repository):
    """A private repository that is scanned on push and outlives its stack.

    Tags can be moved by default, because upstream's do: a mirror of ``21-jre`` follows each release.
    """

    def __init__(self, scope: Construct, id: str, *, repository_name: str, immutable: bool = False) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(
            scope,
            id,
            repository_name=repository_name,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE if immutable else ecr.TagMutability.MUTABLE,
            encryption=ecr.RepositoryEncryption.AES_256,
            removal_policy=RemovalPolicy.RETAIN,
        )
