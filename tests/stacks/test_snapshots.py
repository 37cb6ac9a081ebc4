"""Whole templates, so that a change shows in review.

``UPDATE_SNAPSHOTS=1 pytest tests/stacks/test_snapshots.py`` writes them anew.
"""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mirror.config import reader

SNAPSHOTS = Path(__file__).with_name("snapshots")
BATCH = SNAPSHOTS / "HubMirror.batch.json"
UPDATE = "UPDATE_SNAPSHOTS"

Templates = dict[str, dict[str, Any]]


def normal(template: dict[str, Any]) -> str:
    """The template with what changes with every edit of the engine left out."""
    return re.sub(r"\b[0-9a-f]{64}\b", "ASSET", json.dumps(template, indent=1, sort_keys=True)) + "\n"


@pytest.mark.parametrize("stack", ["HubMirrorPublic", "HubMirrorPrivate", "HubMirror"])
@pytest.mark.parametrize("kind", ["account", "anywhere"])
def test_the_template_is_the_recorded_one(
    stack: str, kind: str, templates: Templates, unbound_templates: Templates
) -> None:
    found = normal((templates if kind == "account" else unbound_templates)[stack])
    snapshot = SNAPSHOTS / f"{stack}.{kind}.json"
    if os.environ.get(UPDATE):
        snapshot.write_text(found)
    assert found == snapshot.read_text(), f"{UPDATE}=1 records the new one, if it is meant"


def test_the_template_of_several_shards_is_the_recorded_one(synthesise: Callable[..., Templates]) -> None:
    config = reader.read_file(Path(__file__).with_name("batch.yaml"))
    found = normal(synthesise(config)["HubMirror"])
    if os.environ.get(UPDATE):
        BATCH.write_text(found)
    assert found == BATCH.read_text(), f"{UPDATE}=1 records the new one, if it is meant"


def test_there_is_no_snapshot_of_a_stack_that_is_gone(templates: Templates) -> None:
    expected = {f"{stack}.{kind}.json" for stack in templates for kind in ("account", "anywhere")} | {BATCH.name}
    assert {path.name for path in SNAPSHOTS.iterdir()} == expected
