import json

import pytest

from mirror.config.ecr import LifecycleImages, LifecycleRule, LifecycleVerb
from stacks.lifecycle import policy_text

ANY, UNTAGGED = LifecycleImages.ANY, LifecycleImages.UNTAGGED


@pytest.mark.parametrize(
    ("rule", "selection", "action"),
    [
        (
            LifecycleRule(LifecycleVerb.EXPIRE_AFTER_DAYS, 14, images=UNTAGGED),
            {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
            {"type": "expire"},
        ),
        (
            LifecycleRule(LifecycleVerb.KEEP_NEWEST, 5, tags="*-rc*"),
            {
                "tagStatus": "tagged",
                "tagPatternList": ["*-rc*"],
                "countType": "imageCountMoreThan",
                "countNumber": 5,
            },
            {"type": "expire"},
        ),
        (
            LifecycleRule(LifecycleVerb.ARCHIVE_AFTER_DAYS, 30, tags="*"),
            {
                "tagStatus": "tagged",
                "tagPatternList": ["*"],
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": 30,
            },
            {"type": "transition", "targetStorageClass": "archive"},
        ),
        (
            LifecycleRule(LifecycleVerb.ARCHIVE_AFTER_DAYS_UNPULLED, 90, images=ANY),
            {"tagStatus": "any", "countType": "sinceImagePulled", "countUnit": "days", "countNumber": 90},
            {"type": "transition", "targetStorageClass": "archive"},
        ),
        (
            LifecycleRule(LifecycleVerb.EXPIRE_AFTER_DAYS_ARCHIVED, 365, images=ANY),
            {
                "tagStatus": "any",
                "storageClass": "archive",
                "countType": "sinceImageTransitioned",
                "countUnit": "days",
                "countNumber": 365,
            },
            {"type": "expire"},
        ),
    ],
)
def test_each_rule_in_ecrs_words(rule: LifecycleRule, selection: dict[str, object], action: dict[str, str]) -> None:
    assert json.loads(policy_text([rule])) == {"rules": [{"rulePriority": 1, "selection": selection, "action": action}]}


def test_every_verb_is_known() -> None:
    rules = [LifecycleRule(verb, 100, tags="*") for verb in LifecycleVerb]
    assert len(json.loads(policy_text(rules))["rules"]) == len(LifecycleVerb)


def test_the_order_is_the_priority() -> None:
    rules = [LifecycleRule(LifecycleVerb.KEEP_NEWEST, number, tags=f"v{number}*") for number in (3, 1, 2)]
    found = json.loads(policy_text(rules))["rules"]
    assert [(rule["rulePriority"], rule["selection"]["countNumber"]) for rule in found] == [(1, 3), (2, 1), (3, 2)]


def test_the_longest_policy_is_within_ecrs_limit() -> None:
    rules = [LifecycleRule(LifecycleVerb.EXPIRE_AFTER_DAYS_ARCHIVED, 10**8, tags="t" * 128)] * 50
    assert len(policy_text(rules[:1])) >= 100
    assert len(policy_text(rules)) <= 30_720
