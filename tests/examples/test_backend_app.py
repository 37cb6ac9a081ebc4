import re
from pathlib import Path

import pytest

from mirror.config import reader
from mirror.config.model import DestinationName, ExplicitTag, MirrorConfig

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "backend-app"


@pytest.fixture(scope="module")
def config() -> MirrorConfig:
    return reader.read_file(ROOT / "mirror.yaml")


@pytest.fixture(scope="module")
def instructions() -> list[list[str]]:
    text = (EXAMPLE / "Dockerfile").read_text()
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [line.split() for line in lines]


def test_every_base_image_comes_from_the_mirror(instructions: list[list[str]], config: MirrorConfig) -> None:
    mirrored = {
        f"{image.name}:{selector.tag}"
        for image in config.images_to(DestinationName.PUBLIC)
        for selector in image.selectors
        if isinstance(selector, ExplicitTag)
    }
    bases = [words[1] for words in instructions if words[0] == "FROM"]
    assert len(bases) == 2
    assert all(base.startswith("${PUBLIC_REGISTRY}/") for base in bases)
    assert {base.removeprefix("${PUBLIC_REGISTRY}/") for base in bases} <= mirrored


def test_the_registry_is_an_argument_before_the_first_from_and_docker_hub_without_it(
    instructions: list[list[str]],
) -> None:
    assert instructions[0] == ["ARG", "PUBLIC_REGISTRY=docker.io"]
    assert instructions[1][0] == "FROM"


def test_the_application_does_not_run_as_root(instructions: list[list[str]]) -> None:
    last_stage = max(number for number, words in enumerate(instructions) if words[0] == "FROM")
    (user,) = (words[1] for words in instructions[last_stage:] if words[0] == "USER")
    assert int(user.partition(":")[0]) > 0


def test_its_own_repository_is_declared(config: MirrorConfig) -> None:
    assert "backend-app" in {repository.name for repository in config.repositories}
    assert '"$REGISTRY/backend-app:1.0.0"' in (EXAMPLE / "README.md").read_text()


def test_the_jar_that_maven_makes_is_the_one_that_runs(instructions: list[list[str]]) -> None:
    pom = (EXAMPLE / "pom.xml").read_text()
    (name,) = re.findall(r"<finalName>(.+)</finalName>", pom)
    (main,) = re.findall(r"<mainClass>(.+)</mainClass>", pom)
    assert ["COPY", "--from=build", f"/build/target/{name}.jar", "."] in instructions
    assert instructions[-1] == ["ENTRYPOINT", '["java",', '"-jar",', f'"{name}.jar"]']
    source = EXAMPLE / "src" / "main" / "java" / f"{main.replace('.', '/')}.java"
    assert "public static void main" in source.read_text()


def test_what_the_readme_says_about_the_successor_is_true(config: MirrorConfig) -> None:
    (tag,) = re.findall(r"eclipse-temurin:(\S+)", (EXAMPLE / "README.md").read_text())
    (image,) = (image for image in config.images if image.name == "eclipse-temurin")
    assert tag in {selector.tag for selector in image.selectors if isinstance(selector, ExplicitTag)}
