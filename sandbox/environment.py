"""The whole sandbox: registries, control plane and builds, started and stopped together."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import boto3

from mirror import settings
from mirror.config.model import MirrorConfig
from sandbox.aws.authorizer import Authorizer
from sandbox.aws.backing import Backing
from sandbox.aws.server import ControlPlane, child_environment
from sandbox.codebuild.api import install
from sandbox.codebuild.builds import Builds
from sandbox.codebuild.run import Host
from sandbox.registries.ecr_service import ACCOUNT, PUBLIC_REGION
from sandbox.registries.seeds import seed_config, seed_hub
from sandbox.registries.server import Registries

REGION = "eu-central-1"
"""The app's region: another one than ECR Public's, so that mixing them up shows."""

ADMIN_KEY = "AKIASANDBOXADMIN0000"
ADMIN_SECRET = "sandbox"  # noqa: S105 - of an account that exists in this process only
HUB_USER = "sandbox"
HUB_TOKEN = "dckr_pat_sandbox"  # noqa: S105 - likewise
HUB_SECRET = f'{{"username": "{HUB_USER}", "accessToken": "{HUB_TOKEN}"}}'


class Sandbox:
    """A context manager; one a process at a time, because moto's state is the process's."""

    def __init__(self, *, work_dir: Path | None = None) -> None:
        self._authorizer = Authorizer(root_keys={ADMIN_KEY}, tags_of=self._tags_of)
        self.registries = Registries(authorize=self._authorizer)
        self._work_dir = work_dir
        self._stack = ExitStack()
        self.url = ""
        """Of the AWS control plane."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            registries = stack.enter_context(self.registries)
            registries.hub_state.users[HUB_USER] = HUB_TOKEN
            seed_hub(registries.hub)
            backing = Backing(
                registries.private,
                registries.public,
                registries_url=registries.ecr_url,
                keys=(ADMIN_KEY, ADMIN_SECRET),
                authorize=self._authorizer,
            )
            plane = stack.enter_context(ControlPlane(backing))
            self.url = plane.url
            builds = Builds(self._host())
            install(builds)
            stack.callback(builds.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def prepare(self, config: MirrorConfig) -> None:
        """Have what the configuration takes for granted: the images it names, and the Docker Hub secret."""
        seed_config(self.registries.hub, config)
        secret = config.docker_hub.credentials_secret
        if secret is not None and not secret.startswith("arn:") and not config.docker_hub.create_secret:
            self.client("secretsmanager").create_secret(Name=secret, SecretString=HUB_SECRET)

    def fill_secret(self, config: MirrorConfig) -> None:
        """Do what a person does after a deployment that made the secret, empty."""
        if config.docker_hub.create_secret:
            secret = config.docker_hub.credentials_secret
            self.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=HUB_SECRET)

    def client(self, service: str, *, region: str = REGION) -> Any:
        """A boto3 client of the sandbox's administrator."""
        region = PUBLIC_REGION if service == "ecr-public" else region
        session: Any = boto3.Session(ADMIN_KEY, ADMIN_SECRET, region_name=region)
        url = self.registries.ecr_url if service in {"ecr", "ecr-public"} else self.url
        return session.client(service, endpoint_url=url)

    def environment(self) -> dict[str, str]:
        """For processes that take the sandbox for AWS: the CDK CLI, and whatever a person runs."""
        return child_environment(
            control_plane=self.url,
            registries=self.registries.ecr_url,
            region=REGION,
            account=ACCOUNT,
            keys=(ADMIN_KEY, ADMIN_SECRET),
        )

    def _tags_of(self, arn: str) -> Mapping[str, str]:
        """Resource tags of repositories, for IAM's conditions on them."""
        _, _, service, region, *_ = [*arn.split(":"), "", "", "", ""]
        match service:
            case "ecr":
                return self.registries.private[region].tags_of(arn)
            case "ecr-public":
                return self.registries.public.tags_of(arn)
            case _:
                return {}

    def _host(self) -> Host:
        return Host(
            endpoint_url=self.url,
            authorize=self._authorizer,
            trusts=self._authorizer.trusts,
            access_key_id=ADMIN_KEY,
            secret_access_key=ADMIN_SECRET,
            environment={
                "AWS_ENDPOINT_URL": self.url,
                "AWS_ENDPOINT_URL_ECR": self.registries.ecr_url,
                "AWS_ENDPOINT_URL_ECR_PUBLIC": self.registries.ecr_url,
                "PYTHONDONTWRITEBYTECODE": "1",
                # Nobody here can reach Docker Hub, so its stand-in is named; with AWS the variable does not exist.
                settings.SOURCE: self.registries.hub_url,
            },
            work_dir=self._work_dir,
        )
