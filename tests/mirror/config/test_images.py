from collections.abc import Callable

import pytest

from mirror.config.model import (
    CatalogData,
    DestinationName,
    ExplicitDigest,
    ExplicitTag,
    ImageConfig,
    MirrorConfig,
    TagPattern,
)
from mirror.errors import Problem
from mirror.oci.digest import parse_digest
from mirror.oci.platform import Platform

DIGEST = parse_digest("sha256:" + "0123456789abcdef" * 4)
PRIVATE, PUBLIC = DestinationName.PRIVATE, DestinationName.PUBLIC


def described(problems: list[Problem]) -> list[str]:
    return [f"{problem.line}:{problem.column} {problem.path}: {problem.message}" for problem in problems]


@pytest.mark.parametrize(
    ("written", "name", "upstream", "selector"),
    [
        ("maven:3.6.3-jdk-11", "maven", "library/maven", ExplicitTag("3.6.3-jdk-11")),
        ("alpine:3.10", "alpine", "library/alpine", ExplicitTag("3.10")),
        ("library/maven:3", "maven", "library/maven", ExplicitTag("3")),
        ("bitnami/redis:7.4.1", "bitnami/redis", "bitnami/redis", ExplicitTag("7.4.1")),
        ("docker.io/maven:3", "maven", "library/maven", ExplicitTag("3")),
        ("index.docker.io/bitnami/redis:7", "bitnami/redis", "bitnami/redis", ExplicitTag("7")),
        (f"maven:3@{DIGEST}", "maven", "library/maven", ExplicitTag("3", DIGEST)),
        (f"maven@{DIGEST}", "maven", "library/maven", ExplicitDigest(DIGEST)),
    ],
)
def test_the_short_form(
    read: Callable[[str], MirrorConfig], written: str, name: str, upstream: str, selector: ExplicitTag | ExplicitDigest
) -> None:
    assert read(f"images:\n  - {written}").images == (
        ImageConfig(name=name, upstream=upstream, selectors=(selector,), line=2),
    )


def test_the_long_form(read: Callable[[str], MirrorConfig]) -> None:
    config = read("""
images:
  - name: bitnami/redis
    tags: [7.4.1, {glob: "8.*"}]
    exclude: ["*-rc*"]
    to: [private, public]
    platforms: [linux/amd64, linux/arm/v7]
    description: Redis, mirrored.
    about: |
      # Redis
    usage: docker pull
    architectures: [x86-64, ARM]
    operating_systems: [Linux]
""")

    assert config.images == (
        ImageConfig(
            name="bitnami/redis",
            upstream="bitnami/redis",
            selectors=(ExplicitTag("7.4.1"), TagPattern(glob="8.*")),
            exclude=("*-rc*",),
            to=(PRIVATE, PUBLIC),
            platforms=(Platform("linux", "amd64"), Platform("linux", "arm", "v7")),
            catalog=CatalogData("Redis, mirrored.", "# Redis\n", "docker pull", ("x86-64", "ARM"), ("Linux",)),
            line=3,
        ),
    )


def test_an_image_may_come_before_others(read: Callable[[str], MirrorConfig]) -> None:
    config = read("images: [{name: maven, tags: [a], priority: 5}, {name: redis, tags: [a], priority: 0}, alpine:3]")

    assert [image.priority for image in config.images] == [5, 0, 0]


@pytest.mark.parametrize("document", ["", "images: []"])
def test_a_file_may_have_no_images(read: Callable[[str], MirrorConfig], document: str) -> None:
    assert read(document).images == ()


def test_defaults_are_for_images_that_do_not_say_otherwise(read: Callable[[str], MirrorConfig]) -> None:
    config = read("""
defaults: {to: [private], platforms: [linux/arm64], exclude: ["*-rc*"]}
images:
  - maven:3
  - {name: redis, tags: [a], to: [public], platforms: [linux/amd64], exclude: []}
""")

    short, long = config.images
    assert (short.to, short.platforms, short.exclude) == ((PRIVATE,), (Platform("linux", "arm64"),), ("*-rc*",))
    assert (long.to, long.platforms, long.exclude) == ((PUBLIC,), (Platform("linux", "amd64"),), ())


