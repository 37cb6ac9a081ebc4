from collections.abc import Callable

import pytest

from mirror.config import reader
from mirror.config.model import MirrorConfig
from mirror.errors import ConfigError, Problem


def test_the_least_a_file_can_say(read: Callable[[str], MirrorConfig]) -> None:
    assert read("") == MirrorConfig(images=())


@pytest.mark.parametrize(
    ("written", "got"),
    [
        ("'1'", "got '1'"),
        ("2", "got the number 2"),
        ("1.0", "got the number 1.0"),
        ("true", "got true"),
        ("", "nothing"),
    ],
)
def test_a_version_that_is_not_the_number_1(written: str, got: str) -> None:
    with pytest.raises(ConfigError) as caught:
        reader.read_text(f"version: {written}\n", source="mirror.yaml")

    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == ("version", 1)
    assert problem.message.startswith("expected the number 1, the only version there is, ")
    assert got in problem.message


def test_a_file_without_version() -> None:
    with pytest.raises(ConfigError, match="1:1: 'version' is missing"):
        reader.read_text("images: []", source="mirror.yaml")


@pytest.mark.parametrize(("text", "got"), [("- maven:3", "a list"), ("maven:3", "'maven:3'"), ("~", "nothing")])
def test_a_file_that_is_no_mapping(text: str, got: str) -> None:
    with pytest.raises(ConfigError, match="expected a mapping that begins with 'version: 1'") as caught:
        reader.read_text(text, source="mirror.yaml")

    assert caught.value.problems[0].message.endswith(f"got {got}")


def test_a_key_that_is_there_twice_names_both_lines(refuse: Callable[[str], list[Problem]]) -> None:
    (problem,) = refuse("images: []\npublic: {}\nimages: []")

    assert (problem.line, problem.column, problem.path) == (3, 1, "images")
    assert "line 1" in problem.message


@pytest.mark.parametrize(
    "section", ["images", "repositories", "defaults", "docker_hub", "schedule", "public", "private"]
)
def test_a_section_without_a_value_is_a_problem(refuse: Callable[[str], list[Problem]], section: str) -> None:
    (problem,) = refuse(f"{section}:")

    assert problem.path == section
    assert problem.message.endswith("got nothing")


def test_problems_of_all_sections_come_together_in_file_order(refuse: Callable[[str], list[Problem]]) -> None:
    problems = refuse("""
repositories: [Backend]
images: [maven]
private: maybe
docker_hub: {secret: x}
defaults: {to: [nowhere]}
schedule: hourly
""")

    assert [problem.path for problem in problems] == [
        "repositories[0]",
        "images[0]",
        "private",
        "docker_hub.secret",
        "defaults.to[0]",
        "schedule",
    ]


def test_aliases_are_values_like_others(read: Callable[[str], MirrorConfig]) -> None:
    config = read("""
images:
  - {name: maven, tags: &tags [a, b]}
  - {name: redis, tags: *tags}
""")

    assert config.images[0].selectors == config.images[1].selectors


def test_what_is_wrong_in_an_alias_is_wrong_at_its_own_line(refuse: Callable[[str], list[Problem]]) -> None:
    problems = refuse("images:\n  - {name: maven, tags: &tags [-x]}\n  - {name: redis, tags: *tags}")

    assert [(problem.line, problem.path) for problem in problems] == [
        (2, "images[0].tags[0]"),
        (2, "images[1].tags[0]"),
    ]
