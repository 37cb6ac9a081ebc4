"""The key `lifecycle`: a repository's rules for what is kept, in the order in which they decide."""

import re
from collections.abc import Mapping, Sequence

from mirror.config.ecr import LifecycleImages, LifecycleRule, LifecycleVerb
from mirror.config.fields import Field

MAX_RULES = 50
MAX_WILDCARDS = 4
PATTERN = re.compile(r"[A-Za-z0-9_.*-]{1,128}")

ARCHIVE_MIN_DAYS = 90
"""ECR bills an archived image for that long, and expires none before."""
UNTAGGED_MIN_DAYS = 2
"""Platforms of an image are pushed before the image that names them, and are untagged until then. No run lasts longer
than 36 hours, so an older one belongs to no push that still goes on."""

_VERBS = tuple(verb.value for verb in LifecycleVerb)
_FORM = "a rule such as {images: untagged, expire_after_days: 14} or {tags: '*-rc*', keep_newest: 5}"


def read_lifecycle(field: Field) -> tuple[LifecycleRule, ...]:
    """The rules. An empty list is an answer: no rules, whatever the destination says."""
    items = field.items("lifecycle rules") or ()
    if len(items) > MAX_RULES:
        field.problem(f"ECR takes {MAX_RULES} rules for a repository, got {len(items)}")
    read = [(item, _read_rule(item)) for item in items]
    found = [(item, rule) for item, rule in read if rule is not None]
    _check_order(found)
    return tuple(rule for _, rule in found)


def _read_rule(item: Field) -> LifecycleRule | None:
    keys = item.mapping(_FORM, optional=("tags", "images", *_VERBS))
    if keys is None:
        return None
    verb = _read_verb(item, keys)
    if ("tags" in keys) == ("images" in keys):
        has = "both" if "tags" in keys else "neither"
        item.problem(f"a rule has one of 'tags' and 'images', this has {has}: {_FORM}")
    tags = _read_pattern(keys["tags"]) if "tags" in keys else None
    word = keys["images"].choice(tuple(LifecycleImages)) if "images" in keys else None
    images = LifecycleImages(word) if word in set(LifecycleImages) else None
    number = keys[verb].whole_number(minimum=_least(verb, images)) if verb is not None else None
    if verb is None or number is None:
        return None
    if verb is LifecycleVerb.KEEP_NEWEST and images is not None:
        item.problem(
            "'keep_newest' needs 'tags': the platforms of an image are untagged images of their own, and counting "
            "them would expire some while the image is still being pushed; for every tag write tags: '*'"
        )
    return LifecycleRule(verb, number, tags, images)


def _read_verb(item: Field, keys: Mapping[str, Field]) -> LifecycleVerb | None:
    verbs = [verb for verb in LifecycleVerb if verb.value in keys]
    if len(verbs) == 1:
        return verbs[0]
    got = " and ".join(repr(verb.value) for verb in verbs) or "none of them"
    item.problem(f"a rule has exactly one of {', '.join(_VERBS)}, got {got}")
    return None


def _least(verb: LifecycleVerb, images: LifecycleImages | None) -> int:
    if verb is LifecycleVerb.EXPIRE_AFTER_DAYS_ARCHIVED:
        return ARCHIVE_MIN_DAYS
    if verb is LifecycleVerb.EXPIRE_AFTER_DAYS and images is not None:
        return UNTAGGED_MIN_DAYS
    return 1


def _read_pattern(field: Field) -> str | None:
    text = field.text("one pattern over tags such as '*-rc*'")
    if text is None:
        return None
    if PATTERN.fullmatch(text) is None or text.count("*") > MAX_WILDCARDS:
        field.problem(
            f"not a pattern over tags: {text!r} (letters, digits, '.', '_', '-' and at most {MAX_WILDCARDS} '*')"
        )
        return None
    return text


def _check_order(rules: Sequence[tuple[Field, LifecycleRule]]) -> None:
    """ECR wants rules for any image last; and two for the same images and class of storage cannot both decide."""
    first_any: Field | None = None
    seen: dict[tuple[str | None, str | None, bool], Field] = {}
    for item, rule in rules:
        if rule.images is LifecycleImages.ANY:
            first_any = first_any or item
        elif first_any is not None:
            item.problem(f"rules for 'images: any' come last, and one comes before this ({first_any.where})")
        archived = rule.verb is LifecycleVerb.EXPIRE_AFTER_DAYS_ARCHIVED
        key = (rule.tags, rule.images, archived)
        if key in seen and rule.images is not None:
            item.problem(f"there is a rule for 'images: {rule.images.value}' already ({seen[key].where}): keep one")
        seen.setdefault(key, item)
