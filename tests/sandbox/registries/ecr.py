"""ECR and ECR Public, as tests reach them."""

from base64 import b64encode
from typing import Any

import boto3

from mirror.oci import media_types
from sandbox.registries.ecr_service import ALIAS, ANONYMOUS
from sandbox.registries.server import Registries
from tests.sandbox.registries.wire import Shelf, Wire

REGION = "eu-central-1"
KEY = "AKIATESTS"


def client(registries: Registries, *, public: bool = False, region: str = REGION, key: str = KEY) -> Any:
    """A boto3 client with the access key `key`; the caller closes it."""
    session: Any = boto3
    return session.client(
        "ecr-public" if public else "ecr",
        region_name="us-east-1" if public else region,
        endpoint_url=registries.ecr_url,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
    )


def private_shelf(registries: Registries, name: str, *, region: str = REGION, key: str = KEY) -> Shelf:
    """A private repository, by a token that `key` asked for. The repository itself is not created."""
    token, _ = registries.private[region].issue_token(key)
    headers = {"Authorization": f"Basic {token}", "Accept": media_types.ACCEPT}
    return Shelf(Wire(registries.ecr_url, headers), name)


def public_shelf(registries: Registries, name: str, *, key: str = KEY) -> Shelf:
    """Likewise a public one."""
    token, _ = registries.public.issue_token(key)
    headers = {"Authorization": f"Bearer {token}", "Accept": media_types.ACCEPT}
    return Shelf(Wire(public_host(registries), headers), name, prefix=f"/v2/{ALIAS}")


def public_host(registries: Registries) -> str:
    """The public registry's URL without the alias."""
    return "http://" + registries.public_url.partition("/")[0]


def anonymous_shelf(registries: Registries, name: str) -> Shelf:
    """A public one as everybody sees it."""
    return public_shelf(registries, name, key=ANONYMOUS)


def basic(password: str, user: str = "AWS") -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
