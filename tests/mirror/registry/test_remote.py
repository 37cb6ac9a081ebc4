import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from mirror.credentials.registries import Network, open_plain
from mirror.errors import (
    DeniedError,
    NotFoundError,
    RefusedError,
    TagImmutableError,
    UnavailableError,
    UnsupportedError,
    VerificationError,
)
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from mirror.registry.remote import RemoteRegistry
from sandbox.registries.images import ImageBuilder
from sandbox.registries.seeds import seed_hub
from sandbox.registries.server import Registries
from sandbox.registries.store import Store
from tests.support import Answer, ScriptedServer


def test_a_tag_is_resolved_by_head_and_costs_no_pull(registries: Registries, hub: RemoteRegistry) -> None:
    seed_hub(registries.hub)
    maven = hub.repository("library/maven")
    found = maven.resolve("3.6.3-jdk-11")
    expected = registries.hub.create("library/maven").tags["3.6.3-jdk-11"]
    assert found is not None
    assert found.digest == expected
    assert maven.resolve("no-such-tag") is None
    assert registries.hub_state.pulls == 0
    assert registries.log.summary("hub") == {"HEAD manifest": 3, "GET token": 1}  # the first one meets the challenge
    quota = maven.quota()
    assert quota is not None
    assert (quota.limit, quota.remaining, quota.source) == (200, 200, "me")


def test_a_manifest_is_a_pull_and_comes_byte_for_byte(registries: Registries, hub: RemoteRegistry) -> None:
    seed_hub(registries.hub)
    maven = hub.repository("library/maven")
    by_tag = maven.fetch_manifest("3.6.3-jdk-11")
    by_digest = maven.fetch_manifest(by_tag.digest)
    assert by_tag.raw == by_digest.raw
    assert digest_of(by_tag.raw) == by_tag.digest
    assert registries.hub_state.pulls == hub.meter.pulls == 2


def test_what_is_missing_says_so(registries: Registries, hub: RemoteRegistry) -> None:
    seed_hub(registries.hub)
    with pytest.raises(NotFoundError):
        hub.repository("library/maven").fetch_manifest("nope")
    # Docker Hub does not tell what is private from what does not exist.
    with pytest.raises(DeniedError):
        hub.repository("library/nope").resolve("1")


def test_tags_are_listed_page_by_page(registries: Registries, hub: RemoteRegistry) -> None:
    builder = ImageBuilder(registries.hub, "library/many")
    index = builder.multi_platform(["linux/amd64"], base="b", name="n", tags=["latest"], base_size=10, top_size=10)
    for number in range(250):
        registries.hub.put_manifest(builder.repository, index, f"v{number:03}")
    tags = list(hub.repository("library/many").tags())
    assert len(tags) == len(set(tags)) == 251
    assert registries.log.count(registry="hub", action="tags", status=200) == 3
    assert registries.hub_state.pulls == 0


def listed(*tags: str, link: str = "") -> Answer:
    return Answer(headers={"Link": link} if link else {}, body=json.dumps({"name": "a", "tags": tags}).encode())


@pytest.mark.parametrize(
    "link",
    [
        '</v2/a/tags/list?last=2&n=2>; rel="next"',
        "</v2/a/tags/list?last=2&n=2>; rel=next",
        '<{url}/v2/a/tags/list?last=2&n=2>; rel="next"',
        '<list?last=2&n=2>; rel="next"',
        '</elsewhere>; rel="first", </v2/a/tags/list?last=2&n=2>; title="more"; rel="next"',
    ],
    ids=["from the root", "unquoted", "absolute", "from the page", "among others"],
)
def test_the_next_page_is_where_the_link_leads(network: Network, link: str) -> None:
    with ScriptedServer(listed("1", "2"), listed("3")) as server:
        server.answers[0].headers["Link"] = link.format(url=server.url)
        registry = open_plain(network, server.url, option="--source")
        assert list(registry.repository("a").tags()) == ["1", "2", "3"]
        assert [asked.path for asked in server.asked] == ["/v2/a/tags/list?n=1000", "/v2/a/tags/list?last=2&n=2"]


def test_pages_that_lead_in_a_circle_end(network: Network) -> None:
    circle = listed("1", link='</v2/a/tags/list?last=1>; rel="next"')
    with (
        ScriptedServer(*[circle] * 5) as server,
        pytest.raises(UnavailableError, match="the pages lead back to one that was read"),
    ):
        list(open_plain(network, server.url, option="--source").repository("a").tags())
    assert len(server.asked) == 2


def test_a_repository_without_tags_has_none(network: Network) -> None:
    """docker-registry says null of a repository whose tags were all removed."""
    with ScriptedServer(Answer(body=b'{"name": "a", "tags": null}')) as server:
        assert list(open_plain(network, server.url, option="--source").repository("a").tags()) == []


