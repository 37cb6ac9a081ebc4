import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from mirror.errors import DeniedError, RefusedError, RepositoryNotFoundError, TagImmutableError, VerificationError
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from mirror.oci.platform import Platform
from mirror.registry.ecr import EcrRegistry, EcrRepository
from mirror.registry.protocols import BulkReader
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder, Layer, content
from sandbox.registries.server import Registries
from tests.support import FakeClock


def descriptor(raw: bytes) -> Descriptor:
    return Descriptor("application/octet-stream", digest_of(raw), len(raw))


def push(repository: EcrRepository, raw: bytes) -> None:
    upload = repository.open_upload(descriptor(raw))
    upload.write(raw)
    upload.commit()


def test_private_tags_are_learned_a_page_at_a_time(registries: Registries, private: EcrRegistry) -> None:
    service = registries.private["eu-central-1"]
    service.create_repository("hub/maven")
    builder = ImageBuilder(service.store, "hub/maven")
    index = builder.small(["1", "2"])
    found = private.repository("hub/maven").digests_of(["1", "2", "3"])
    assert found == {"1": index.digest, "2": index.digest, "3": None}
    # The token that was fetched to learn the registry's address, and one page: no HEAD, which ECR counts as a pull.
    assert registries.log.summary("private") == {"POST api": 2}


def test_public_tags_likewise(registries: Registries, public: EcrRegistry) -> None:
    builder = ImageBuilder(registries.public.store, "maven")
    index = builder.small(["1"])
    registries.log.clear()
    repository = public.repository("maven")
    assert repository.digests_of(["1", "nope"]) == {"1": index.digest, "nope": None}
    assert repository.has_manifest(index.digest)
    assert not repository.has_manifest(digest_of(b"nope"))
    assert repository.digests_of([]) == {}
    assert registries.log.summary("public") == {"POST api": 3}


def test_manifests_are_read_in_hundreds(registries: Registries, private: EcrRegistry) -> None:
    service = registries.private["eu-central-1"]
    builder = ImageBuilder(service.store, "app")
    manifests = [builder.small([], name=str(number)) for number in range(150)]
    registries.log.clear()
    repository = private.repository("app")
    assert isinstance(repository, BulkReader)
    found = {each.digest: each.raw for each in repository.fetch_manifests([each.digest for each in manifests])}
    assert found == {each.digest: each.raw for each in manifests}
    assert registries.log.summary("private") == {"POST api": 2}
    assert list(repository.fetch_manifests([digest_of(b"absent")])) == []


def test_manifests_of_the_public_registry_are_read_one_by_one(registries: Registries, public: EcrRegistry) -> None:
    builder = ImageBuilder(registries.public.store, "maven")
    manifests = [builder.small([], name=str(number)) for number in range(3)]
    registries.log.clear()
    found = public.repository("maven").fetch_manifests([manifest.digest for manifest in manifests])
    assert [manifest.raw for manifest in found] == [manifest.raw for manifest in manifests]
    assert registries.log.count(registry="public", method="GET", action="manifest", status=200) == 3


def test_a_manifest_that_ecr_changed_is_found_out(registries: Registries, private: EcrRegistry) -> None:
    service = registries.private["eu-central-1"]
    builder = ImageBuilder(service.store, "app")
    index, other = builder.small([], name="one"), builder.small([], name="other")
    stored = builder.repository.manifests[index.digest]
    builder.repository.manifests[index.digest] = dataclasses.replace(
        stored, manifest=dataclasses.replace(other, digest=index.digest)
    )
    with pytest.raises(VerificationError):
        list(private.repository("app").fetch_manifests([index.digest]))


def test_layers_are_asked_for_in_hundreds(registries: Registries, private: EcrRegistry) -> None:
    service = registries.private["eu-central-1"]
    repository = service.create_repository("app")
    layers = [content(Layer(str(number), 8)) for number in range(250)]
    for layer in layers[:200]:
        service.store.put_blob(repository, layer)
    registries.log.clear()
    missing = private.repository("app").missing_blobs([descriptor(layer) for layer in layers])
    assert missing == {digest_of(layer) for layer in layers[200:]}
    assert registries.log.summary("private") == {"POST api": 3}


def test_a_missing_repository_is_named(registries: Registries, private: EcrRegistry) -> None:
    with pytest.raises(RepositoryNotFoundError, match="hub/nope"):
        private.repository("hub/nope").digests_of(["1"])
    with pytest.raises(RepositoryNotFoundError):
        private.repository("hub/nope").has_manifest(digest_of(b""))
    registries.private["eu-central-1"].create_repository("hub/maven")
    assert private.absent({"hub/maven", "hub/a", "hub/b"}) == {"hub/a", "hub/b"}
    assert private.absent(set()) == frozenset()


