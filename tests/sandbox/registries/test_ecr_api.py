"""The JSON APIs as boto3 speaks them."""

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mirror.oci import media_types
from mirror.oci.digest import digest_of
from sandbox.registries.server import Registries
from sandbox.registries.throttle import Throttle
from tests.sandbox.registries.documents import ABSENT, CONFIG, LAYER, fill, image, index, raw
from tests.sandbox.registries.ecr import KEY, REGION, client, private_shelf
from tests.sandbox.registries.wire import Wire

IMAGE = digest_of(raw(image(LAYER)))
INDEX = digest_of(raw(index(image(LAYER))))
ARN = f"arn:aws:ecr:{REGION}:123456789012:repository/app"


@pytest.fixture
def ecr(registries: Registries) -> Iterator[Any]:
    """The private service, with one repository `app` that `fill` filled."""
    made = client(registries)
    made.create_repository(repositoryName="app")
    fill(private_shelf(registries, "app"))
    yield made
    made.close()


def code_of(err: pytest.ExceptionInfo[ClientError]) -> str:
    return str(err.value.response["Error"]["Code"])


def test_the_token_opens_the_registry(ecr: Any, registries: Registries) -> None:
    data = ecr.get_authorization_token()["authorizationData"][0]
    assert data["proxyEndpoint"] == registries.ecr_url
    assert b64decode(data["authorizationToken"]).startswith(b"AWS:")
    wire = Wire(data["proxyEndpoint"], {"Authorization": f"Basic {data['authorizationToken']}"})
    assert wire.ask("GET", "/v2/app/tags/list").document["tags"] == ["all", "one"]
    assert registries.log.count(registry="private", action="tags", user=KEY) == 1


def test_requests_without_a_signature_are_refused(registries: Registries) -> None:
    reply = Wire(registries.ecr_url).ask(
        "POST", "/", b"{}", X_Amz_Target="AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"
    )
    assert reply.status == 400
    assert reply.document["__type"] == "MissingAuthenticationTokenException"


def test_repositories(ecr: Any, registries: Registries) -> None:
    created = ecr.create_repository(
        repositoryName="team/web", imageTagMutability="IMMUTABLE", imageScanningConfiguration={"scanOnPush": True}
    )["repository"]
    assert created["repositoryUri"] == f"{registries.ecr_url.removeprefix('http://')}/team/web"
    assert created["repositoryArn"] == f"arn:aws:ecr:{REGION}:123456789012:repository/team/web"
    assert (created["imageTagMutability"], created["imageScanningConfiguration"]) == (
        "IMMUTABLE",
        {"scanOnPush": True},
    )
    named = ecr.describe_repositories(repositoryNames=["team/web"])["repositories"]
    assert named == [created]
    assert {found["repositoryName"] for found in ecr.describe_repositories()["repositories"]} == {"app", "team/web"}
    assert ecr.delete_repository(repositoryName="team/web")["repository"] == created
    with pytest.raises(ClientError) as err:
        ecr.describe_repositories(repositoryNames=["app", "team/web"])
    assert code_of(err) == "RepositoryNotFoundException"


@pytest.mark.parametrize(
    ("name", "code"),
    [("app", "RepositoryAlreadyExistsException"), ("9app", "InvalidParameterException"), ("a" * 257, "Invalid")],
)
def test_a_repository_that_cannot_be_created(name: str, code: str, ecr: Any) -> None:
    with pytest.raises(ClientError) as err:
        ecr.create_repository(repositoryName=name)
    assert code_of(err).startswith(code)


def test_a_repository_with_images_goes_by_force_only(ecr: Any) -> None:
    with pytest.raises(ClientError) as err:
        ecr.delete_repository(repositoryName="app")
    assert code_of(err) == "RepositoryNotEmptyException"
    ecr.delete_repository(repositoryName="app", force=True)
    assert ecr.describe_repositories()["repositories"] == []


def test_regions_have_repositories_of_their_own(ecr: Any, registries: Registries) -> None:
    other = client(registries, region="eu-west-1")
    assert other.describe_repositories()["repositories"] == []
    other.close()
    assert set(registries.private.regions) == {REGION, "eu-west-1"}


