from pathlib import Path

import pytest

from bench.registries import find_program
from mirror.credentials.registries import Network, open_plain
from mirror.oci.digest import Digest, digest_of
from mirror.registry.ecr import EcrRegistry
from mirror.registry.protocols import Deleter, HeldTag
from mirror.registry.remote import RemoteRepository
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.registries.store import Store
from tests.sandbox.registries.debian import docker_registry
from tests.support import Answer, ScriptedServer

BY_DIGEST_ONLY = b'{"errors": [{"code": "UNSUPPORTED"}]}'


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def repository(registries: Registries, network: Network, store: Store) -> RemoteRepository:
    store.create("app")
    return open_plain(network, registries.plain("mine", store), option="--private").repository("app")


def refuse_tags(registries: Registries, *tags: str, status: int = 405) -> None:
    """As registries do that remove manifests only."""
    for tag in tags:
        fault = Fault(registry="mine", method="DELETE", reference=tag, status=status, body=BY_DIGEST_ONLY)
        registries.faults.add(fault)


def test_all_tags_are_held_with_their_digests(store: Store, repository: RemoteRepository) -> None:
    one = ImageBuilder(store, "app").small(["1", "latest"])
    assert isinstance(repository, Deleter)
    assert repository.held_tags() == {"1": HeldTag(one.digest), "latest": HeldTag(one.digest)}


def test_a_tag_goes_alone(store: Store, repository: RemoteRepository) -> None:
    one = ImageBuilder(store, "app").small(["1", "latest"])
    assert repository.delete_tags({"1": one.digest}) == {"1": None}
    assert store.create("app").tags == {"latest": one.digest}
    assert one.digest in store.create("app").manifests


def test_a_tag_that_is_not_what_it_was_stays(store: Store, repository: RemoteRepository) -> None:
    one = ImageBuilder(store, "app").small(["1"])
    elsewhere = digest_of(b"elsewhere")
    outcome = repository.delete_tags({"1": elsewhere, "gone": elsewhere})
    assert outcome == {"1": f"it points at {one.digest[:19]} now", "gone": "it is gone already"}
    assert store.create("app").tags == {"1": one.digest}


@pytest.mark.parametrize("status", [400, 405])
def test_where_only_manifests_can_be_removed_one_goes_with_all_its_tags_or_not_at_all(
    registries: Registries, store: Store, repository: RemoteRepository, status: int
) -> None:
    builder = ImageBuilder(store, "app")
    one = builder.small(["1", "1.0"])
    two = builder.small(["2", "latest"], name="other")
    refuse_tags(registries, "1", "1.0", "2", status=status)
    outcome = repository.delete_tags({"1": one.digest, "1.0": one.digest, "2": two.digest})
    assert outcome == {
        "1": None,
        "1.0": None,
        "2": "this registry removes manifests only, not tags, and the tag latest points at the same one",
    }
    assert store.create("app").tags == {"2": two.digest, "latest": two.digest}


def test_a_platform_of_an_image_that_stays_is_not_removed_by_digest(
    registries: Registries, store: Store, repository: RemoteRepository
) -> None:
    builder = ImageBuilder(store, "app")
    index = builder.small(["1"])
    child = Digest(index.children[0].digest)
    builder.repository.tags["1-amd64"] = child
    refuse_tags(registries, "1-amd64")
    outcome = repository.delete_tags({"1-amd64": child})
    assert outcome["1-amd64"] is not None
    assert outcome["1-amd64"].endswith("a list of images that stays names this one")
    assert child in builder.repository.manifests


def test_what_is_refused_is_reported_and_does_not_stop_the_rest(
    registries: Registries, store: Store, repository: RemoteRepository
) -> None:
    one = ImageBuilder(store, "app").small(["1", "2"])
    registries.faults.add(Fault(registry="mine", method="DELETE", reference="1", status=403))
    outcome = repository.delete_tags({"1": one.digest, "2": one.digest})
    assert outcome["1"] is not None
    assert "HTTP 403" in outcome["1"]
    assert outcome["2"] is None
    assert list(store.create("app").tags) == ["1"]


def test_a_repository_that_cannot_be_listed_loses_nothing(network: Network, registries: Registries) -> None:
    repository = open_plain(network, registries.plain("mine"), option="--private").repository("nope")
    outcome = repository.delete_tags({"1": digest_of(b"")})
    assert outcome["1"] is not None
    assert "NAME_UNKNOWN" in outcome["1"]
    assert registries.log.count(method="DELETE") == 0