@pytest.mark.parametrize(
    ("item", "problems"),
    [
        # References.
        ("maven", ["3:5 images[0]: 'maven' names no tag: write 'maven:latest', or {name: maven, tags: […]}"]),
        ("library/maven", ["3:5 images[0]: 'library/maven' names no tag: write 'maven:latest'"]),
        ("quay.io/keycloak/keycloak:26.0", ["3:5 images[0]: only images of Docker Hub are mirrored, and 'quay.io' is"]),
        ("localhost:5000/x:1", ["3:5 images[0]: only images of Docker Hub are mirrored, and 'localhost:5000' is"]),
        ("public.ecr.aws/docker/library/maven:3", ["3:5 images[0]: only images of Docker Hub are mirrored"]),
        ("Maven:3", ["3:5 images[0]: not an image name: 'Maven'"]),
        ("maven:-x", ["3:5 images[0]: not a tag: '-x'"]),
        ("maven@sha256:12", ["3:5 images[0]: not a digest: 'sha256:12'"]),
        ("7", ["3:5 images[0]: expected an image such as maven:3.9"]),
        ("[maven]", ["3:5 images[0]: expected an image such as maven:3.9"]),
        (
            "maven: 3.9",
            ["3:5 images[0]: a mapping where an image was expected: the tag follows without a space, 'maven:3.9'"],
        ),
        ("maven: latest", ["3:5 images[0]: a mapping where an image was expected"]),
        (
            "image: maven",
            ["3:5 images[0]: 'name' is missing", "3:5 images[0]: 'tags' is missing", "3:5 images[0].image: unk"],
        ),
        (
            "nmae: maven9",
            ["3:5 images[0]: 'name' is missing", "3:5 images[0]: 'tags' is missing", "3:5 images[0].nmae: unk"],
        ),
        # The long form's name.
        ("{name: maven}", ["3:5 images[0]: 'tags' is missing"]),
        ("{tags: [a]}", ["3:5 images[0]: 'name' is missing"]),
        (
            "{name: 'maven:3.9', tags: [a]}",
            ["3:12 images[0].name: 'maven:3.9' holds a tag or digest: 'name' is 'maven', and '3.9'"],
        ),
        (
            "{name: ghcr.io/a/b, tags: [a]}",
            ["3:12 images[0].name: only images of Docker Hub are mirrored, and 'ghcr.io'"],
        ),
        (
            "{name: [maven], tags: [a]}",
            ["3:12 images[0].name: expected the image's name on Docker Hub, such as maven, got a list"],
        ),
        ("{name: a__b, tags: [x]}", ["3:12 images[0].name: ECR Public does not accept the repository name 'a__b'"]),
        (
            "{name: a--b, tags: [x], to: [private, public]}",
            ["3:12 images[0].name: ECR Public", "3:12 images[0].name: ECR does"],
        ),
        ("{name: 1password/connect, tags: [x], to: [private]}", ["3:12 images[0].name: ECR does not accept"]),
        # What is wrong beside a name that nobody can read.
        (
            "{name: Maven, tags: [3.9], to: [], description: ''}",
            ["images[0].name", "images[0].tags[0]", "images[0].to", "images[0].desc"],
        ),
        # Where to.
        ("{name: maven, tags: [a], to: []}", ["3:34 images[0].to: the list is empty: the image goes nowhere"]),
        ("{name: maven, tags: [a], to: public}", ["3:34 images[0].to: expected a list of destinations, got 'public'"]),
        (
            "{name: maven, tags: [a], to: [publik]}",
            ["3:35 images[0].to[0]: there is no destination 'publik' (did you mean 'public'?)"],
        ),
        (
            "{name: maven, tags: [a], to: [public, public]}",
            ["3:43 images[0].to[1]: the destination 'public' is in this list twice"],
        ),
        ("{name: maven, tags: [a], to: [1]}", ["3:35 images[0].to[0]: expected private or public, got the number 1"]),
        *(
            (
                f"{{name: maven, tags: [a], priority: {wrong}}}",
                [f"3:40 images[0].priority: expected a whole number, 0 or more, got {got}"],
            )
            for wrong, got in (
                ("-1", "the number -1"),
                ("1.5", "the number 1.5"),
                ("high", "'high'"),
                ("true", "true"),
            )
        ),
        # Platforms and globs.
        (
            "{name: maven, tags: [a], platforms: [1]}",
            ["3:42 images[0].platforms[0]: expected a platform such as linux/amd64"],
        ),
        (
            "{name: maven, tags: [a], platforms: []}",
            ["3:41 images[0].platforms: the list is empty: leave 'platforms' out"],
        ),
        ("{name: maven, tags: [a], platforms: [arm64]}", ["3:42 images[0].platforms[0]: not a platform: 'arm64'"]),
        (
            "{name: maven, tags: [a], platforms: [linux/arm64, linux/arm64/v8]}",
            ["3:55 images[0].platforms[1]: the platform 'linux/arm64/v8' is"],
        ),
        ("{name: maven, tags: [a], exclude: ['a b']}", ["3:40 images[0].exclude[0]: 'a b' matches no tag"]),
        ("{name: maven, tags: [a], exclude: '*'}", ["3:39 images[0].exclude: expected a list of globs, got '*'"]),
        # The gallery.
        (
            f"{{name: maven, tags: [a], description: {'x' * 1025}}}",
            ["images[0].description: the text has 1025 characters, 1024 are allowed"],
        ),
        (
            f"{{name: maven, tags: [a], about: {'x' * 10241}}}",
            ["images[0].about: the text has 10241 characters, 10240 are allowed"],
        ),
        (
            f"{{name: maven, tags: [a], usage: {'x' * 10241}}}",
            ["images[0].usage: the text has 10241 characters, 10240 are allowed"],
        ),
        (
            "{name: maven, tags: [a], architectures: [ARM64]}",
            ["images[0].architectures[0]: expected x86-64, x86, ARM 64 or ARM, got 'ARM64'"],
        ),
        (
            "{name: maven, tags: [a], operating_systems: [Linux, Linux]}",
            ["images[0].operating_systems[1]: the badge 'Linux' is in"],
        ),
    ],
)
def test_what_may_not_be_written(refuse: Callable[[str], list[Problem]], item: str, problems: list[str]) -> None:
    found = described(refuse(f"\nimages:\n  - {item}"))

    assert len(found) == len(problems), found
    for got, wanted in zip(found, problems, strict=True):
        assert wanted in got