def test_images_are_described(ecr: Any) -> None:
    details = {found["imageDigest"]: found for found in ecr.describe_images(repositoryName="app")["imageDetails"]}
    assert details.keys() == {IMAGE, INDEX}
    assert details[IMAGE]["imageTags"] == ["one"]
    assert details[IMAGE]["imageSizeInBytes"] == len(LAYER) + len(CONFIG)
    assert details[INDEX]["imageManifestMediaType"] == media_types.OCI_INDEX


def test_images_are_described_by_name_all_or_none(ecr: Any) -> None:
    named = ecr.describe_images(repositoryName="app", imageIds=[{"imageTag": "one"}, {"imageDigest": INDEX}])
    assert [found["imageDigest"] for found in named["imageDetails"]] == [IMAGE, INDEX]
    with pytest.raises(ClientError) as err:
        ecr.describe_images(repositoryName="app", imageIds=[{"imageTag": "one"}, {"imageTag": "none"}])
    assert code_of(err) == "ImageNotFoundException"
    with pytest.raises(ClientError) as err:
        ecr.describe_images(repositoryName="app", imageIds=[{"imageTag": "one"}] * 101)
    assert code_of(err) == "InvalidParameterException"


def test_lists_come_page_by_page(ecr: Any, registries: Registries) -> None:
    shelf = private_shelf(registries, "app")
    for number in range(23):
        document = image(LAYER, annotations={"number": str(number)})
        assert shelf.put_manifest(document, f"n{number:02}").status == 201
    pages = list(
        ecr.get_paginator("describe_images").paginate(
            repositoryName="app", filter={"tagStatus": "TAGGED"}, PaginationConfig={"PageSize": 10}
        )
    )
    assert [len(page["imageDetails"]) for page in pages] == [10, 10, 5]
    tags = {tag for page in pages for found in page["imageDetails"] for tag in found["imageTags"]}
    assert tags == {"one", "all", *(f"n{number:02}" for number in range(23))}
    with pytest.raises(ClientError) as err:
        ecr.list_images(repositoryName="app", nextToken="never given")
    assert code_of(err) == "InvalidParameterException"


def test_images_are_listed_by_tag_and_digest(ecr: Any, registries: Registries) -> None:
    private_shelf(registries, "app").put_manifest(image(LAYER), "two")
    ecr.batch_delete_image(repositoryName="app", imageIds=[{"imageTag": "two"}])
    private_shelf(registries, "app").put_manifest(image(LAYER, annotations={"a": "b"}), "two")
    untagged = digest_of(raw(image(LAYER, annotations={"c": "d"})))
    private_shelf(registries, "app").put_manifest(image(LAYER, annotations={"c": "d"}), untagged)
    listed = ecr.list_images(repositoryName="app")["imageIds"]
    assert {"imageDigest": untagged} in listed
    assert {found["imageTag"] for found in listed if "imageTag" in found} == {"one", "all", "two"}
    described = ecr.describe_images(repositoryName="app", filter={"tagStatus": "UNTAGGED"})["imageDetails"]
    assert [found["imageDigest"] for found in described] == [untagged]


def test_layers_are_checked_a_hundred_at_a_time(ecr: Any, registries: Registries) -> None:
    registries.private[REGION].create_repository("other")
    elsewhere = private_shelf(registries, "other").push_blob(b"elsewhere")
    layers = ecr.batch_check_layer_availability(
        repositoryName="app", layerDigests=[digest_of(LAYER), ABSENT, elsewhere]
    )["layers"]
    assert [layer["layerAvailability"] for layer in layers] == ["AVAILABLE", "UNAVAILABLE", "UNAVAILABLE"]
    assert layers[0]["layerSize"] == len(LAYER)
    with pytest.raises(ClientError) as err:
        ecr.batch_check_layer_availability(
            repositoryName="app", layerDigests=[digest_of(bytes([number])) for number in range(101)]
        )
    assert code_of(err) == "InvalidParameterException"


def test_images_are_fetched(ecr: Any) -> None:
    answer = ecr.batch_get_image(repositoryName="app", imageIds=[{"imageTag": "all"}, {"imageTag": "none"}])
    (found,) = answer["images"]
    assert found["imageManifest"].encode() == raw(index(image(LAYER)))
    assert found["imageId"] == {"imageTag": "all", "imageDigest": INDEX}
    assert [failure["failureCode"] for failure in answer["failures"]] == ["ImageNotFound"]


