"""Texts of the gallery that lie in files of their own; what an entry says itself is tried with the images."""

from pathlib import Path

import pytest

from mirror.config import reader
from mirror.config.model import CatalogData
from mirror.errors import ConfigError


def write(directory: Path, keys: str) -> Path:
    path = directory / "mirror.yaml"
    path.write_text(f"version: 1\nimages:\n- name: maven\n  tags: [a]\n{keys}")
    return path


def test_texts_are_found_from_where_the_file_lies(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "about.md").write_text("# Maven\n\nHörbar ✓\n", encoding="utf-8")
    (tmp_path / "usage.md").write_text("Pull it.\n")
    path = write(tmp_path, "  description: short\n  about: {file: docs/about.md}\n  usage: {file: usage.md}\n")

    (image,) = reader.read_file(path).images

    assert image.catalog == CatalogData("short", "# Maven\n\nHörbar ✓", "Pull it.")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the file 'text.md' cannot be read: No such file or directory"),
        (b"\xff", "the file 'text.md' is not UTF-8"),
        (b" \n", "the file 'text.md' is empty"),
        (b"x" * 10_241, "the text has 10241 characters, 10240 are allowed"),
    ],
)
def test_a_file_that_holds_no_text_is_a_problem(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "text.md").write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        reader.read_file(write(tmp_path, "  about: {file: text.md}\n"))

    (problem,) = caught.value.problems
    assert problem.message == message
    assert problem.line == 5


@pytest.mark.parametrize("keys", ["  about: {}\n", "  about: {text: x}\n", "  about: {file: ''}\n", "  about: [x]\n"])
def test_what_is_neither_text_nor_file_is_a_problem(tmp_path: Path, keys: str) -> None:
    with pytest.raises(ConfigError):
        reader.read_file(write(tmp_path, keys))
