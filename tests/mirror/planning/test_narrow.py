import pytest

from mirror.config import reader
from mirror.config.model import ExplicitDigest, ExplicitTag, MirrorConfig, TagPattern
from mirror.errors import ConfigError
from mirror.oci.digest import digest_of
from mirror.planning.narrow import narrow, narrow_to_scope

DIGEST = digest_of(b"content")

TEXT = """\
version: 1
images:
  - {name: maven, tags: ["3", {glob: "4*"}], exclude: ["*-rc*"], to: [public, private]}
  - bitnami/redis:7.2.5
  - name: eclipse-temurin
    tags: [21-jre]
"""


@pytest.fixture
def config() -> MirrorConfig:
    return reader.read_text(TEXT, source="mirror.yaml")


def test_a_tag_is_all_that_is_left(config: MirrorConfig) -> None:
    narrowed = narrow(config, ["maven:3.9"], source="--image")
    (image,) = narrowed.images
    assert image.selectors == (ExplicitTag("3.9"),)
    assert image.to == config.images[0].to
    # Whoever names a tag means it, whatever the file excludes.
    assert image.exclude == ()
    assert (narrowed.public, narrowed.private, narrowed.docker_hub) == (
        config.public,
        config.private,
        config.docker_hub,
    )


def test_a_name_alone_means_what_the_file_says(config: MirrorConfig) -> None:
    assert narrow(config, ["maven"], source="--image").images == config.images[:1]
    assert narrow(config, ["maven:3.9", "maven"], source="--image").images == config.images[:1]
    assert narrow(config, ["maven", "maven:3.9"], source="--image").images == config.images[:1]
    assert narrow(config, ["maven"], source="--image").images[0].selectors == (ExplicitTag("3"), TagPattern(glob="4*"))


@pytest.mark.parametrize(
    "written",
    ["maven:3", "library/maven:3", "docker.io/maven:3", "docker.io/library/maven:3", "index.docker.io/library/maven:3"],
)
def test_all_ways_to_write_a_name_are_one(config: MirrorConfig, written: str) -> None:
    (image,) = narrow(config, [written], source="--image").images
    assert (image.name, image.selectors) == ("maven", (ExplicitTag("3"),))


def test_digests_and_pinned_tags(config: MirrorConfig) -> None:
    (image,) = narrow(config, [f"maven@{DIGEST}", f"maven:3@{DIGEST}", f"maven@{DIGEST}"], source="--image").images
    assert image.selectors == (ExplicitDigest(DIGEST), ExplicitTag("3", DIGEST))


def test_several_keep_the_order_of_the_file(config: MirrorConfig) -> None:
    narrowed = narrow(config, ["eclipse-temurin:17-jre", "maven:3", "eclipse-temurin:21-jre"], source="--image")
    assert [image.name for image in narrowed.images] == ["maven", "eclipse-temurin"]
    assert narrowed.images[1].selectors == (ExplicitTag("17-jre"), ExplicitTag("21-jre"))


def test_everything_that_is_wrong_is_said_at_once(config: MirrorConfig) -> None:
    with pytest.raises(ConfigError) as caught:
        narrow(config, ["mavn:3", "maven:3", "Maven", "ghcr.io/maven:3", "redis:7"], source="MIRROR_IMAGES")
    assert caught.value.source == "MIRROR_IMAGES"
    messages = sorted(problem.message for problem in caught.value.problems)
    assert len(messages) == 4
    assert messages[0].startswith("got 'ghcr.io/maven:3', but no repository is declared for ghcr.io/maven")
    assert messages[1] == (
        "got 'mavn:3', but no repository is declared for mavn (did you mean maven?). "
        "Add it to mirror.yaml and deploy, or take one of: maven, bitnami/redis, eclipse-temurin"
    )
    # An image of that name, but somebody else's: not the one that is declared.
    assert "no repository is declared for redis" in messages[2]
    assert messages[3].startswith("not an image name: 'Maven'")


def test_many_names_are_not_all_listed() -> None:
    images = "\n".join(f"  - app{number}:1" for number in range(30))
    config = reader.read_text(f"version: 1\nimages:\n{images}\n", source="mirror.yaml")
    with pytest.raises(ConfigError, match=r"app19, …$"):
        narrow(config, ["zzz:1"], source="--image")


def test_nothing_declared() -> None:
    config = reader.read_text("version: 1\n", source="mirror.yaml")
    with pytest.raises(ConfigError, match=r"\(none\)"):
        narrow(config, ["maven:3"], source="--image")


def test_a_scope_is_globs_over_names(config: MirrorConfig) -> None:
    assert narrow_to_scope(config, ["m*", "bitnami/*"], source="MIRROR_SCOPE").images == config.images[:2]
    assert narrow_to_scope(config, ["*"], source="MIRROR_SCOPE") == config


def test_a_scope_that_matches_nothing_is_refused(config: MirrorConfig) -> None:
    with pytest.raises(ConfigError) as caught:
        narrow_to_scope(config, ["mavn", "maven", "x*"], source="MIRROR_SCOPE")
    assert [problem.message for problem in caught.value.problems] == [
        "'mavn' matches none of the 3 images (did you mean maven?)",
        "'x*' matches none of the 3 images",
    ]