def test_deleting_the_last_tag_deletes_the_image(ecr: Any, registries: Registries) -> None:
    private_shelf(registries, "app").put_manifest(index(image(LAYER)), "also")
    for tag, left in (("also", {IMAGE, INDEX}), ("all", {IMAGE})):
        answer = ecr.batch_delete_image(repositoryName="app", imageIds=[{"imageTag": tag}])
        assert answer["imageIds"] == [{"imageTag": tag, "imageDigest": INDEX}]
        assert set(registries.private[REGION].repository("app").manifests) == left
    answer = ecr.batch_delete_image(repositoryName="app", imageIds=[{"imageDigest": IMAGE}, {"imageTag": "all"}])
    assert answer["imageIds"] == [{"imageDigest": IMAGE}]
    assert [failure["failureCode"] for failure in answer["failures"]] == ["ImageNotFound"]


def test_an_image_is_put(ecr: Any) -> None:
    document = image(LAYER, annotations={"by": "api"})
    put = ecr.put_image(repositoryName="app", imageManifest=json.dumps(document), imageTag="api")["image"]
    assert put["imageId"] == {"imageTag": "api", "imageDigest": digest_of(raw(document))}


@pytest.mark.parametrize(
    ("document", "more", "code"),
    [
        pytest.param(image(b"absent"), {}, "LayersNotFoundException", id="layers"),
        pytest.param(index(image(b"absent")), {}, "ReferencedImagesNotFoundException", id="children"),
        pytest.param(image(LAYER), {"imageTag": "one"}, "ImageAlreadyExistsException", id="again"),
        pytest.param(image(LAYER), {}, "ImageAlreadyExistsException", id="again without a tag"),
        pytest.param(image(LAYER), {"imageDigest": ABSENT}, "ImageDigestDoesNotMatchException", id="digest"),
        pytest.param({"mediaType": "x/y"}, {}, "InvalidParameterException", id="no manifest"),
    ],
)
def test_an_image_that_cannot_be_put(document: dict[str, Any], more: dict[str, str], code: str, ecr: Any) -> None:
    with pytest.raises(ClientError) as err:
        ecr.put_image(repositoryName="app", imageManifest=json.dumps(document), **more)
    assert code_of(err) == code


def test_an_immutable_tag_stays(ecr: Any) -> None:
    ecr.put_image_tag_mutability(repositoryName="app", imageTagMutability="IMMUTABLE")
    other = json.dumps(image(LAYER, annotations={"a": "b"}))
    with pytest.raises(ClientError) as err:
        ecr.put_image(repositoryName="app", imageManifest=other, imageTag="one")
    assert code_of(err) == "ImageTagAlreadyExistsException"
    ecr.put_image_tag_mutability(repositoryName="app", imageTagMutability="MUTABLE")
    ecr.put_image(repositoryName="app", imageManifest=other, imageTag="one")


