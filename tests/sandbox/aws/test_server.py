from typing import Any

import boto3

from sandbox.aws.backing import Backing
from sandbox.aws.server import ControlPlane
from sandbox.codebuild.reports import REPORTS
from sandbox.registries.ecr_service import PUBLIC_REGION, EcrRegion, EcrService


def test_a_control_plane_begins_empty_whatever_the_one_before_was_told() -> None:
    found = []
    for _ in range(2):
        with ControlPlane(Backing(EcrRegion(), EcrService(PUBLIC_REGION, public=True))) as plane:
            session: Any = boto3.Session("AKIATEST", "secret", region_name=PUBLIC_REGION)
            s3 = session.client("s3", endpoint_url=plane.url)
            found.append([each["Name"] for each in s3.list_buckets()["Buckets"]])
            found[-1] += REPORTS.groups("arn:")
            s3.create_bucket(Bucket="left-over")
            REPORTS.add_group("arn:aws:codebuild:eu-central-1:123456789012:report-group/left-over")
    REPORTS.forget()
    assert found == [[], []]
