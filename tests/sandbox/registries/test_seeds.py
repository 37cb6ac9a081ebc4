from pathlib import Path

import pytest

from mirror.config.model import ExplicitTag
from mirror.config.reader import read_file
from sandbox.registries.seeds import CORPUS_BLOBS, CORPUS_MANIFESTS, CORPUS_TAGS, seed_corpus, seed_hub
from sandbox.registries.store import Store

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def hub() -> Store:
    store = Store()
    seed_hub(store)
    return store


def test_the_hub_has_all_that_the_shipped_configuration_names(hub: Store) -> None:
    for image in read_file(CHECKOUT / "mirror.yaml").images:
        repository = hub.repositories[image.upstream]
        for selector in image.selectors:
            assert isinstance(selector, ExplicitTag)
            assert selector.tag in repository.tags


def test_alias_tags_are_one_digest(hub: Store) -> None:
    tags = hub.repositories["library/eclipse-temurin"].tags
    assert tags["21-jre"] == tags["21.0.8_9-jre"] != tags["17-jre"]


def test_the_hub_is_small_enough_for_every_test(hub: Store) -> None:
    assert sum(len(blob) for blob in hub.blobs.values()) < 40_000_000


def test_the_hub_is_whole(hub: Store) -> None:
    for repository in hub.repositories.values():
        for stored in repository.manifests.values():
            assert {blob.digest for blob in stored.manifest.blobs} <= repository.blobs
            assert {child.digest for child in stored.manifest.children} <= repository.manifests.keys()


def test_the_corpus_is_what_the_numbers_are_about() -> None:
    store = Store()
    references = seed_corpus(store)
    manifests = [digest for repository in store.repositories.values() for digest in repository.manifests]
    assert len(references) == len(set(references)) == CORPUS_TAGS == 20
    assert len(store.blobs) == CORPUS_BLOBS == 126
    assert len(manifests) == len(set(manifests)) == CORPUS_MANIFESTS == 80
    assert {len(repository.tags) for repository in store.repositories.values()} == {2}
    for reference in references:
        name, _, tag = reference.partition(":")
        found = store.repositories[name].find(tag)
        assert found is not None
        assert len(found.manifest.children) == 3
