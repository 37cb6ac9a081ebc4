"""What people type, and mistype."""

import tomllib
from pathlib import Path

import pytest

from mirror import VERSION, cli, settings
from mirror.cli.arguments import build_parser, parse

CHECKOUT = Path(__file__).resolve().parents[3]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == cli.BAD_CONFIG
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("python3 -m mirror")
    return err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ((), "→ one of: plan, sync, "),
        (("snyc",), "→ did you mean sync?"),
        (("paln",), "→ did you mean plan?"),
        (("plan", "--privat", "x"), "→ did you mean --private?"),
        (("sync", "--reprot-dir=x"), "→ did you mean --report-dir?"),
        (("sync", "maven:3"), "→ for only one image: --image maven:3"),
    ],
)
def test_what_was_probably_meant_is_said(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], hint: str
) -> None:
    assert hint in refused(capsys, *arguments)


@pytest.mark.parametrize(
    "arguments",
    [("doctor", "--image", "maven:3"), ("config", "--verbose"), ("config", "maven"), ("zzz",)],
)
def test_nothing_is_suggested_where_nothing_is_near(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    err = refused(capsys, *arguments)
    assert "did you mean" not in err
    assert " --help\n" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sync", "--jobs", "0"), "argument --jobs: got '0', allowed: 1 to 64"),
        (("sync", "--jobs", "²"), "argument --jobs: got '²', allowed: 1 to 64"),
        (("sync", "--image"), "argument --image: expected one argument"),
        (("prune", "--min-age", "-1"), "argument --min-age: got '-1', allowed: a number of days, 0 or more"),
        (("prune", "--max", "many"), "argument --max: got 'many', allowed: a whole number, 0 or more"),
        (("prune", "--plan", "a", "--apply", "b"), "not allowed with argument"),
    ],
)
def test_a_bad_value_is_told_with_what_is_allowed(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert message in refused(capsys, *arguments)


def test_options_are_not_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    """A script that says `--dry` must not come to mean something else when an option is added."""
    assert "unrecognized arguments: --dry" in refused(capsys, "sync", "--dry")


def test_help_names_every_variable_and_every_exit_code() -> None:
    text = build_parser().format_help()
    for name in (*settings.ALL, settings.HUB_USERNAME, settings.HUB_TOKEN, "NO_COLOR"):
        assert f"  {name} " in text or f"  {name}," in text, name
    for code in (cli.DONE, cli.SOME_FAILED, cli.BAD_CONFIG, cli.NO_CREDENTIALS, 130):
        assert f"\n  {code} " in text, code


@pytest.mark.parametrize("command", ["plan", "sync", "prune", "doctor", "config", "divide", "shard", "combine"])
def test_every_command_says_what_it_is_for(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([command, "--help"])
    assert ended.value.code == 0
    purpose = capsys.readouterr().out.partition("\n\n")[2]
    assert purpose[0].isupper()
    assert "default: mirror.yaml" in purpose
    assert f"python3 -m mirror {command} " in purpose, "an example"
    assert all(len(line) <= 120 for line in purpose.splitlines())


def test_the_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--version"])
    assert capsys.readouterr().out == f"hub-mirror {VERSION}\n"
    assert tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"] == VERSION
