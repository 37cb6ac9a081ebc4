"""Reading a buildspec: the parts of AWS CodeBuild's format (version 0.2) that decide what runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml

from sandbox.codebuild.report_files import ReportFiles

MAX_LENGTH = 25_600
"""CodeBuild refuses an inline buildspec that is longer."""

PHASES = ("install", "pre_build", "build", "post_build")
SHELLS = ("sh", "bash")

_TOP = frozenset({"version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"})
_ENV = frozenset(
    {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper"}
)
_PHASE = frozenset({"run-as", "on-failure", "runtime-versions", "commands", "finally"})
_REPORT = frozenset({"files", "base-directory", "discard-paths", "file-format"})
MAX_REPORT_GROUPS = 5


class BuildspecError(Exception):
    """The buildspec cannot be run; CodeBuild reports it as YAML_FILE_ERROR."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What one phase runs. `on_failure` is None where the buildspec leaves CodeBuild's transitions as they are."""

    name: str
    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    on_failure: str | None = None


@dataclass(frozen=True, slots=True)
class Buildspec:
    """A buildspec that can be run."""

    phases: Mapping[str, Phase]
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    shell: str = "sh"
    reports: tuple[ReportFiles, ...] = ()

    def phase(self, name: str) -> Phase:
        """The phase; an empty one where the buildspec has none, which CodeBuild still records."""
        return self.phases.get(name, Phase(name))


def parse(text: str) -> Buildspec:
    """The buildspec in `text`; `BuildspecError` says what CodeBuild, or the sandbox, cannot run."""
    if len(text) > MAX_LENGTH:
        raise BuildspecError(f"Max buildspec length is {MAX_LENGTH}, got {len(text)}")
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(f"cannot be read: {error}") from error
    top = _section(document, "the buildspec", _TOP)
    if str(top.get("version")) != "0.2":
        raise BuildspecError(f"wrong version, got {top.get('version')!r}, allowed: 0.2")
    env = _section(top.get("env", {}), "env", _ENV)
    shell = env.get("shell", "sh")
    if shell not in SHELLS:
        raise BuildspecError(f"env/shell, got {shell!r}, allowed here: {', '.join(SHELLS)}")
    phases = _section(top.get("phases"), "phases", frozenset(PHASES))
    if not phases:
        raise BuildspecError("no phases: at least one is needed")
    return Buildspec(
        phases={name: _phase(name, value) for name, value in phases.items()},
        variables=_texts(env, "variables"),
        parameters=_texts(env, "parameter-store"),
        secrets=_texts(env, "secrets-manager"),
        shell=shell,
        reports=_reports(top.get("reports") or {}),
    )


def _phase(name: str, value: Any) -> Phase:
    found = _section(value, f"phases/{name}", _PHASE)
    on_failure = found.get("on-failure")
    if on_failure not in (None, "ABORT", "CONTINUE"):
        raise BuildspecError(f"phases/{name}/on-failure, got {on_failure!r}, allowed here: ABORT, CONTINUE")
    return Phase(
        name,
        _commands(found.get("commands"), f"phases/{name}/commands"),
        _commands(found.get("finally"), f"phases/{name}/finally"),
        on_failure,
    )


def _reports(value: Any) -> tuple[ReportFiles, ...]:
    if not isinstance(value, dict):
        raise BuildspecError(f"reports: expected a mapping, got {type(value).__name__}")
    if len(value) > MAX_REPORT_GROUPS:
        raise BuildspecError(f"reports: at most {MAX_REPORT_GROUPS} groups, got {len(value)}")
    return tuple(_report(str(group), found) for group, found in value.items())


def _report(group: str, value: Any) -> ReportFiles:
    found = _section(value, f"reports/{group}", _REPORT)
    file_format = str(found.get("file-format", "JUNITXML"))
    if file_format.upper() != "JUNITXML":
        raise BuildspecError(f"reports/{group}/file-format, got {file_format!r}, allowed here: JUNITXML")
    files = found.get("files")
    if not isinstance(files, list) or not files or not all(isinstance(each, str) for each in files):
        raise BuildspecError(f"reports/{group}/files: expected a list of patterns")
    return ReportFiles(group, tuple(files), str(found.get("base-directory", ".")))


def _commands(value: Any, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise BuildspecError(f"{where}: expected a list of commands, got {type(value).__name__}")
    for number, command in enumerate(value):
        # The classic of buildspecs: `- echo "a": b` is a mapping to YAML.
        if not isinstance(command, str):
            raise BuildspecError(f"{where}[{number}]: expected a command, got {type(command).__name__} {command!r}")
    return tuple(value)


def _texts(env: Mapping[str, Any], name: str) -> dict[str, str]:
    values = env.get(name) or {}
    if not isinstance(values, dict):
        raise BuildspecError(f"env/{name}: expected a mapping, got {type(values).__name__}")
    return {str(key): _text(value) for key, value in values.items()}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _section(value: Any, where: str, known: frozenset[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BuildspecError(f"{where}: expected a mapping, got {type(value).__name__}")
    unknown = sorted(set(map(str, value)) - known)
    if unknown:
        raise BuildspecError(f"{where}: unknown {', '.join(unknown)}; allowed: {', '.join(sorted(known))}")
    return value
