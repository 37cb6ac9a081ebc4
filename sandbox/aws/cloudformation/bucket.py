"""`AWS::S3::Bucket` with what moto's own takes no notice of: versions, rules of expiry, and who is kept out.

moto 5.2.5 makes the bucket, its encryption and its tags. The rest of what a template says would be neither seen nor
tried in a deployment.
"""

from collections.abc import Mapping
from typing import Any

from moto.s3.models import FakeBucket, S3Backend, s3_backends
from moto.utilities.utils import get_partition


def correct_buckets() -> None:
    """Put the corrections in place; once a process."""
    FakeBucket.create_from_cloudformation_json = classmethod(_completing(FakeBucket.create_from_cloudformation_json))
    FakeBucket.update_from_cloudformation_json = classmethod(_completing(FakeBucket.update_from_cloudformation_json))


def complete(backend: S3Backend, name: str, properties: Mapping[str, Any]) -> None:
    """Set what the template says of the bucket, beyond what moto has set."""
    status = properties.get("VersioningConfiguration", {}).get("Status")
    if status is not None:
        backend.put_bucket_versioning(name, status)
    if block := properties.get("PublicAccessBlockConfiguration"):
        backend.put_public_access_block(name, {key: str(value).lower() for key, value in block.items()})
    rules = properties.get("LifecycleConfiguration", {}).get("Rules")
    if rules:
        backend.put_bucket_lifecycle_configuration(name, [_rule(rule) for rule in rules])


def _completing(define: Any) -> Any:
    """`define` is bound to the class already; the wrapped one gets the class once more."""

    def defining(cls: Any, *arguments: Any, **named: Any) -> Any:
        bucket = define.__func__(cls, *arguments, **named)
        template = next(each for each in (*arguments, *named.values()) if isinstance(each, dict))
        backend = s3_backends[bucket.account_id][get_partition(bucket.region_name)]
        complete(backend, bucket.name, template.get("Properties", {}))
        return bucket

    return defining


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule of a template in the shape of the API's."""
    expiry = {"Expiration": {"Days": rule["ExpirationInDays"]}} if "ExpirationInDays" in rule else {}
    kept = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    return {
        "ID": rule.get("Id"),
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
        **expiry,
        **{name: rule[name] for name in kept if name in rule},
    }
