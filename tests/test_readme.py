"""The README says what the program says. `UPDATE_README=1` takes over the program's words."""

import argparse
import os
import re
from pathlib import Path

import pytest

from mirror.cli import build_parser

README = Path(__file__).resolve().parent.parent / "README.md"
BLOCK = re.compile(
    r"(?<=<!-- help: kept equal to `--help` by a test -->\n```text\n).*?(?=```\n<!-- /help -->)", re.DOTALL
)


def help_text() -> str:
    """Of the program and of each command, at the README's width."""
    parser = build_parser()
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return "\n".join([parser.format_help(), *(command.format_help() for command in commands.choices.values())])


def test_the_readme_shows_the_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    text = README.read_text(encoding="utf-8")
    if os.environ.get("UPDATE_README"):
        README.write_text(BLOCK.sub(lambda _: help_text(), text), encoding="utf-8")
        text = README.read_text(encoding="utf-8")
    found = BLOCK.search(text)
    assert found is not None
    assert found.group() == help_text()


def test_every_link_inside_the_repository_leads_somewhere() -> None:
    pages = [README, *README.parent.glob("docs/**/*.md"), *README.parent.glob("examples/**/*.md")]
    broken = [
        f"{page.relative_to(README.parent)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?m)(?:`(?:KEEP=1 )?|^)make ([a-z-]+)", README.read_text(encoding="utf-8")))
    assert named >= {"demo", "test"}
    assert [name for name in sorted(named) if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []
