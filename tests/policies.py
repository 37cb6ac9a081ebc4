"""Policies as they are once a template is deployed: references put in, and IAM's answer asked of the evaluator."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws.authorizer import is_permitted

ACCOUNT, REGION = "123456789012", "eu-central-1"
OTHER_ACCOUNT = "111122223333"
SERVICES = {
    "AWS::CodeBuild::Project": "codebuild:{region}:{account}:project/{name}",
    "AWS::CodeBuild::ReportGroup": "codebuild:{region}:{account}:report-group/{name}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
}
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "HubMirror",
    "AWS::URLSuffix": "amazonaws.com",
}
_GIVEN_NAMES = ("Name", "LogGroupName", "TopicName", "QueueName", "BucketName")


@dataclass(frozen=True)
class Deployed:
    """A template; what has no name of its own is called like its logical id."""

    template: Mapping[str, Any]

    def of_type(self, kind: str) -> dict[str, Any]:
        """Resources by logical id, with every reference put in."""
        found = self.template["Resources"].items()
        return {name: self._resolved(resource) for name, resource in found if resource["Type"] == kind}

    def arn(self, logical_id: str) -> str:
        """What `Fn::GetAtt` gives."""
        resource = self.template["Resources"][logical_id]
        return "arn:aws:" + SERVICES[resource["Type"]].format(
            region=REGION, account=ACCOUNT, name=self._name(logical_id)
        )

    def one(self, kind: str, beginning: str = "") -> str:
        """The ARN of the one resource of the type whose logical id begins like that."""
        (found,) = (name for name in self.of_type(kind) if name.startswith(beginning))
        return self.arn(found)

    def policies(self, role: str) -> list[str]:
        """The documents of the role with this logical id."""
        kinds = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        found = [resource for kind in kinds for resource in self.of_type(kind).values()]
        return [
            json.dumps(resource["Properties"]["PolicyDocument"])
            for resource in found
            if role in resource["Properties"].get("Roles", ())
        ]

    def trusts(self, role: str, service: str, account: str) -> bool:
        """Whether the service may take on the role for something in that account."""
        document = json.dumps(self.of_type("AWS::IAM::Role")[role]["Properties"]["AssumeRolePolicyDocument"])
        document = document.replace('"Action"', '"Resource": "*", "Action"')
        context = {"principal": service, "aws:SourceAccount": account}
        return is_permitted([document], "sts:AssumeRole", "*", context=context)

    def _name(self, logical_id: str) -> str:
        properties = self.template["Resources"][logical_id].get("Properties", {})
        return next((str(properties[key]) for key in _GIVEN_NAMES if isinstance(properties.get(key), str)), logical_id)

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolved(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        match value:
            case {"Ref": str(name)} if name in _PSEUDO:
                return _PSEUDO[name]
            case {"Ref": str(name)}:
                resource = self.template["Resources"].get(name, {})
                # A topic's reference is its ARN.
                return self.arn(name) if resource.get("Type") == "AWS::SNS::Topic" else name
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                has_arn = attribute == "Arn" and self.template["Resources"][name]["Type"] in SERVICES
                return self.arn(name) if has_arn else f"{name}.{attribute}"
            case {"Fn::Join": [str(between), list(parts)]}:
                return between.join(map(str, self._resolved(parts)))
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^}]+)\}", lambda match: _PSEUDO.get(match[1], match[1]), text)
            case _:
                return {key: self._resolved(item) for key, item in value.items()}