def test_tags_that_are_excepted_from_immutability(ecr: Any) -> None:
    filters = [{"filterType": "WILDCARD", "filter": "on*"}]
    answer = ecr.put_image_tag_mutability(
        repositoryName="app",
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=filters,
    )
    assert answer["imageTagMutabilityExclusionFilters"] == filters
    (described,) = ecr.describe_repositories(repositoryNames=["app"])["repositories"]
    assert described["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert described["imageTagMutabilityExclusionFilters"] == filters
    other = json.dumps(image(LAYER, annotations={"a": "b"}))
    ecr.put_image(repositoryName="app", imageManifest=other, imageTag="one")
    ecr.put_image(repositoryName="app", imageManifest=other, imageTag="two")
    with pytest.raises(ClientError) as err:
        ecr.put_image(repositoryName="app", imageManifest=json.dumps(image(LAYER)), imageTag="two")
    assert code_of(err) == "ImageTagAlreadyExistsException"


@pytest.mark.parametrize(
    ("mutability", "filters"),
    [("IMMUTABLE", 1), ("MUTABLE_WITH_EXCLUSION", 0), ("IMMUTABLE_WITH_EXCLUSION", 6)],
)
def test_exceptions_and_their_word_belong_together(ecr: Any, mutability: str, filters: int) -> None:
    every = [{"filterType": "WILDCARD", "filter": "a*"}] * filters
    excluding = {"imageTagMutabilityExclusionFilters": every} if every else {}
    with pytest.raises(ClientError) as err:
        ecr.put_image_tag_mutability(repositoryName="app", imageTagMutability=mutability, **excluding)
    assert code_of(err) == "InvalidParameterException"


def test_the_quota_for_images(ecr: Any, registries: Registries) -> None:
    registries.private[REGION].put_image = Throttle(0, now=lambda: 0.0)
    reply = Wire(registries.ecr_url).ask(
        "POST",
        "/",
        json.dumps({"repositoryName": "app", "imageManifest": json.dumps(image(LAYER))}).encode(),
        X_Amz_Target="AmazonEC2ContainerRegistry_V20150921.PutImage",
        Authorization=f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/{REGION}/ecr/aws4_request, Signature=0",
    )
    assert (reply.status, reply.document["__type"]) == (400, "ThrottlingException")


def test_lifecycle_policies(ecr: Any) -> None:
    rule = {
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 100},
        "action": {"type": "expire"},
    }
    text = json.dumps({"rules": [rule]})
    with pytest.raises(ClientError) as err:
        ecr.get_lifecycle_policy(repositoryName="app")
    assert code_of(err) == "LifecyclePolicyNotFoundException"
    ecr.put_lifecycle_policy(repositoryName="app", lifecyclePolicyText=text)
    assert ecr.get_lifecycle_policy(repositoryName="app")["lifecyclePolicyText"] == text
    assert ecr.delete_lifecycle_policy(repositoryName="app")["lifecyclePolicyText"] == text
    with pytest.raises(ClientError) as err:
        ecr.delete_lifecycle_policy(repositoryName="app")
    assert code_of(err) == "LifecyclePolicyNotFoundException"


@pytest.mark.parametrize("text", ["no json at all" + " " * 100, json.dumps({"rules": []}) + " " * 100])
def test_a_lifecycle_policy_has_rules(text: str, ecr: Any) -> None:
    with pytest.raises(ClientError) as err:
        ecr.put_lifecycle_policy(repositoryName="app", lifecyclePolicyText=text)
    assert code_of(err) == "InvalidParameterException"


def test_resource_tags(ecr: Any) -> None:
    ecr.tag_resource(resourceArn=ARN, tags=[{"Key": "team", "Value": "web"}, {"Key": "cost", "Value": "7"}])
    ecr.tag_resource(resourceArn=ARN, tags=[{"Key": "team", "Value": "mobile"}])
    assert ecr.list_tags_for_resource(resourceArn=ARN)["tags"] == [
        {"Key": "cost", "Value": "7"},
        {"Key": "team", "Value": "mobile"},
    ]
    ecr.untag_resource(resourceArn=ARN, tagKeys=["cost"])
    assert ecr.list_tags_for_resource(resourceArn=ARN)["tags"] == [{"Key": "team", "Value": "mobile"}]


def test_scanning_is_kept_as_a_setting(ecr: Any) -> None:
    ecr.put_image_scanning_configuration(repositoryName="app", imageScanningConfiguration={"scanOnPush": True})
    (repository,) = ecr.describe_repositories()["repositories"]
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}


def test_what_the_sandbox_does_not_know_it_says(ecr: Any) -> None:
    with pytest.raises(ClientError) as err:
        ecr.describe_registry()
    assert code_of(err) == "UnknownOperationException"


def test_permissions_are_asked_for_each_operation() -> None:
    asked: list[tuple[str, str, str]] = []

    def authorize(key: str, action: str, resource: str) -> bool:
        asked.append((key, action, resource))
        return action != "ecr:DescribeImages"

    with Registries(authorize=authorize) as running:
        ecr = client(running)
        ecr.create_repository(repositoryName="app")
        ecr.get_authorization_token()
        ecr.list_tags_for_resource(resourceArn=ARN)
        with pytest.raises(ClientError) as err:
            ecr.describe_images(repositoryName="app")
        ecr.close()
    assert code_of(err) == "AccessDeniedException"
    assert asked == [
        (KEY, "ecr:CreateRepository", ARN),
        (KEY, "ecr:GetAuthorizationToken", "*"),
        (KEY, "ecr:ListTagsForResource", ARN),
        (KEY, "ecr:DescribeImages", ARN),
    ]
