import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirror.oci.reference import Reference

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("maven", "docker.io", "library/maven", None, None),
        ("maven:3.6.3-jdk-11", "docker.io", "library/maven", "3.6.3-jdk-11", None),
        ("library/maven:3", "docker.io", "library/maven", "3", None),
        ("docker.io/maven:3", "docker.io", "library/maven", "3", None),
        ("registry-1.docker.io/bitnami/redis", "docker.io", "bitnami/redis", None, None),
        (f"bitnami/redis:7@{DIGEST}", "docker.io", "bitnami/redis", "7", DIGEST),
        (f"alpine@{DIGEST}", "docker.io", "library/alpine", None, DIGEST),
        ("localhost:5000/a/b:1", "localhost:5000", "a/b", "1", None),
        ("localhost/a", "localhost", "a", None, None),
        ("quay.io/org/app:v1", "quay.io", "org/app", "v1", None),
        ("  alpine:3  ", "docker.io", "library/alpine", "3", None),
    ],
)
def test_references_are_read_as_docker_reads_them(
    text: str, registry: str, repository: str, tag: str | None, digest: str | None
) -> None:
    reference = Reference.parse(text)
    assert (reference.registry, reference.repository, reference.tag, reference.digest) == (
        registry,
        repository,
        tag,
        digest,
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not an image name"),
        ("Maven", "not an image name"),
        ("a//b", "not an image name"),
        ("-a", "not an image name"),
        ("maven:", "not a tag"),
        ("maven:a b", "not a tag"),
        ("maven:.x", "not a tag"),
        ("maven:" + "x" * 129, "not a tag"),
        ("maven@sha256:123", "not a digest"),
        ("a" * 256, "not an image name"),
    ],
)
def test_a_malformed_part_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Reference.parse(text)


@given(st.text(max_size=40))
def test_whatever_is_read_is_written_and_read_again(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except ValueError:
        return
    assert Reference.parse(str(reference)) == reference


def test_people_see_the_short_name() -> None:
    assert Reference.parse("library/maven:3").familiar_name == "maven"
    assert Reference.parse("library/maven:3").is_official
    assert not Reference.parse("bitnami/redis").is_official
    assert Reference.parse("quay.io/a/b").familiar_name == "quay.io/a/b"
