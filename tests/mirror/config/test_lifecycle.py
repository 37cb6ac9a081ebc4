from collections.abc import Callable

import pytest

from mirror.config.ecr import LifecycleImages, LifecycleRule, LifecycleVerb
from mirror.config.model import MirrorConfig
from mirror.errors import Problem


def test_rules_keep_their_order(read: Callable[[str], MirrorConfig]) -> None:
    config = read(
        "private:\n"
        "  lifecycle:\n"
        "    - {tags: '*-rc*', keep_newest: 5}\n"
        "    - {images: untagged, expire_after_days: 14}\n"
        "    - {images: any, archive_after_days_unpulled: 90}\n"
        "    - {images: any, expire_after_days_archived: 365}\n"
    )

    assert config.private is not None
    assert config.private.settings.lifecycle == (
        LifecycleRule(LifecycleVerb.KEEP_NEWEST, 5, tags="*-rc*"),
        LifecycleRule(LifecycleVerb.EXPIRE_AFTER_DAYS, 14, images=LifecycleImages.UNTAGGED),
        LifecycleRule(LifecycleVerb.ARCHIVE_AFTER_DAYS_UNPULLED, 90, images=LifecycleImages.ANY),
        LifecycleRule(LifecycleVerb.EXPIRE_AFTER_DAYS_ARCHIVED, 365, images=LifecycleImages.ANY),
    )


@pytest.mark.parametrize(
    ("rules", "path", "message"),
    [
        ("{}", "", "expected a list of lifecycle rules, got a mapping"),
        ("[7]", "[0]", "expected a rule such as {images: untagged, expire_after_days: 14}"),
        ("[{images: any}]", "[0]", "exactly one of expire_after_days, keep_newest,"),
        ("[{tags: a, keep_newest: 1, archive_after_days: 9}]", "[0]", "got 'keep_newest' and 'archive_after_days'"),
        ("[{keep_newest: 1}]", "[0]", "one of 'tags' and 'images', this has neither"),
        ("[{tags: a, images: any, expire_after_days: 9}]", "[0]", "this has both"),
        ("[{tag: a, images: any, expire_after_days: 9}]", "[0].tag", "did you mean 'tags'?"),
        ("[{tags: 'a b', expire_after_days: 9}]", "[0].tags", "not a pattern over tags: 'a b'"),
        ("[{tags: '*****', expire_after_days: 9}]", "[0].tags", "at most 4 '*'"),
        ("[{tags: a, keep_newest: 0}]", "[0].keep_newest", "a whole number, 1 or more"),
        ("[{images: any, keep_newest: 5}]", "[0]", "would expire some while the image is still being pushed"),
        ("[{images: untagged, expire_after_days: 1}]", "[0].expire_after_days", "a whole number, 2 or more"),
        ("[{images: any, expire_after_days_archived: 30}]", "[0].expire_after_days_archived", "90 or more"),
        (
            "[{images: any, expire_after_days: 9}, {tags: a, keep_newest: 1}]",
            "[1]",
            "rules for 'images: any' come last, and one comes before this (line 1)",
        ),
        (
            "[{images: untagged, expire_after_days: 9}, {images: untagged, expire_after_days: 8}]",
            "[1]",
            "a rule for 'images: untagged' already (line 1): keep one",
        ),
        (
            f"[{', '.join(f'{{tags: t{n}, keep_newest: 1}}' for n in range(51))}]",
            "",
            "50 rules for a repository, got 51",
        ),
    ],
)
def test_what_is_no_rule(refuse: Callable[[str], list[Problem]], rules: str, path: str, message: str) -> None:
    (problem,) = refuse(f"private: {{lifecycle: {rules}}}")

    assert problem.path == f"private.lifecycle{path}"
    assert message in problem.message
    assert problem.line == 1
