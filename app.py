"""The CDK app: reads `mirror.yaml`, checks it, and composes the stacks.

``cdk synth -c config=other.yaml`` takes another file, ``-c name=dev`` the same file for another environment. Neither
AWS credentials nor Docker are needed.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from mirror.config import reader
from mirror.config.environment import name_problem, named
from mirror.config.model import DestinationName, MirrorConfig
from mirror.errors import ConfigError, Problem
from stacks import division, names, push_scope, regions
from stacks.mirror_stack import MirrorStack
from stacks.private_stack import PrivateStack, private_parts
from stacks.public_stack import PublicStack

DEFAULT_CONFIG = "mirror.yaml"
BAD_CONFIG = 2


def build(config: MirrorConfig, *, app: cdk.App, environ: Mapping[str, str]) -> cdk.App:
    """Put the stacks that `config` asks for into `app`.

    Account and region come from the CDK CLI's variables in `environ`; without them the templates fit any account, and
    the public stack still is in us-east-1.
    """
    account, region = environ.get("CDK_DEFAULT_ACCOUNT") or None, environ.get("CDK_DEFAULT_REGION") or None
    home = cdk.Environment(account=account, region=region)
    repositories: list[cdk.Stack] = [
        PublicStack(
            app,
            names.stack(config, names.part_stack(names.PUBLIC_STACK, part)),
            config=config,
            part=part,
            env=cdk.Environment(account=account, region=names.PUBLIC_REGION),
            description="hub-mirror: repositories in ECR Public",
        )
        for part in (division.parts(config, DestinationName.PUBLIC) if regions.has_public(region) else ())
    ]
    repositories.extend(
        PrivateStack(
            app,
            names.stack(config, names.part_stack(names.PRIVATE_STACK, part)),
            config=config,
            part=part,
            env=home,
            description="hub-mirror: private repositories",
        )
        for part in private_parts(config)
    )
    mirror = MirrorStack(
        app,
        names.stack(config, names.MIRROR_STACK),
        config=config,
        env=home,
        description="hub-mirror: the CodeBuild project that fills the repositories",
    )
    for stack in repositories:
        # Order only: the first build must find its repositories. Nothing is passed between the stacks.
        mirror.add_stack_dependency(stack)
    return app


def check_sizes(config: MirrorConfig, source: str) -> None:
    """`ConfigError` when CloudFormation or IAM would not take so many repositories."""
    found = [
        Problem(line=0, column=0, path=f"{name}.stacks", message=message) for name, message in division.problems(config)
    ]
    too_many = push_scope.problem(config)
    if too_many is not None:
        found.append(Problem(line=0, column=0, path="", message=too_many))
    if found:
        raise ConfigError(source, tuple(found))


def rename(config: MirrorConfig, name: str) -> MirrorConfig:
    """The configuration for the environment `name`, whatever the file says. `ConfigError` when it cannot be one."""
    message = name_problem(name)
    if message is not None:
        source = "-c name"
        raise ConfigError(source, (Problem(line=0, column=0, path="", message=message),))
    return named(config, name)


def cli_context(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The context that the CDK CLI hands over: what fits into a variable there, the rest in a file.

    The library reads it too, but only into an app, and making one already makes the output directory.
    """
    context: dict[str, Any] = json.loads(environ.get("CDK_CONTEXT_JSON") or "{}")
    overflow = environ.get("CONTEXT_OVERFLOW_LOCATION_ENV")
    if overflow:
        context |= json.loads(Path(overflow).read_text(encoding="utf-8"))
    return context


def main() -> int:
    """Synthesise into the directory that the CDK CLI names. A bad configuration is told before any construct exists."""
    context = cli_context(os.environ)
    path = str(context.get("config") or DEFAULT_CONFIG)
    try:
        config = reader.read_file(Path(path))
        if context.get("name"):
            config = rename(config, str(context["name"]))
        check_sizes(config, path)
        regions.check(config, os.environ.get("CDK_DEFAULT_REGION") or None, path)
    except ConfigError as err:
        sys.stderr.write(f"{err}\n")
        return BAD_CONFIG
    build(config, app=cdk.App(auto_synth=False), environ=os.environ).synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
