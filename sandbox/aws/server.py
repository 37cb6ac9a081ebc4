"""Starts and stops the control plane."""

import logging
import os
import warnings
from typing import Self

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from sandbox.aws.backing import Backing, set_backing
from sandbox.aws.cloudformation import (
    codebuild,
    ecr,
    ecr_registry,
    network,
    report_group,
    scheduler,
    sdk_call,
    secrets,
    watching,
)
from sandbox.aws.cloudformation.changes import correct_moto
from sandbox.codebuild.reports import REPORTS
from sandbox.isolation import impersonal

EXTENSIONS = (codebuild, ecr, ecr_registry, network, report_group, scheduler, sdk_call, secrets, watching)
"""Modules whose import registered their types."""


class ControlPlane:
    """moto's server on a port of its own, with our types. A context manager; one a process at a time."""

    def __init__(self, backing: Backing) -> None:
        self._backing = backing
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.url = ""
        """With the word localhost: moto takes bucket and key from a URL's path only then."""

    def __enter__(self) -> Self:
        # moto's services belong to the process: what an earlier server was told is there until it is forgotten.
        moto_api_backend.reset()
        REPORTS.forget()
        set_backing(self._backing)
        correct_moto()
        for name in ("werkzeug", "moto"):
            logging.getLogger(name).setLevel(logging.ERROR)
        # moto tells of every type that it passes over; which ones matter is seen by the deployment failing.
        warnings.filterwarnings("ignore", module=r"moto\..*")
        self._server.start()
        _, port = self._server.get_host_and_port()
        self.url = f"http://localhost:{port}"
        self._backing.control_plane_url = self.url
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()


def child_environment(
    *, control_plane: str, registries: str, region: str, account: str, keys: tuple[str, str]
) -> dict[str, str]:
    """The environment of a process that takes the sandbox for AWS: nothing of the person's own AWS settings is left."""
    return {
        **impersonal(os.environ),
        "AWS_ENDPOINT_URL": control_plane,
        "AWS_ENDPOINT_URL_ECR": registries,
        "AWS_ENDPOINT_URL_ECR_PUBLIC": registries,
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DEFAULT_ACCOUNT": account,
        "CDK_DEFAULT_REGION": region,
    }