def test_a_removal_whose_answer_is_lost_is_one(network: Network) -> None:
    digest = digest_of(b"image")
    there = Answer(headers={"Docker-Content-Digest": digest, "Content-Type": "application/json"}, length=5)
    answers = (Answer(body=b'{"tags": ["1"]}'), there, Answer(drop=True), Answer(404))
    with ScriptedServer(*answers) as server:
        repository = open_plain(network, server.url, option="--private").repository("app")
        assert repository.delete_tags({"1": digest}) == {"1": None}
        assert [asked.method for asked in server.asked] == ["GET", "HEAD", "DELETE", "DELETE"]


def test_ecr_removes_by_tag(registries: Registries, private: EcrRegistry) -> None:
    service = registries.private["eu-central-1"]
    service.create_repository("app")
    builder = ImageBuilder(service.store, "app")
    one = builder.small(["1", "latest"])
    two = builder.small(["2"], name="other")
    repository = private.repository("app")
    held = repository.held_tags()
    assert held["1"].digest == one.digest
    assert held["1"].pushed == pytest.approx(builder.repository.manifests[one.digest].pushed_at.timestamp(), abs=1)
    registries.log.clear()
    outcome = repository.delete_tags({"1": one.digest, "2": one.digest, "3": one.digest})
    assert outcome == {"1": None, "2": f"it points at {two.digest[:19]} now", "3": "it is gone already"}
    assert builder.repository.tags == {"latest": one.digest, "2": two.digest}
    assert [entry.reference for entry in registries.log.entries] == ["DescribeImages", "BatchDeleteImage"]


def test_ecr_keeps_a_platform_of_an_image_that_stays(registries: Registries, private: EcrRegistry) -> None:
    service = registries.private["eu-central-1"]
    service.create_repository("app")
    builder = ImageBuilder(service.store, "app")
    child = Digest(builder.small(["1"]).children[0].digest)
    builder.repository.tags["1-amd64"] = child
    outcome = private.repository("app").delete_tags({"1-amd64": child})
    assert outcome["1-amd64"] is not None
    assert outcome["1-amd64"].startswith("ImageReferencedByManifestList")
    assert child in builder.repository.manifests


def test_ecr_public_removes_hundreds_in_as_few_calls(registries: Registries, public: EcrRegistry) -> None:
    builder = ImageBuilder(registries.public.store, "maven")
    one = builder.small([f"{number}" for number in range(250)])
    registries.log.clear()
    outcome = public.repository("maven").delete_tags(dict.fromkeys(builder.repository.tags, one.digest))
    assert len(outcome) == 250
    assert set(outcome.values()) == {None}
    assert builder.repository.tags == {}
    assert registries.log.count(registry="public", reference="BatchDeleteImage") == 3


def test_a_permission_that_is_missing_is_named(registries: Registries, private: EcrRegistry) -> None:
    service = registries.private["eu-central-1"]
    service.create_repository("app")
    one = ImageBuilder(service.store, "app").small(["1"])
    service.authorize = lambda _key, action, _resource: action != "ecr:BatchDeleteImage"
    outcome = private.repository("app").delete_tags({"1": one.digest})
    assert outcome["1"] is not None
    assert "ecr:BatchDeleteImage" in outcome["1"]


@pytest.mark.slow
@pytest.mark.skipif(find_program("docker-registry") is None, reason="docker-registry is not installed")
def test_debians_registry_which_removes_manifests_only(network: Network, tmp_path: Path) -> None:
    binary = find_program("docker-registry")
    assert binary is not None
    store = Store()
    builder = ImageBuilder(store, "app")
    one, two = builder.small(["1"]), builder.small(["2"], name="other")
    with docker_registry(binary, tmp_path) as url:
        repository = open_plain(network, url, option="--private").repository("app")
        for tag, index in (("1", one), ("2", two), ("latest", two)):
            child = builder.repository.manifests[index.children[0].digest].manifest
            for blob in child.blobs:
                upload = repository.open_upload(blob)
                upload.write(store.blobs[blob.digest])
                upload.commit()
            repository.push_manifest(child)
            repository.push_manifest(index, tag=tag)
        outcome = repository.delete_tags({"1": one.digest, "2": two.digest})
        assert outcome["1"] is None
        assert outcome["2"] is None or outcome["2"].endswith("the tag latest points at the same one")
        held = repository.held_tags()
        assert "1" not in held
        assert held["latest"].digest == two.digest
        assert ("2" in held) == (outcome["2"] is not None)
        network.client.pool.close()