def test_what_is_no_tag_is_not_listed(network: Network) -> None:
    """It would end up in a URL."""
    tags = ["1.0", "../escape", "a b", "a\r\nb", "", 5, None, "x" * 129, "ok"]
    with ScriptedServer(Answer(body=json.dumps({"tags": tags}).encode())) as server:
        registry = open_plain(network, server.url, option="--source")
        assert list(registry.repository("a").tags()) == ["1.0", "ok"]


@pytest.mark.parametrize("body", [b"[]", b'{"tags": 5}', b"no", b"[" * 200_000])
def test_a_list_of_tags_that_is_none(network: Network, body: bytes) -> None:
    with (
        ScriptedServer(*[Answer(body=body)] * 9) as server,
        pytest.raises(UnavailableError, match=r"tags of .*/a: not a list"),
    ):
        list(open_plain(network, server.url, option="--source").repository("a").tags())


def test_answers_without_a_digest_are_resolved_by_their_content(network: Network) -> None:
    raw = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'
    with ScriptedServer(Answer(200), Answer(body=raw)) as server:
        registry = open_plain(network, server.url, option="--source")
        found = registry.repository("a").resolve("1")
        assert found is not None
        assert (found.digest, found.size) == (digest_of(raw), len(raw))
        assert [asked.method for asked in server.asked] == ["HEAD", "GET"]


def test_a_manifest_that_is_not_what_its_digest_says_is_refused(network: Network) -> None:
    with ScriptedServer(Answer(body=b"{}")) as server, pytest.raises(VerificationError):
        open_plain(network, server.url, option="--source").repository("a").fetch_manifest(digest_of(b"other"))


def test_a_malformed_digest_header_is_refused(network: Network) -> None:
    with ScriptedServer(Answer(headers={"Docker-Content-Digest": "md5:1"})) as server:
        repository = open_plain(network, server.url, option="--source").repository("a")
        with pytest.raises(UnsupportedError, match="md5:1"):
            repository.resolve("1")


def test_many_tags_and_blobs_are_asked_for_side_by_side(registries: Registries, network: Network) -> None:
    store = Store()
    registry = open_plain(network, registries.plain("mine", store), option="--private")
    builder = ImageBuilder(store, "app")
    layer = store.put_blob(builder.repository, b"here")
    repository = registry.repository("app")
    found = repository.digests_of(["1", "2", "1"])
    assert found == {"1": None, "2": None}
    there, missing = Descriptor("x", layer, 4), Descriptor("x", digest_of(b"gone"), 4)
    assert repository.missing_blobs([there, missing, missing]) == {missing.digest}
    assert repository.missing_blobs([]) == frozenset()
    assert registries.log.summary("mine") == {"HEAD manifest": 2, "HEAD blob": 2}


def test_a_thread_of_the_pool_may_ask_for_many(registries: Registries, network: Network) -> None:
    """As the copier does for every destination: with as many askers as threads nobody would be left to answer."""
    with ThreadPoolExecutor(1) as lookups:
        narrow = dataclasses.replace(network, lookups=lookups)
        repository = open_plain(narrow, registries.plain("mine"), option="--private").repository("app")
        blobs = [Descriptor("x", digest_of(str(number).encode()), 1) for number in range(3)]
        asked = lookups.submit(repository.missing_blobs, blobs)
        assert asked.result(timeout=30) == {blob.digest for blob in blobs}


def test_a_registry_that_denies_head_on_blobs_is_taken_for_one_that_has_none(network: Network) -> None:
    with ScriptedServer(Answer(401)) as server:
        repository = open_plain(network, server.url, option="--private").repository("a")
        blob = Descriptor("x", digest_of(b"x"), 1)
        assert repository.missing_blobs([blob]) == {blob.digest}


def test_a_manifest_is_pushed_after_what_it_names(registries: Registries, network: Network) -> None:
    hub_store, store = Store(), Store()
    image = ImageBuilder(hub_store, "x").multi_platform(
        ["linux/amd64"], base="b", name="n", tags=[], base_size=9, top_size=9
    )
    repository = open_plain(network, registries.plain("mine", store), option="--private").repository("app")
    with pytest.raises(RefusedError) as caught:
        repository.push_manifest(image, tag="1")
    assert caught.value.codes == {"MANIFEST_BLOB_UNKNOWN"}
    child = hub_store.create("x").manifests[image.children[0].digest].manifest
    for blob in child.blobs:
        upload = repository.open_upload(blob)
        upload.write(hub_store.blobs[blob.digest])
        upload.commit()
    repository.push_manifest(child)
    assert repository.has_manifest(child.digest)
    repository.push_manifest(image, tag="1")
    assert store.create("app").tags == {"1": image.digest}
    store.create("app").immutable = True
    repository.push_manifest(image, tag="1")  # refused, but for what is so already
    with pytest.raises(TagImmutableError):
        repository.push_manifest(child, tag="1")
    assert registries.log.count(registry="mine", method="PUT", reference="1", status=400) == 3


