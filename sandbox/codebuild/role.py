"""The build's identity: real temporary credentials of the project's service role, and what it may do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from sandbox.codebuild.record import PhaseFailure

Authorize = Callable[[str, str, str], bool]
"""(access key id, action, resource ARN) -> permitted."""


@dataclass(frozen=True, slots=True)
class Role:
    """An assumed service role."""

    endpoint_url: str
    region: str
    account: str
    access_key_id: str
    secret_access_key: str
    session_token: str
    authorize: Authorize

    def session(self) -> boto3.Session:
        """A session of its own: sessions are not to be shared by threads."""
        return boto3.Session(
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            aws_session_token=self.session_token,
            region_name=self.region,
        )

    def require(self, action: str, resource_arn: str) -> None:
        """`PhaseFailure` where the role's policies do not allow this; moto itself would let it pass."""
        if not self.authorize(self.access_key_id, action, resource_arn):
            raise PhaseFailure("ACCESS_DENIED", f"Service role does not allow {action} on {resource_arn}")

    def environment(self) -> dict[str, str]:
        """What the AWS clients inside the build find."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }


def assume(role_arn: str, session_name: str, *, sts: Any, endpoint_url: str, region: str, authorize: Authorize) -> Role:
    """The role through STS, as the CodeBuild service does it."""
    try:
        credentials = sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name)["Credentials"]
    except ClientError as error:
        raise PhaseFailure(
            "ACCESS_DENIED", f"not authorized to perform sts:AssumeRole on {role_arn}: {error}"
        ) from error
    return Role(
        endpoint_url=endpoint_url,
        region=region,
        account=role_arn.split(":")[4],
        access_key_id=credentials["AccessKeyId"],
        secret_access_key=credentials["SecretAccessKey"],
        session_token=credentials["SessionToken"],
        authorize=authorize,
    )
