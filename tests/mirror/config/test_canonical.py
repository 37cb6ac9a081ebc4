import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mirror.config import canonical, reader
from mirror.config.model import (
    CatalogData,
    DestinationConfig,
    DestinationName,
    DockerHubConfig,
    ExplicitDigest,
    ExplicitTag,
    ImageConfig,
    MirrorConfig,
    RepositoryConfig,
    Schedule,
    TagPattern,
)
from mirror.errors import ConfigError
from mirror.oci.digest import digest_of
from mirror.oci.platform import Platform

GOLDEN = Path(__file__).with_name("golden")

DOCUMENT = """
version: 1
schedule: {rate: 6 hours}
docker_hub: {credentials_secret: hub-mirror/docker-hub}
public: false
private: {prefix: docker-hub}
defaults: {to: [private], platforms: [linux/amd64, linux/arm64/v8]}
images:
  - maven:3.6.3-jdk-11
  - name: bitnami/redis
    tags:
      - 7.4.1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      - sha256:abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789
      - {semver: ">=8 <9", suffix: -alpine, prerelease: true, latest: 2, required: true}
      - {glob: "*", latest: 1, order: pushed}
    exclude: ["*-rc*"]
    description: Redis
repositories: [backend-app]
"""


def for_the_engine(config: MirrorConfig) -> MirrorConfig:
    """What is left of a configuration for the engine."""
    images = tuple(dataclasses.replace(image, catalog=CatalogData(), line=0) for image in config.images)
    return dataclasses.replace(config, images=images, repositories=(), schedules=())


def test_the_text_is_this_to_the_byte() -> None:
    config = reader.read_text(DOCUMENT, source="mirror.yaml")

    assert canonical.dumps(config) == (GOLDEN / "canonical.json").read_text()


def test_it_is_read_back_as_it_was() -> None:
    config = reader.read_text(DOCUMENT, source="mirror.yaml")

    assert canonical.loads(canonical.dumps(config), source="mirror.json") == for_the_engine(config)


def test_what_only_the_deployment_uses_changes_nothing() -> None:
    config = reader.read_text(DOCUMENT, source="mirror.yaml")
    (first, *others) = config.images
    changed = dataclasses.replace(
        config,
        images=(dataclasses.replace(first, line=99, catalog=CatalogData(about="new")), *others),
        schedules=(Schedule(cron="0 3 * * ? *"),),
        repositories=(RepositoryConfig("other"),),
    )

    assert canonical.dumps(changed) == canonical.dumps(config)


@pytest.mark.parametrize(
    "change",
    [
        {"public": DestinationConfig()},
        {"private": DestinationConfig("other")},
        {"docker_hub": DockerHubConfig()},
        {"images": ()},
    ],
)
def test_what_the_engine_uses_changes_it(change: dict[str, object]) -> None:
    config = reader.read_text(DOCUMENT, source="mirror.yaml")

    assert canonical.dumps(dataclasses.replace(config, **change)) != canonical.dumps(config)  # type: ignore[arg-type]


def test_two_ways_to_say_the_same_have_one_text() -> None:
    short = reader.read_text("version: 1\nimages: ['library/maven:a']", source="a")
    long = reader.read_text(
        "images: [{tags: [a], to: [public], name: maven}]\npublic: true\nprivate: {}\nversion: 1", source="b"
    )

    assert canonical.dumps(short) == canonical.dumps(long)


def test_a_run_knows_which_tags_stay_as_they_are() -> None:
    config = reader.read_text(
        "version: 1\nprivate: {mutability: {immutable_except: ['*-jre']}, removal: destroy, stacks: 2}\n"
        "images:\n- {name: redis, tags: ['1'], to: [private], adopt: true}\n"
        "- {name: maven, tags: ['1'], to: [private], private: {mutability: mutable, encryption: kms}}\n",
        source="mirror.yaml",
    )
    text = canonical.dumps(config)
    document = json.loads(text)

    assert document["private"] == {"mutability": {"immutable_except": ["*-jre"]}}
    assert [image.get("private") for image in document["images"]] == [None, {"mutability": "mutable"}]
    read_back = canonical.loads(text, source="mirror.json")
    assert canonical.dumps(read_back) == text
    for image in config.images:
        for tag in ("1", "21-jre"):
            expected = config.is_immutable(DestinationName.PRIVATE, image, tag)
            assert read_back.is_immutable(DestinationName.PRIVATE, image, tag) is expected


