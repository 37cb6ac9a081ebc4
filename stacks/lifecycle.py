"""Lifecycle rules in ECR's words. The library knows only those that expire by count or by age."""

import json
from collections.abc import Sequence
from typing import Any

from mirror.config.ecr import LifecycleRule, LifecycleVerb

_EXPIRE = {"type": "expire"}
_ARCHIVE = {"type": "transition", "targetStorageClass": "archive"}

_COUNTED: dict[LifecycleVerb, tuple[dict[str, str], dict[str, str]]] = {
    LifecycleVerb.EXPIRE_AFTER_DAYS: ({"countType": "sinceImagePushed", "countUnit": "days"}, _EXPIRE),
    LifecycleVerb.KEEP_NEWEST: ({"countType": "imageCountMoreThan"}, _EXPIRE),
    LifecycleVerb.ARCHIVE_AFTER_DAYS: ({"countType": "sinceImagePushed", "countUnit": "days"}, _ARCHIVE),
    LifecycleVerb.ARCHIVE_AFTER_DAYS_UNPULLED: ({"countType": "sinceImagePulled", "countUnit": "days"}, _ARCHIVE),
    LifecycleVerb.EXPIRE_AFTER_DAYS_ARCHIVED: (
        {"storageClass": "archive", "countType": "sinceImageTransitioned", "countUnit": "days"},
        _EXPIRE,
    ),
}


def policy_text(rules: Sequence[LifecycleRule]) -> str:
    """The policy's JSON."""
    return json.dumps({"rules": [_rule(rule, priority) for priority, rule in enumerate(rules, 1)]})


def _rule(rule: LifecycleRule, priority: int) -> dict[str, Any]:
    counted, action = _COUNTED[rule.verb]
    which = (
        {"tagStatus": "tagged", "tagPatternList": [rule.tags]}
        if rule.tags is not None
        else {"tagStatus": str(rule.images)}
    )
    selection = {**which, **counted, "countNumber": rule.number}
    return {"rulePriority": priority, "selection": selection, "action": action}
