from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws.cloudformation.conftest import Plane

BLOCK = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)


def template(plane: Plane, **properties: Any) -> dict[str, Any]:
    bucket = {"BucketName": f"bucket-{plane.unique}", **properties}
    return {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": bucket}}}


def rules(*, days: int) -> list[dict[str, Any]]:
    return [
        {"Id": "runs", "Prefix": "runs/", "ExpirationInDays": days, "Status": "Enabled"},
        {
            "Id": "old",
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            "Status": "Enabled",
        },
    ]


def test_a_bucket_is_what_its_template_says(plane: Plane) -> None:
    s3, name = plane.client("s3"), f"bucket-{plane.unique}"
    plane.deploy(
        "one",
        template(
            plane,
            VersioningConfiguration={"Status": "Enabled"},
            PublicAccessBlockConfiguration=BLOCK,
            LifecycleConfiguration={"Rules": rules(days=90)},
        ),
    )
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == BLOCK
    runs, old = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert (runs["ID"], runs["Filter"], runs["Expiration"]["Days"]) == ("runs", {"Prefix": "runs/"}, 90)
    assert old["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert old["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    plane.deploy("one", template(plane, LifecycleConfiguration={"Rules": rules(days=7)}))
    (runs, _) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert runs["Expiration"]["Days"] == 7


def test_a_bucket_of_which_nothing_is_said_has_nothing(plane: Plane) -> None:
    s3, name = plane.client("s3"), f"bucket-{plane.unique}"
    plane.deploy("two", template(plane))
    assert "Status" not in s3.get_bucket_versioning(Bucket=name)
    for ask in (s3.get_public_access_block, s3.get_bucket_lifecycle_configuration):
        with pytest.raises(ClientError, match="NoSuch"):
            ask(Bucket=name)
