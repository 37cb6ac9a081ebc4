import json
import tarfile
from pathlib import Path
from typing import Any

import aws_cdk
import pytest

ROOT = Path(__file__).resolve().parents[2]

OURS: dict[str, Any] = {}
"""Flags where cdk.json departs from what the library recommends, with the reason beside each."""


@pytest.fixture(scope="module")
def recommended() -> dict[str, Any]:
    package = Path(aws_cdk.__file__).parent / "_jsii"
    (archive,) = package.glob("aws-cdk-lib@*.tgz")
    with tarfile.open(archive) as tar:
        member = tar.extractfile("package/recommended-feature-flags.json")
        assert member is not None
        flags: dict[str, Any] = json.load(member)
    return flags


def test_flags_are_those_that_the_pinned_library_recommends(recommended: dict[str, Any]) -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    assert context == {**recommended, **OURS}


def test_the_cli_runs_the_app() -> None:
    assert json.loads((ROOT / "cdk.json").read_text())["app"] == "python3 app.py"
