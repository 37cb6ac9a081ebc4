"""Files: the shipped one, the golden bad one, and those that are not there or not text."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mirror.config import canonical, reader
from mirror.config.model import (
    DestinationConfig,
    DestinationName,
    ExplicitTag,
    ImageConfig,
    MirrorConfig,
    Schedule,
)
from mirror.errors import ConfigError, Problem

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).with_name("golden")


def test_every_problem_of_a_bad_file_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        reader.read_text((GOLDEN / "bad.yaml").read_text(), source="bad.yaml")

    assert f"{caught.value}\n" == (GOLDEN / "bad.txt").read_text()


def test_the_shipped_file() -> None:
    config = reader.read_file(ROOT / "mirror.yaml")

    both = (DestinationName.PUBLIC, DestinationName.PRIVATE)
    assert [(image.name, image.selectors, image.to) for image in config.images] == [
        ("maven", (ExplicitTag("3.6.3-jdk-11"),), both[:1]),
        ("openjdk", (ExplicitTag("11-jre-slim"),), both[:1]),
        ("eclipse-temurin", (ExplicitTag("21-jre"), ExplicitTag("21.0.8_9-jre")), both),
    ]
    assert config.schedules == (Schedule(rate="6 hours"),)
    assert config.docker_hub.credentials_secret == "hub-mirror/docker-hub"
    assert (config.public, config.private) == (DestinationConfig(), DestinationConfig("docker-hub"))
    assert [repository.name for repository in config.repositories] == ["backend-app"]


def test_the_shipped_file_names_its_schema_for_editors() -> None:
    first = (ROOT / "mirror.yaml").read_text().partition("\n")[0]

    assert first == "# yaml-language-server: $schema=./mirror.schema.json"
    assert (ROOT / "mirror.schema.json").is_file()


def test_the_examples_of_the_documentation_are_valid() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    whole, *sections = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)

    assert len(reader.read_text(whole, source="configuration.md").images) == 2
    assert sections
    images = "images: [maven:3, eclipse-temurin:21-jre, amazoncorretto:21]"  # which schedules name
    for section in sections:
        reader.read_text(f"version: 1\n{images}\n{section}", source="configuration.md")


def test_the_selectors_of_the_documentation_are_valid() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    selectors = re.findall(r"^\| `(\{(?:glob|regex|semver).*?\})` \|", page, re.MULTILINE)

    assert len(selectors) == 3
    for selector in selectors:
        reader.read_text(f"version: 1\nimages: [{{name: maven, tags: [{selector}]}}]", source="configuration.md")


@pytest.mark.parametrize("text", ["", "  \n", "# nothing yet\n", "\ufeff"])
def test_an_empty_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mirror.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match="the file is empty; the least it can say is 'version: 1'") as caught:
        reader.read_file(path)

    assert caught.value.source == str(path)


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "mirror.yaml"
    path.write_bytes(b"\xef\xbb\xbfversion: 1\r\nimages:\r\n  - maven:3\r\n")

    (image,) = reader.read_file(path).images
    assert image.line == 3


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "mirror.yaml"

    with pytest.raises(ConfigError, match=f"{path}: the file cannot be read: No such file or directory"):
        reader.read_file(path)


def test_a_file_that_is_a_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the file cannot be read: Is a directory"):
        reader.read_file(tmp_path)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "mirror.yaml"
    path.write_bytes(b"version: 1\n# \xff\n")

    with pytest.raises(ConfigError, match=r"mirror\.yaml:2: the file is not UTF-8: byte 0xff"):
        reader.read_file(path)


def test_a_json_file_is_read_as_canonical(tmp_path: Path) -> None:
    path = tmp_path / "mirror.json"
    config = MirrorConfig(images=(), private=None)
    path.write_text(canonical.dumps(config))

    assert reader.read_file(path) == config


def test_a_build_needs_no_yaml(tmp_path: Path) -> None:
    path = tmp_path / "mirror.json"
    path.write_text(canonical.dumps(reader.read_file(ROOT / "mirror.yaml")))
    program = (
        "import pathlib, sys; sys.modules['yaml'] = None\n"  # makes every import of it fail
        "from mirror.config.reader import read_file\n"
        "print(len(read_file(pathlib.Path(sys.argv[1])).images))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ran.stdout == "3\n"


PIECES = st.sampled_from(
    [
        *"[]{}:,-&*!'\"\n\t #?|>~@%",
        "  ",
        "\n  - ",
        ": ",
        "version: 1\n",
        "images:",
        "name: ",
        "tags: ",
        "maven:3",
        "3.10",
        "to: ",
        "public",
        "private",
        "false",
        "prefix: ",
        "schedule: ",
        "rate: 6 hours",
        "&a ",
        "*a",
        "<<: ",
        "!!set ",
        "\x00",
        "\ud7ff",
        "repositories:",
        "platforms: ",
        "exclude: ",
        "latest: ",
        "semver: ",
    ]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    images: tuple[ImageConfig, ...] = ()
    try:
        images = reader.read_text(text, source="mirror.yaml").images
    except ConfigError as err:
        problems = err.problems

    # Nothing else is raised, and nothing is half read.
    assert all(problem.message for problem in problems)
    assert all(image.selectors and image.to for image in images)
