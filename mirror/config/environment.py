"""The key `name`: several deployments of one checkout, side by side."""

import dataclasses
import re

from mirror.config.docker_hub import CREATED_SECRET
from mirror.config.fields import Field
from mirror.config.model import MirrorConfig

NAME_PATTERN = re.compile(r"[a-z](?:-?[a-z0-9]+)*")
MAX_CHARACTERS = 20
"""The shortest limit on names that begin with it, 64 for a schedule's, leaves room for a schedule's own."""


def read_name(field: Field | None) -> str:
    """The environment's name; empty when there is none."""
    text = field.text("a name such as dev") if field is not None else None
    if text is None or field is None:
        return ""
    problem = name_problem(text)
    if problem is not None:
        field.problem(problem)
    return text


def name_problem(text: str) -> str | None:
    """Why this cannot be an environment's name, in a sentence; `None` when it can."""
    if NAME_PATTERN.fullmatch(text) and len(text) <= MAX_CHARACTERS:
        return None
    return (
        f"not a name: {text!r} (at most {MAX_CHARACTERS} lower-case letters, digits and single '-', beginning "
        "with a letter: dev)"
    )


def named(config: MirrorConfig, name: str) -> MirrorConfig:
    """The same for the environment `name`: what has a usual name gets the environment's before it."""
    docker_hub = config.docker_hub
    if docker_hub.create_secret and docker_hub.credentials_secret == _usual_secret(config.name):
        docker_hub = dataclasses.replace(docker_hub, credentials_secret=_usual_secret(name))
    return dataclasses.replace(config, name=name, docker_hub=docker_hub)


def _usual_secret(name: str) -> str:
    folder, _, last = CREATED_SECRET.partition("/")
    return f"{folder}/{name}-{last}" if name else CREATED_SECRET
