"""What the APIs `ecr` and `ecr-public` do with a repository's settings: catalogue data, lifecycle, tags, mutability."""

import json
from typing import Any

from sandbox.registries.ecr_service import ACCOUNT, EcrService, ServiceError
from sandbox.registries.store import Repository

CATALOG = "catalogData"
LIFECYCLE = "lifecyclePolicyText"
TAGS = "tags"
SCAN_ON_PUSH = "scanOnPush"
POLICY = "policyText"
ENCRYPTION = "encryptionConfiguration"
"""Keys of `Repository.attributes`."""

MAX_EXCEPTIONS = 5


def put_catalog(_: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """PutRepositoryCatalogData, which replaces all of it."""
    repository.attributes[CATALOG] = parameters.get("catalogData", {})
    return {"catalogData": repository.attributes[CATALOG]}


def get_catalog(_: EcrService, repository: Repository, __: dict[str, Any]) -> dict[str, Any]:
    """GetRepositoryCatalogData; empty where none was put."""
    return {"catalogData": repository.attributes.get(CATALOG, {})}


def put_lifecycle(_: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """PutLifecyclePolicy. The sandbox keeps the policy and expires nothing."""
    text = str(parameters["lifecyclePolicyText"])
    try:
        rules = json.loads(text)["rules"]
    except (ValueError, KeyError, TypeError) as err:
        raise ServiceError("InvalidParameterException", "lifecyclePolicyText: not a policy") from err
    if not rules:
        raise ServiceError("InvalidParameterException", "lifecyclePolicyText: at least one rule")
    repository.attributes[LIFECYCLE] = text
    return _lifecycle(repository, text)


def get_lifecycle(_: EcrService, repository: Repository, __: dict[str, Any]) -> dict[str, Any]:
    """GetLifecyclePolicy. `LifecyclePolicyNotFoundException`."""
    return _lifecycle(repository, _lifecycle_text(repository))


def delete_lifecycle(_: EcrService, repository: Repository, __: dict[str, Any]) -> dict[str, Any]:
    """DeleteLifecyclePolicy. `LifecyclePolicyNotFoundException`."""
    text = _lifecycle_text(repository)
    del repository.attributes[LIFECYCLE]
    return _lifecycle(repository, text)


def put_mutability(_: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """PutImageTagMutability."""
    set_mutability(repository, parameters)
    return {"registryId": ACCOUNT, "repositoryName": repository.name, **mutability_of(repository)}


def put_scanning(_: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """PutImageScanningConfiguration. The sandbox keeps it and scans nothing."""
    configuration = {"scanOnPush": bool(parameters["imageScanningConfiguration"].get("scanOnPush", False))}
    repository.attributes[SCAN_ON_PUSH] = configuration["scanOnPush"]
    return {"registryId": ACCOUNT, "repositoryName": repository.name, "imageScanningConfiguration": configuration}


def tag_resource(_: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """TagResource."""
    set_tags(repository, parameters["tags"])
    return {}


def untag_resource(_: EcrService, repository: Repository, parameters: dict[str, Any]) -> dict[str, Any]:
    """UntagResource."""
    gone = set(parameters["tagKeys"])
    repository.attributes[TAGS] = {key: value for key, value in tags_of(repository).items() if key not in gone}
    return {}


def list_tags(_: EcrService, repository: Repository, __: dict[str, Any]) -> dict[str, Any]:
    """ListTagsForResource."""
    return {"tags": [{"Key": key, "Value": value} for key, value in sorted(tags_of(repository).items())]}


def set_tags(repository: Repository, tags: list[dict[str, str]]) -> None:
    """Add resource tags, in the API's form."""
    repository.attributes[TAGS] = {**tags_of(repository), **{tag["Key"]: tag.get("Value", "") for tag in tags}}


def tags_of(repository: Repository) -> dict[str, str]:
    """The resource tags (not those of images)."""
    tags = repository.attributes.get(TAGS)
    return tags if isinstance(tags, dict) else {}


def set_mutability(repository: Repository, parameters: dict[str, Any]) -> None:
    """What the API's parameters say of it. `InvalidParameterException` for patterns without a word that has them."""
    asked = str(parameters.get("imageTagMutability") or "MUTABLE")
    patterns = tuple(str(each["filter"]) for each in parameters.get("imageTagMutabilityExclusionFilters") or ())
    word, _, excluding = asked.partition("_WITH_")
    if word not in {"MUTABLE", "IMMUTABLE"} or excluding not in {"", "EXCLUSION"} or bool(excluding) != bool(patterns):
        raise ServiceError("InvalidParameterException", f"imageTagMutability: {asked} with {len(patterns)} filters")
    if len(patterns) > MAX_EXCEPTIONS:
        raise ServiceError("InvalidParameterException", f"at most {MAX_EXCEPTIONS} filters")
    repository.immutable = word == "IMMUTABLE"
    repository.exceptions = patterns


def mutability_of(repository: Repository) -> dict[str, Any]:
    """The same as the API answers it."""
    word = "IMMUTABLE" if repository.immutable else "MUTABLE"
    if not repository.exceptions:
        return {"imageTagMutability": word}
    filters = [{"filterType": "WILDCARD", "filter": pattern} for pattern in repository.exceptions]
    return {"imageTagMutability": f"{word}_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": filters}


def _lifecycle_text(repository: Repository) -> str:
    text = repository.attributes.get(LIFECYCLE)
    if text is None:
        message = f"Lifecycle policy does not exist for the repository with name '{repository.name}'"
        raise ServiceError("LifecyclePolicyNotFoundException", message)
    return str(text)


def _lifecycle(repository: Repository, text: str) -> dict[str, Any]:
    return {"registryId": ACCOUNT, "repositoryName": repository.name, "lifecyclePolicyText": text}
