from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mirror.oci.digest import digest_of
from sandbox.registries.ecr_service import ALIAS
from sandbox.registries.server import Registries
from tests.sandbox.registries.documents import ABSENT, LAYER, fill, image, raw
from tests.sandbox.registries.ecr import KEY, client, public_host, public_shelf
from tests.sandbox.registries.wire import Wire

ARN = "arn:aws:ecr-public::123456789012:repository/app"


@pytest.fixture
def ecr(registries: Registries) -> Iterator[Any]:
    made = client(registries, public=True)
    yield made
    made.close()


def test_the_alias_comes_with_the_first_repository(ecr: Any, registries: Registries) -> None:
    (before,) = ecr.describe_registries()["registries"]
    assert before["aliases"] == []
    ecr.create_repository(repositoryName="app")
    (after,) = ecr.describe_registries()["registries"]
    assert after["registryUri"] == registries.public_url
    assert after["aliases"] == [
        {"name": ALIAS, "status": "ACTIVE", "primaryRegistryAlias": True, "defaultRegistryAlias": True}
    ]


def test_the_token_opens_the_registry(ecr: Any, registries: Registries) -> None:
    ecr.create_repository(repositoryName="app")
    token = ecr.get_authorization_token()["authorizationData"]["authorizationToken"]
    assert b64decode(token).startswith(b"AWS:")
    wire = Wire(public_host(registries), {"Authorization": f"Bearer {token}"})
    assert wire.ask("POST", f"/v2/{ALIAS}/app/blobs/uploads/").status == 202


def test_repositories_and_their_catalogue_data(ecr: Any, registries: Registries) -> None:
    catalog = {"description": "Maven", "architectures": ["x86-64", "ARM 64"], "operatingSystems": ["Linux"]}
    created = ecr.create_repository(repositoryName="app", catalogData=catalog)
    assert created["repository"]["repositoryUri"] == f"{registries.public_url}/app"
    assert created["repository"]["repositoryArn"] == ARN
    assert created["catalogData"] == catalog
    assert ecr.get_repository_catalog_data(repositoryName="app")["catalogData"] == catalog
    ecr.put_repository_catalog_data(repositoryName="app", catalogData={"aboutText": "# Maven"})
    assert ecr.get_repository_catalog_data(repositoryName="app")["catalogData"] == {"aboutText": "# Maven"}
    assert ecr.describe_repositories(repositoryNames=["app"])["repositories"] == [created["repository"]]


def test_a_public_name_may_begin_with_a_digit_but_not_be_long(ecr: Any) -> None:
    ecr.create_repository(repositoryName="9app")
    with pytest.raises(ClientError) as err:
        ecr.create_repository(repositoryName="a" * 206)
    assert err.value.response["Error"]["Code"] == "InvalidParameterException"


def test_images_and_tags(ecr: Any, registries: Registries) -> None:
    ecr.create_repository(repositoryName="app", tags=[{"Key": "team", "Value": "web"}])
    shelf = public_shelf(registries, "app")
    fill(shelf)
    shelf.put_manifest(image(LAYER), "two")
    pages = list(
        ecr.get_paginator("describe_image_tags").paginate(repositoryName="app", PaginationConfig={"PageSize": 2})
    )
    found = [detail for page in pages for detail in page["imageTagDetails"]]
    assert len(pages) == 2
    assert {detail["imageTag"]: detail["imageDetail"]["imageDigest"] for detail in found}.keys() == {
        "all",
        "one",
        "two",
    }
    assert [detail["imageDetail"]["imageDigest"] for detail in found][1:] == [digest_of(raw(image(LAYER)))] * 2
    layers = ecr.batch_check_layer_availability(repositoryName="app", layerDigests=[digest_of(LAYER), ABSENT])
    assert [layer["layerAvailability"] for layer in layers["layers"]] == ["AVAILABLE", "UNAVAILABLE"]
    assert ecr.list_tags_for_resource(resourceArn=ARN)["tags"] == [{"Key": "team", "Value": "web"}]
    assert len(ecr.describe_images(repositoryName="app")["imageDetails"]) == 2


def test_it_is_in_one_region_only(registries: Registries) -> None:
    session: Any = boto3
    elsewhere = session.client(
        "ecr-public",
        region_name="us-west-2",
        endpoint_url=registries.ecr_url,
        aws_access_key_id=KEY,
        aws_secret_access_key="secret",
    )
    with pytest.raises(ClientError) as err:
        elsewhere.get_authorization_token()
    elsewhere.close()
    assert err.value.response["Error"]["Code"] == "UnsupportedCommandException"


@pytest.mark.parametrize("denied", ["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"])
def test_a_token_needs_two_permissions(denied: str) -> None:
    with Registries(authorize=lambda _key, action, _resource: action != denied) as running:
        ecr = client(running, public=True)
        with pytest.raises(ClientError) as err:
            ecr.get_authorization_token()
        ecr.close()
    assert err.value.response["Error"]["Code"] == "AccessDeniedException"
    assert denied in err.value.response["Error"]["Message"]


@pytest.mark.parametrize("operation", ["BatchGetImage", "ListImages", "PutLifecyclePolicy", "PutImageTagMutability"])
def test_what_only_the_private_service_can_do(operation: str, ecr: Any, registries: Registries) -> None:
    ecr.create_repository(repositoryName="app")
    reply = Wire(registries.ecr_url).ask(
        "POST",
        "/",
        b'{"repositoryName": "app"}',
        X_Amz_Target=f"SpencerFrontendService.{operation}",
        Authorization=f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/us-east-1/ecr-public/aws4_request, Signature=0",
    )
    assert (reply.status, reply.document["__type"]) == (400, "UnknownOperationException")