def test_prune_knows_which_repositories_are_not_its_own() -> None:
    config = reader.read_text(
        "version: 1\nimages:\n- {name: redis, tags: ['1'], to: [private, public], adopt: [public]}\n- maven:3\n",
        source="mirror.yaml",
    )
    read_back = canonical.loads(canonical.dumps(config), source="mirror.json")

    assert [image.adopt for image in read_back.images] == [(DestinationName.PUBLIC,), ()]


def test_a_broken_file_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"mirror\.json:1:2: not JSON"):
        canonical.loads("{version: 1}", source="mirror.json")


def test_all_problems_are_found_here_too_and_named_by_their_path() -> None:
    document = {"version": 1, "images": [{"name": "Maven", "tags": ["a"]}, "redis", {"name": "x", "tags": [3]}], "x": 1}

    with pytest.raises(ConfigError) as caught:
        canonical.loads(json.dumps(document), source="mirror.json")

    assert {problem.path for problem in caught.value.problems} == {
        "images[0].name",
        "images[1]",
        "images[2].name",
        "images[2].tags[0]",
        "x",
    }
    assert all(problem.line == 0 for problem in caught.value.problems)


def test_one_image_in_two_entries_is_named_by_path_without_lines() -> None:
    document = {"version": 1, "images": ["maven:a", "maven:b"]}

    with pytest.raises(ConfigError, match=r"has an entry already \(images\[0\]\)"):
        canonical.loads(json.dumps(document), source="mirror.json")


def test_what_is_not_an_object() -> None:
    with pytest.raises(ConfigError, match="expected a mapping that begins with 'version: 1', got a list"):
        canonical.loads("[]", source="mirror.json")


tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)
digests = st.binary(max_size=4).map(digest_of)
patterns = st.one_of(
    st.builds(TagPattern, glob=st.just("*-jre"), latest=st.none() | st.integers(1, 9), required=st.booleans()),
    st.builds(TagPattern, regex=st.just("^[0-9]+$"), required=st.booleans()),
    st.builds(
        TagPattern,
        semver=st.sampled_from([">=17 <22", "*"]),
        prefix=st.sampled_from(["", "v"]),
        suffix=st.sampled_from(["", "-jre"]),
        prerelease=st.booleans(),
    ),
    st.builds(TagPattern, latest=st.integers(1, 9), order=st.sampled_from(["version", "pushed"])),
)
selectors = st.lists(
    st.one_of(st.builds(ExplicitTag, tags, st.none() | digests), st.builds(ExplicitDigest, digests), patterns),
    min_size=1,
    max_size=4,
    unique_by=lambda selector: getattr(selector, "tag", None) or getattr(selector, "digest", None) or repr(selector),
).map(tuple)
platforms = st.lists(
    st.sampled_from([Platform("linux", "amd64"), Platform("linux", "arm64"), Platform("linux", "arm", "v6")]),
    unique=True,
).map(tuple)
images = st.lists(
    st.builds(
        lambda name, **rest: ImageConfig(name=name, upstream=name if "/" in name else f"library/{name}", **rest),
        name=st.from_regex(r"[a-z][a-z0-9]{1,8}(/[a-z][a-z0-9]{1,8})?", fullmatch=True).filter(
            lambda name: not name.startswith(("library/", "localhost/"))
        ),
        selectors=selectors,
        exclude=st.lists(st.sampled_from(["*-rc*", "*alpine", "[0-9]?"]), unique=True).map(tuple),
        to=st.lists(st.sampled_from(DestinationName), min_size=1, unique=True).map(tuple),
        platforms=platforms,
        priority=st.integers(0, 10**6),
    ),
    max_size=4,
    unique_by=lambda image: image.name,
).map(tuple)
prefixes = st.sampled_from(["", "hub", "team/hub"]).map(DestinationConfig)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
@given(
    st.builds(
        MirrorConfig,
        images=images,
        docker_hub=st.sampled_from([DockerHubConfig(), DockerHubConfig(credentials_secret="hub-mirror/docker-hub")]),
        public=prefixes,
        private=prefixes,
    )
)
def test_every_configuration_comes_back(config: MirrorConfig) -> None:
    text = canonical.dumps(config)

    assert canonical.loads(text, source="mirror.json") == config
    assert canonical.dumps(canonical.loads(text, source="mirror.json")) == text
    assert for_the_engine(reader.read_text(text, source="mirror.yaml")) == config  # JSON is YAML
