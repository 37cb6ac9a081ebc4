from collections.abc import Callable
from typing import Any

import pytest
import yaml
from aws_cdk.assertions import Match, Template

from mirror import settings

Templates = dict[str, dict[str, Any]]
Synthesise = Callable[..., Templates]


@pytest.fixture(scope="module")
def template(templates: Templates) -> Template:
    return Template.from_json(templates["HubMirror"])


def bucket(template: Template) -> tuple[str, dict[str, Any]]:
    ((name, resource),) = template.find_resources("AWS::S3::Bucket").items()
    return name, dict(resource)


def statements(template: Template) -> dict[str, Any]:
    policies = template.find_resources("AWS::IAM::Policy").values()
    found = (s for policy in policies for s in policy["Properties"]["PolicyDocument"]["Statement"])
    return {s["Sid"]: s for s in found if "Sid" in s}


def test_the_bucket_is_encrypted_versioned_and_private(template: Template) -> None:
    logical_id, resource = bucket(template)
    properties = resource["Properties"]
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert resource["DeletionPolicy"] == "Retain"
    assert "BucketName" not in properties, "a fixed name would be taken when a kept bucket's stack is made again"
    template.has_resource_properties(
        "AWS::S3::BucketPolicy",
        {
            "Bucket": {"Ref": logical_id},
            "PolicyDocument": {
                "Statement": [
                    Match.object_like(
                        {"Effect": "Deny", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
                    )
                ]
            },
        },
    )


def test_single_runs_go_after_a_quarter_and_old_versions_after_a_month(template: Template) -> None:
    runs, old = bucket(template)[1]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert (runs["Prefix"], runs["ExpirationInDays"]) == ("runs/", 90)
    assert "ExpirationInDays" not in old
    assert old["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}


def test_a_build_may_write_reports_and_nothing_else_there(template: Template) -> None:
    logical_id, _ = bucket(template)
    found = statements(template)
    arn = {"Fn::GetAtt": [logical_id, "Arn"]}
    assert (found["FindReports"]["Action"], found["FindReports"]["Resource"]) == ("s3:ListBucket", arn)
    assert found["WriteReports"]["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert found["WriteReports"]["Resource"] == {"Fn::Join": ["", [arn, "/*"]]}
    group = "arn:aws:codebuild:eu-central-1:123456789012:report-group/hub-mirror"
    assert found["TellReports"]["Resource"] == group


def test_the_buildspec_names_the_group_that_is_deployed(template: Template) -> None:
    (group,) = template.find_resources("AWS::CodeBuild::ReportGroup").values()
    assert group["Properties"] == {
        "Name": "hub-mirror",
        "Type": "TEST",
        "ExportConfig": {"ExportConfigType": "NO_EXPORT"},
        "DeleteReports": True,
    }
    (project,) = template.find_resources("AWS::CodeBuild::Project").values()
    (named,) = yaml.safe_load(project["Properties"]["Source"]["BuildSpec"])["reports"]
    assert named.endswith(f":report-group/{group['Properties']['Name']}")


def test_they_can_be_switched_off(synthesise: Synthesise) -> None:
    template = synthesise("version: 1\nreports: false\nimages: ['maven:3']\n")["HubMirror"]
    text = str(template)
    assert "AWS::S3::Bucket'" not in text
    assert settings.REPORT_BUCKET not in text
    assert "report-group" not in text


def test_how_long_runs_are_kept_and_the_name_are_the_configurations(synthesise: Synthesise) -> None:
    stacks = synthesise("version: 1\nname: dev\nreports: {keep_days: 7}\nimages: ['maven:3']\n")
    template = Template.from_json(stacks["dev-HubMirror"])
    rules = bucket(template)[1]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rules[0]["ExpirationInDays"] == 7
    template.has_resource_properties("AWS::CodeBuild::ReportGroup", {"Name": "dev-hub-mirror"})