@pytest.mark.parametrize("limit", [("description", 1024), ("about", 10240), ("usage", 10240)])
def test_texts_may_be_as_long_as_their_limit(read: Callable[[str], MirrorConfig], limit: tuple[str, int]) -> None:
    key, characters = limit
    catalog = read(f"images: [{{name: maven, tags: [a], {key}: {'x' * characters}}}]").images[0].catalog

    assert len(getattr(catalog, key)) == characters


@pytest.mark.parametrize(
    "second", ["maven:3.9", "library/maven:3.9", "docker.io/library/maven:3.9", "{name: maven, tags: [b]}"]
)
def test_one_image_in_two_entries(refuse: Callable[[str], list[Problem]], second: str) -> None:
    (problem,) = refuse(f"images:\n  - maven:3.6\n  - redis:8\n  - {second}")

    assert problem.line == 4
    assert problem.message == (
        "the image 'maven' has an entry already (line 2): put the tags of both into one entry's 'tags'"
    )


def test_an_image_of_the_same_last_part_is_another_one(read: Callable[[str], MirrorConfig]) -> None:
    assert [image.name for image in read("images: ['redis:8', 'bitnami/redis:8']").images] == ["redis", "bitnami/redis"]


class TestSwitchedOff:
    def test_an_image_without_to(self, refuse: Callable[[str], list[Problem]]) -> None:
        assert described(refuse("public: false\nimages: ['maven:3']")) == [
            "2:10 images[0]: the image goes nowhere: without 'to' it goes to [public], which is switched off (line 1)"
        ]

    def test_an_image_that_names_it(self, refuse: Callable[[str], list[Problem]]) -> None:
        assert described(refuse("private: false\nimages: [{name: maven, tags: [a], to: [private]}]")) == [
            "2:40 images[0].to[0]: 'private' is switched off (line 1): the image goes nowhere"
        ]

    def test_an_image_that_goes_elsewhere_too(self, refuse: Callable[[str], list[Problem]]) -> None:
        assert described(refuse("private: false\nimages: [{name: maven, tags: [a], to: [public, private]}]")) == [
            "2:48 images[0].to[1]: 'private' is switched off (line 1): take it out of this list"
        ]

    def test_defaults_that_name_it_are_wrong_once_and_not_in_every_image(
        self, refuse: Callable[[str], list[Problem]]
    ) -> None:
        assert described(refuse("public: false\ndefaults: {to: [public]}\nimages: ['maven:3', 'redis:8']")) == [
            "2:17 defaults.to[0]: 'public' is switched off (line 1): the image goes nowhere"
        ]

    def test_an_image_that_does_not_need_it(self, read: Callable[[str], MirrorConfig]) -> None:
        config = read("public: false\ndefaults: {to: [private]}\nimages: ['maven:3']")

        assert config.images_to(PRIVATE) == config.images
        assert config.images_to(PUBLIC) == ()


def test_the_prefix_counts_for_what_ecr_accepts(
    read: Callable[[str], MirrorConfig], refuse: Callable[[str], list[Problem]]
) -> None:
    image = "images: [{name: 1password/connect, tags: [a], to: [private]}]"

    assert read(f"private: {{prefix: hub}}\n{image}").images[0].name == "1password/connect"
    assert "begin with a letter" in refuse(image)[0].message


def test_a_prefix_may_make_a_name_too_long(refuse: Callable[[str], list[Problem]]) -> None:
    prefix = "p" * 200

    (problem,) = refuse(f"public: {{prefix: {prefix}}}\nimages: ['maven:3']")

    assert f"'{prefix}/maven' has 206" in problem.message