def test_blobs_and_manifests_go_over_the_registry_protocol(registries: Registries, private: EcrRegistry) -> None:
    service = registries.private["eu-central-1"]
    service.create_repository("app")
    repository = private.repository("app")
    registries.log.clear()
    push(repository, b"layer")
    assert registries.log.summary("private") == {"POST upload": 1, "PUT upload": 1}
    assert {entry.user for entry in registries.log.entries} == {"AKIATEST"}


def test_public_uses_one_bearer_token_for_everything(registries: Registries, public: EcrRegistry) -> None:
    registries.public.create_repository("openjdk")
    registries.log.clear()
    push(public.repository("maven"), b"layer")
    push(public.repository("openjdk"), b"layer")
    # The first POST meets the challenge, whose token is good for all repositories.
    assert registries.log.summary("public") == {"POST api": 1, "POST upload": 3, "GET token": 1, "PUT upload": 2}


def test_ecr_refuses_what_it_refuses(registries: Registries, private: EcrRegistry) -> None:
    service = registries.private["eu-central-1"]
    service.create_repository("app", immutable=True)
    repository = private.repository("app")
    with pytest.raises(RefusedError, match="does not have any parts"):
        push(repository, b"")
    builder = ImageBuilder(service.store, "app")
    index = builder.small(["1"])
    repository.push_manifest(index, tag="1")  # ECR refuses what is so already, too; there is nothing wrong
    with pytest.raises(TagImmutableError):
        repository.push_manifest(builder.small([], name="other"), tag="1")
    bare = builder.image(Platform("linux", "amd64"), [], name="bare")
    with pytest.raises(RefusedError, match="at least 1 layer"):
        repository.push_manifest(bare)


def test_a_tag_whose_answer_was_lost_is_set(registries: Registries, private: EcrRegistry) -> None:
    """The second try meets the tag of the first one, and an immutable repository refuses it."""
    service = registries.private["eu-central-1"]
    service.create_repository("app", immutable=True)
    index = ImageBuilder(service.store, "app").small([])
    registries.faults.add(Fault(registry="private", method="PUT", action="manifest", lost=True))
    private.repository("app").push_manifest(index, tag="1")
    puts = registries.log.matching(registry="private", method="PUT", action="manifest")
    assert [entry.status for entry in puts] == [201, 400]


def test_a_token_that_ended_unnoticed_is_renewed(
    registries: Registries, private: EcrRegistry, public: EcrRegistry, clock: FakeClock
) -> None:
    """A laptop slept over it, say: ECR answers 403, as it does to what is not allowed."""
    services = (registries.private["eu-central-1"], registries.public)
    services[0].create_repository("maven")
    for service, registry in zip(services, (private, public), strict=True):
        repository = service.repository("maven")
        push(registry.repository("maven"), b"before")
        later = datetime.now(UTC) + timedelta(hours=13)
        service.now = lambda later=later: later  # type: ignore[misc]
        clock.now += 61
        registries.log.clear()
        push(registry.repository("maven"), b"after")
        assert repository.blobs >= {digest_of(b"before"), digest_of(b"after")}
        assert registries.log.count(reference="GetAuthorizationToken") == 1
        assert registries.log.count(action="upload", status=403) == 1


def test_what_is_not_allowed_is_not_taken_for_an_old_token(
    registries: Registries, private: EcrRegistry, clock: FakeClock
) -> None:
    service = registries.private["eu-central-1"]
    service.create_repository("app")
    service.authorize = lambda _key, action, _resource: action != "ecr:InitiateLayerUpload"
    clock.now += 3600
    registries.log.clear()
    for _ in range(5):
        with pytest.raises(DeniedError, match="InitiateLayerUpload"):
            push(private.repository("app"), b"layer")
    # The first one might have been; a fresh token that is refused is not.
    assert registries.log.count(reference="GetAuthorizationToken") == 1
    assert registries.log.count(action="upload") == 6


def test_permissions_that_are_missing_are_denied(registries: Registries, private: EcrRegistry) -> None:
    service = registries.private["eu-central-1"]
    service.create_repository("app")
    service.authorize = lambda _key, action, _resource: action != "ecr:DescribeImages"
    with pytest.raises(DeniedError, match="DescribeImages"):
        private.repository("app").digests_of(["1"])
