"""Reading a buildspec's section `batch`: which builds a batch consists of, and which of them wait for which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml

from sandbox.codebuild.buildspec import BuildspecError

KINDS = ("build-graph", "build-list", "build-matrix", "build-fanout")

_TASK = frozenset({"identifier", "buildspec", "debug-session", "depend-on", "env", "ignore-failure"})
_ENV = frozenset({"compute-type", "fleet", "image", "privileged-mode", "type", "variables"})


@dataclass(frozen=True, slots=True)
class Task:
    """One build of the batch."""

    identifier: str
    depend_on: tuple[str, ...] = ()
    ignore_failure: bool = False
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Batchspec:
    """The builds, in the buildspec's order."""

    tasks: tuple[Task, ...]
    fast_fail: bool = False


def parse_batch(text: str) -> Batchspec:
    """The batch in a buildspec; `BuildspecError` says what CodeBuild, or the sandbox, cannot run."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(f"cannot be read: {error}") from error
    batch = document.get("batch") if isinstance(document, dict) else None
    if not isinstance(batch, dict):
        raise BuildspecError("no batch in the buildspec")
    unknown = sorted(batch.keys() - {"fast-fail", *KINDS})
    if unknown:
        raise BuildspecError(f"batch: unknown {', '.join(unknown)}; allowed: fast-fail, {', '.join(KINDS)}")
    kinds = [kind for kind in KINDS if kind in batch]
    if kinds != ["build-graph"]:
        raise BuildspecError(f"batch, got {', '.join(kinds) or 'no builds'}, allowed here: build-graph")
    tasks = tuple(_task(value, number) for number, value in enumerate(batch["build-graph"]))
    _check(tasks)
    return Batchspec(tasks, bool(batch.get("fast-fail", False)))


def _task(value: Any, number: int) -> Task:
    where = f"batch/build-graph[{number}]"
    found = _known(value, where, _TASK)
    if not isinstance(found.get("identifier"), str):
        raise BuildspecError(f"{where}: an identifier is required")
    if "buildspec" in found:
        raise BuildspecError(f"{where}/buildspec: the sandbox runs the batch's own only")
    env = _known(found.get("env", {}), f"{where}/env", _ENV)
    if env.keys() - {"variables"}:
        raise BuildspecError(f"{where}/env, got {', '.join(env)}, allowed here: variables")
    return Task(
        found["identifier"],
        tuple(found.get("depend-on", ())),
        bool(found.get("ignore-failure", False)),
        {str(name): str(variable) for name, variable in env.get("variables", {}).items()},
    )


def _known(value: Any, where: str, known: frozenset[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BuildspecError(f"{where}: expected a mapping, got {type(value).__name__}")
    unknown = sorted(set(map(str, value)) - known)
    if unknown:
        raise BuildspecError(f"{where}: unknown {', '.join(unknown)}; allowed: {', '.join(sorted(known))}")
    return value


def _check(tasks: tuple[Task, ...]) -> None:
    names = [task.identifier for task in tasks]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BuildspecError(f"batch/build-graph: {', '.join(twice)} is there twice")
    done: set[str] = set()
    waiting = list(tasks)
    while waiting:
        ready = [task for task in waiting if done.issuperset(task.depend_on)]
        if not ready:
            raise BuildspecError(f"batch/build-graph: {', '.join(each.identifier for each in waiting)} can never start")
        done |= {task.identifier for task in ready}
        waiting = [task for task in waiting if task.identifier not in done]
