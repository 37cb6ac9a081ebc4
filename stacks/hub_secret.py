"""The Docker Hub credentials, when the stack is to make the secret."""

import json

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from mirror.config.model import DockerHubConfig
from stacks import nag

FORM = {"username": "YOUR-NAME", "accessToken": "YOUR-TOKEN"}


class HubSecret(Construct):
    """An empty secret, for a person to fill: what is in it never comes near a template.

    It outlives its stack: what a person typed in is not to be lost with it.
    """

    def __init__(self, scope: Construct, id: str, *, docker_hub: DockerHubConfig) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        # The library's construct always generates a value; only CloudFormation's own can be without one.
        self.secret = secretsmanager.CfnSecret(
            self,
            "Secret",
            name=docker_hub.credentials_secret,
            description='Docker Hub user name and access token: {"username": ..., "accessToken": ...}',
            kms_key_id=docker_hub.kms_key or None,
        )
        self.secret.apply_removal_policy(RemovalPolicy.RETAIN)
        nag.acknowledge(self.secret, nag.NOT_ROTATED)
        self.fill_command = (
            f"aws secretsmanager put-secret-value --region {Stack.of(self).region} "
            f"--secret-id {docker_hub.credentials_secret} --secret-string '{json.dumps(FORM)}'"
        )
        output = CfnOutput(
            self,
            "FillCommand",
            value=self.fill_command,
            description="Fills the Docker Hub secret; a token that may only read is enough",
        )
        output.override_logical_id("SecretCommand")