def test_a_registry_that_changes_a_manifest_is_found_out(network: Network) -> None:
    image = ImageBuilder(Store(), "x").multi_platform(
        ["linux/amd64"], base="b", name="n", tags=[], base_size=9, top_size=9
    )
    with ScriptedServer(Answer(201, {"Docker-Content-Digest": digest_of(b"else")})) as server:
        repository = open_plain(network, server.url, option="--private").repository("a")
        with pytest.raises(UnavailableError, match="stored as"):
            repository.push_manifest(image)


def test_a_blob_is_mounted_or_the_session_is_given_back(registries: Registries, network: Network) -> None:
    store = Store()
    layer = store.put_blob(store.create("one"), b"layer")
    repository = open_plain(network, registries.plain("mine", store), option="--private").repository("two")
    assert repository.mount_blob(Descriptor("x", layer, 5), from_repository="one")
    assert layer in store.create("two").blobs
    assert not repository.mount_blob(Descriptor("x", digest_of(b"no"), 2), from_repository="one")
    assert registries.log.summary("mine") == {"POST upload": 2, "DELETE upload": 1}


def test_referrers_come_from_the_api_or_from_the_fallback_tag(registries: Registries, network: Network) -> None:
    store = Store()
    builder = ImageBuilder(store, "app")
    image = builder.small(["1"])
    config = {
        "mediaType": "application/vnd.oci.empty.v1+json",
        "digest": store.put_blob(builder.repository, b"{}"),
        "size": 2,
    }
    signature = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.example.signature",
        "config": config,
        "layers": [],
        "subject": {"mediaType": image.media_type, "digest": image.digest, "size": image.size},
    }
    attached = store.put_raw(builder.repository, json.dumps(signature).encode(), str(signature["mediaType"]))
    repository = open_plain(network, registries.plain("mine", store), option="--source").repository("app")
    (found,) = repository.referrers(image.digest)
    assert (found.digest, found.artifact_type) == (attached.digest, "application/vnd.example.signature")
    with ScriptedServer(Answer(404), Answer(404)) as server:
        old = open_plain(network, server.url, option="--source").repository("app")
        assert old.referrers(image.digest) == ()
        assert server.asked[1].path.endswith("/manifests/" + image.digest.replace(":", "-"))


def page(*letters: str) -> bytes:
    entries = [{"mediaType": media_types.OCI_MANIFEST, "digest": "sha256:" + each * 64, "size": 1} for each in letters]
    return json.dumps({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries}).encode()


def test_referrers_come_page_by_page(network: Network) -> None:
    subject = digest_of(b"image")
    link = {"Link": f'</v2/app/referrers/{subject}?next=2>; rel="next"'}
    with ScriptedServer(Answer(headers=link, body=page("a", "b")), Answer(body=page("c"))) as server:
        repository = open_plain(network, server.url, option="--source").repository("app")
        assert [each.digest[7] for each in repository.referrers(subject)] == ["a", "b", "c"]
        assert server.asked[1].path.endswith("?next=2")


@pytest.mark.parametrize("status", [404, 405])
def test_a_registry_without_the_referrers_api_is_asked_once(network: Network, status: int) -> None:
    with ScriptedServer(Answer(status, body=b"404 page not found"), Answer(404), Answer(404)) as server:
        registry = open_plain(network, server.url, option="--source")
        for name in ("one", "two"):
            assert registry.repository(name).referrers(digest_of(b"image")) == ()
        assert [asked.method for asked in server.asked] == ["GET", "HEAD", "HEAD"]


def test_a_repository_that_does_not_exist_says_nothing_of_the_api(network: Network) -> None:
    unknown = b'{"errors": [{"code": "NAME_UNKNOWN"}]}'
    with ScriptedServer(Answer(404, body=unknown), Answer(body=page("a"))) as server:
        registry = open_plain(network, server.url, option="--source")
        assert registry.repository("one").referrers(digest_of(b"image")) == ()
        assert len(registry.repository("two").referrers(digest_of(b"image"))) == 1


def test_names_are_those_of_a_from_line(network: Network) -> None:
    registry = open_plain(network, "http://localhost:5000/team", option="--private")
    assert registry.repository("app").name == "localhost:5000/team/app"
