import pytest

from sandbox.codebuild.buildspec import MAX_LENGTH, BuildspecError, Phase, parse
from sandbox.codebuild.report_files import ReportFiles

FULL = """
version: 0.2
env:
  shell: bash
  variables: {FLAG: true, NUMBER: 1}
  parameter-store: {LEVEL: /mirror/level}
  secrets-manager: {TOKEN: "hub:token"}
phases:
  pre_build:
    commands: [python3 --version]
  build:
    on-failure: ABORT
    commands:
      - echo one
      - |
        if true; then
          echo two
        fi
    finally: [echo three]
"""


def test_all_parts_are_read() -> None:
    found = parse(FULL)
    assert found.shell == "bash"
    assert found.variables == {"FLAG": "true", "NUMBER": "1"}
    assert found.parameters == {"LEVEL": "/mirror/level"}
    assert found.secrets == {"TOKEN": "hub:token"}
    assert found.phase("pre_build").commands == ("python3 --version",)
    assert found.phase("build") == Phase(
        "build", ("echo one", "if true; then\n  echo two\nfi\n"), ("echo three",), "ABORT"
    )


def test_a_phase_that_is_left_out_is_empty() -> None:
    assert parse(FULL).phase("post_build") == Phase("post_build")


def test_json_is_yaml() -> None:
    found = parse('{"version": "0.2", "phases": {"build": {"commands": ["true"]}}}')
    assert found.phase("build").commands == ("true",)


def test_reports_are_junit_unless_they_say_otherwise() -> None:
    found = parse("version: 0.2\nreports: {g: {files: ['*.xml'], base-directory: out}}\nphases: {build: {}}")
    assert found.reports == (ReportFiles("g", ("*.xml",), "out"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the buildspec: expected a mapping, got NoneType"),
        ("a: [", "cannot be read"),
        ("version: 0.3\nphases: {build: {}}", r"wrong version, got 0.3, allowed: 0.2"),
        ("version: 0.2", "phases: expected a mapping, got NoneType"),
        ("version: 0.2\nphases: {}", "no phases"),
        ("version: 0.2\nphases: {biuld: {}}", "phases: unknown biuld; allowed: build, install, post_build, pre_build"),
        ("version: 0.2\nphase: {}", "the buildspec: unknown phase"),
        ("version: 0.2\nphases: {build: {command: []}}", "phases/build: unknown command"),
        ("version: 0.2\nphases: {build: {commands: 'true'}}", "phases/build/commands: expected a list of commands"),
        (
            'version: 0.2\nphases: {build: {commands: [echo 1, {echo "a": b}]}}',
            r"phases/build/commands\[1\]: expected a command, got dict",
        ),
        (
            "version: 0.2\nphases: {build: {on-failure: RETRY}}",
            "on-failure, got 'RETRY', allowed here: ABORT, CONTINUE",
        ),
        ("version: 0.2\nenv: {shell: zsh}\nphases: {build: {}}", "env/shell, got 'zsh', allowed here: sh, bash"),
        ("version: 0.2\nreports: [a]\nphases: {build: {}}", "reports: expected a mapping, got list"),
        ("version: 0.2\nreports: {g: {file: [a]}}\nphases: {build: {}}", "reports/g: unknown file; allowed: base-dir"),
        ("version: 0.2\nreports: {g: {files: a}}\nphases: {build: {}}", "reports/g/files: expected a list of patterns"),
        (
            "version: 0.2\nreports: {g: {files: [a], file-format: NUNITXML}}\nphases: {build: {}}",
            "reports/g/file-format, got 'NUNITXML', allowed here: JUNITXML",
        ),
        (
            "version: 0.2\nreports: {a: {}, b: {}, c: {}, d: {}, e: {}, f: {}}\nphases: {build: {}}",
            "reports: at most 5 groups, got 6",
        ),
        ("version: 0.2\nenv: {variables: [A]}\nphases: {build: {}}", "env/variables: expected a mapping, got list"),
    ],
)
def test_what_cannot_run_is_refused(text: str, message: str) -> None:
    with pytest.raises(BuildspecError, match=message):
        parse(text)


def test_the_length_has_codebuilds_limit() -> None:
    head = "version: 0.2\nphases: {build: {commands: ['true']}}\n#"
    parse(head + "x" * (MAX_LENGTH - len(head)))
    with pytest.raises(BuildspecError, match="Max buildspec length is 25600, got 25601"):
        parse(head + "x" * (MAX_LENGTH + 1 - len(head)))
