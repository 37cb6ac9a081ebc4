import json
from concurrent.futures import ThreadPoolExecutor

from mirror.oci import media_types
from mirror.oci.digest import digest_of
from sandbox.registries.store import Store
from tests.sandbox.registries.documents import ABSENT, LAYER, descriptor, image, raw


def test_a_blob_is_stored_once_and_seen_where_it_was_pushed() -> None:
    store = Store()
    one, two, three = store.create("one"), store.create("two"), store.create("three")
    digest = store.put_blob(one, LAYER)
    assert store.put_blob(two, bytes(bytearray(LAYER))) == digest
    assert store.blobs == {digest: LAYER}
    assert store.blob(one, digest) is store.blob(two, digest)
    assert store.blob(three, digest) is None


def test_creating_a_repository_again_gives_the_same_one() -> None:
    store = Store()
    assert store.create("app") is store.create("app") is store.get("app")
    assert store.get("other") is None


def test_a_manifest_is_found_by_tag_and_by_digest() -> None:
    store = Store()
    repository = store.create("app")
    manifest = store.put_raw(repository, raw(image(LAYER)), media_types.OCI_MANIFEST, "one")
    store.put_manifest(repository, manifest, "two")
    for reference in ("one", "two", manifest.digest):
        found = repository.find(reference)
        assert found is not None
        assert found.manifest == manifest
    assert repository.find("three") is None
    assert repository.find(ABSENT) is None
    assert repository.tags_of(manifest.digest) == ["one", "two"]


def test_pushing_the_same_manifest_again_keeps_its_date() -> None:
    store = Store()
    repository = store.create("app")
    manifest = store.put_raw(repository, raw(image(LAYER)), media_types.OCI_MANIFEST)
    first = repository.manifests[manifest.digest].pushed_at
    store.put_manifest(repository, manifest, "one")
    assert repository.manifests[manifest.digest].pushed_at == first


def test_referrers_are_those_whose_subject_it_is() -> None:
    store = Store()
    repository = store.create("app")
    subject = store.put_raw(repository, raw(image(LAYER)), media_types.OCI_MANIFEST)
    attached = image(LAYER, subject=descriptor(subject.raw, media_types.OCI_MANIFEST))
    referrer = store.put_raw(repository, json.dumps(attached).encode(), media_types.OCI_MANIFEST)
    assert repository.referrers_of(subject.digest) == [referrer]
    assert repository.referrers_of(referrer.digest) == []


def test_many_threads_lose_nothing() -> None:
    store = Store()

    def push(number: int) -> None:
        repository = store.create(f"app{number % 7}")
        store.put_blob(repository, str(number).encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(push, range(500)))
    assert len(store.repositories) == 7
    assert {digest for repository in store.repositories.values() for digest in repository.blobs} == {
        digest_of(str(number).encode()) for number in range(500)
    }
