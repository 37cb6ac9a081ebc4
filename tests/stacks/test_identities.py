"""Logical ids: what CloudFormation takes a resource for. See docs/decisions/0003-stable-identities.md."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Templates = dict[str, dict[str, Any]]
Synthesise = Callable[..., Templates]

LEDGER = Path(__file__).with_name("logical_ids.json")
"""Ids that deployments have. A line is added for a new resource; a changed one is a repository lost to its stack, so
this file is written by hand."""

BEFORE = """\
version: 1
images:
  - {name: maven, tags: ["3.9"], to: [public, private]}
  - {name: bitnami/redis, tags: ["7"], to: [public, private]}
repositories: [{name: backend-app}]
"""
AFTER = """\
version: 1
schedule: {rate: 1 hour}
repositories: [{name: another-app}, {name: backend-app}]
images:
  - {name: alpine, tags: ["3"], to: [public, private]}
  - {name: bitnami/redis, tags: ["7", "8"], to: [private, public], description: new}
  - {name: bitnami-redis, tags: ["7"], to: [public, private]}
  - {name: bitnami.redis, tags: ["7"], to: [public, private]}
  - {name: bitnamiredis, tags: ["7"], to: [public, private]}
  - {name: maven, tags: ["4"], to: [private, public]}
"""


def repositories(templates: Templates) -> dict[tuple[str, str], str]:
    """Logical ids by stack and repository name."""
    return {
        (stack, resource["Properties"]["RepositoryName"]): logical_id
        for stack, template in templates.items()
        for logical_id, resource in template["Resources"].items()
        if "RepositoryName" in resource["Properties"]
    }


def others(templates: Templates) -> set[tuple[str, str]]:
    return {
        (logical_id, resource["Type"])
        for logical_id, resource in templates["HubMirror"]["Resources"].items()
        if not logical_id.startswith("Schedule")
    }


@pytest.fixture(scope="module")
def before(synthesise: Synthesise) -> Templates:
    return synthesise(BEFORE)


@pytest.fixture(scope="module")
def after(synthesise: Synthesise) -> Templates:
    return synthesise(AFTER)


def test_nothing_else_changes_when_the_file_is_edited(before: Templates, after: Templates) -> None:
    old, new = repositories(before), repositories(after)
    assert len(old) == 5
    assert {key: new[key] for key in old} == old
    assert others(before) == others(after)


def test_names_that_differ_in_one_character_have_ids_of_their_own(after: Templates) -> None:
    found = repositories(after)
    assert len(found) == 6 + 8
    assert len({(stack, logical_id) for (stack, _), logical_id in found.items()}) == len(found)


def test_account_and_region_do_not_matter(templates: Templates, unbound_templates: Templates) -> None:
    assert repositories(templates) == repositories(unbound_templates)
    assert others(templates) == others(unbound_templates)


def test_a_repository_stays_the_same_when_it_becomes_ones_own(synthesise: Synthesise) -> None:
    mirrored = synthesise("version: 1\ndefaults: {to: [private]}\nimages: [redis:7]\n")
    own = synthesise("version: 1\nrepositories: [{name: redis}]\n")
    assert repositories(mirrored) == repositories(own)
    assert mirrored["HubMirrorPrivate"]["Resources"] == own["HubMirrorPrivate"]["Resources"]


def test_ids_are_those_of_earlier_deployments(templates: Templates) -> None:
    ledger = json.loads(LEDGER.read_text())
    found = {
        stack: {logical_id: resource["Type"] for logical_id, resource in template["Resources"].items()}
        for stack, template in templates.items()
    }
    assert found == ledger
