"""Templates are synthesised a few times for the whole session: the start of jsii is what takes the time."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

if "JSII_NODE" not in os.environ and (node := ROOT / ".venv" / "bin" / "node").exists():
    # Before anything imports aws_cdk, which starts it.
    os.environ["JSII_NODE"] = str(node)

import aws_cdk as cdk  # noqa: E402 - see above

import app as cdk_app  # noqa: E402 - see above
from mirror.config import reader  # noqa: E402 - see above
from mirror.config.model import MirrorConfig  # noqa: E402 - see above

Templates = dict[str, dict[str, Any]]
"""By the stack's name."""
Synthesise = Callable[..., Templates]

ACCOUNT = {"CDK_DEFAULT_ACCOUNT": "123456789012", "CDK_DEFAULT_REGION": "eu-central-1"}


@pytest.fixture(scope="session")
def context() -> dict[str, Any]:
    """The context that the CDK CLI hands over from cdk.json."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return context


@pytest.fixture(scope="session")
def synthesise(context: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Synthesise:
    """Templates of a configuration, given as model or as YAML."""

    def synthesise(config: MirrorConfig | str, environ: Mapping[str, str] = ACCOUNT) -> Templates:
        if isinstance(config, str):
            config = reader.read_text(config, source="mirror.yaml")
        outdir = tmp_path_factory.mktemp("cdk.out")
        app = cdk.App(auto_synth=False, context=context, outdir=str(outdir))
        assembly = cdk_app.build(config, app=app, environ=environ).synth()
        return {stack.stack_name: stack.template for stack in assembly.stacks}

    return synthesise


@pytest.fixture(scope="session")
def example() -> MirrorConfig:
    """A configuration with something of everything."""
    return reader.read_file(Path(__file__).with_name("example.yaml"))


@pytest.fixture(scope="session")
def templates(synthesise: Synthesise, example: MirrorConfig) -> Templates:
    """What the example gives in an account."""
    return synthesise(example)


@pytest.fixture(scope="session")
def unbound_templates(synthesise: Synthesise, example: MirrorConfig) -> Templates:
    """The same with neither account nor region known."""
    return synthesise(example, {})
