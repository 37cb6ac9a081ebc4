from base64 import b64encode

import pytest

from mirror.oci import media_types
from mirror.oci.digest import digest_of
from sandbox.registries.docker_hub import Account
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.seeds import seed_hub
from sandbox.registries.server import Registries
from tests.sandbox.registries.wire import Reply, Shelf, Wire

NAME = "library/maven"
TAG = "3.6.3-jdk-11"
SCOPE = f"repository:{NAME}:pull"


@pytest.fixture
def hub(registries: Registries) -> Registries:
    seed_hub(registries.hub)
    registries.hub_state.users["ann"] = "t0ken"
    return registries


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def token(hub: Registries, authorization: str = "", scope: str = SCOPE) -> Reply:
    wire = Wire(hub.hub_url, {"Authorization": authorization} if authorization else {})
    return wire.ask("GET", f"/token?service=registry.docker.io&scope={scope}")


def shelf(hub: Registries, authorization: str = "") -> Shelf:
    bearer = f"Bearer {token(hub, authorization).document['token']}"
    return Shelf(Wire(hub.hub_url, {"Authorization": bearer, "Accept": media_types.ACCEPT}), NAME)


def layer_of(hub: Registries) -> str:
    return max(hub.hub.repositories[NAME].blobs, key=lambda digest: len(hub.hub.blobs[digest]))


def test_whoever_comes_without_a_token_is_told_where_to_get_one(hub: Registries) -> None:
    reply = Wire(hub.hub_url).ask("GET", f"/v2/{NAME}/manifests/{TAG}")
    assert (reply.status, reply.code) == (401, "UNAUTHORIZED")
    assert reply.headers["www-authenticate"] == (
        f'Bearer realm="{hub.hub_url}/token",service="registry.docker.io",scope="repository:library/maven:pull"'
    )
    assert hub.hub_state.pulls == 0


def test_a_token_says_how_long_it_is_good(hub: Registries) -> None:
    document = token(hub).document
    assert document["token"] == document["access_token"]
    assert document["expires_in"] == 300
    assert document["issued_at"].endswith("+00:00")


@pytest.mark.parametrize(("user", "password", "status"), [("ann", "t0ken", 200), ("ann", "no", 401), ("bob", "", 401)])
def test_a_user_needs_the_right_token(user: str, password: str, status: int, hub: Registries) -> None:
    assert token(hub, basic(user, password)).status == status


def test_a_token_ends(hub: Registries) -> None:
    opened = shelf(hub)
    assert opened.ask("HEAD", f"manifests/{TAG}").status == 200
    start = hub.hub_state.now()
    hub.hub_state.now = lambda: start + 301
    reply = opened.ask("HEAD", f"manifests/{TAG}")
    assert reply.status == 401
    assert 'error="invalid_token"' in reply.headers["www-authenticate"]


def test_a_token_is_for_one_repository(hub: Registries) -> None:
    opened = shelf(hub)
    assert opened.wire.ask("GET", "/v2/library/alpine/manifests/3").status == 401
    assert opened.wire.ask("GET", "/v2/library/alpine/tags/list").status == 401


def test_a_repository_that_does_not_exist_looks_like_a_private_one(hub: Registries) -> None:
    bearer = token(hub, scope="repository:nobody/nothing:pull").document["token"]
    wire = Wire(hub.hub_url, {"Authorization": f"Bearer {bearer}"})
    reply = wire.ask("GET", "/v2/nobody/nothing/manifests/1")
    assert (reply.status, reply.code) == (401, "UNAUTHORIZED")


def test_nobody_pushes(hub: Registries) -> None:
    assert shelf(hub, basic("ann", "t0ken")).ask("POST", "blobs/uploads/").status == 401


def test_a_get_is_a_pull_and_a_head_is_not(hub: Registries) -> None:
    opened = shelf(hub)
    head = [opened.ask("HEAD", f"manifests/{TAG}") for _ in range(3)][-1]
    assert head.headers["ratelimit-limit"] == "100;w=21600"
    assert head.headers["ratelimit-remaining"] == "100;w=21600"
    assert hub.hub_state.pulls == 0
    get = opened.ask("GET", f"manifests/{TAG}")
    assert get.headers["ratelimit-remaining"] == "99;w=21600"
    assert get.headers["docker-ratelimit-source"] == "127.0.0.1"
    assert digest_of(get.body) == head.headers["docker-content-digest"]
    assert opened.ask("GET", "manifests/absent").status == 404
    assert opened.ask("GET", "tags/list").status == 200
    assert opened.ask("GET", f"blobs/{layer_of(hub)}").status == 307
    assert hub.hub_state.pulls == 1


def test_every_manifest_that_is_fetched_is_a_pull(hub: Registries) -> None:
    opened = shelf(hub)
    document = opened.ask("GET", f"manifests/{TAG}").document
    for child in document["manifests"]:
        assert opened.ask("GET", f"manifests/{child['digest']}").status == 200
    assert hub.hub_state.pulls == 1 + len(document["manifests"])
    assert hub.log.count(registry="hub", method="GET", action="manifest", status=200) == hub.hub_state.pulls


def test_the_quota_ends_without_a_word_about_when_to_come_back(hub: Registries) -> None:
    hub.hub_state.anonymous = Account(1)
    opened = shelf(hub)
    assert opened.ask("GET", f"manifests/{TAG}").status == 200
    reply = opened.ask("GET", f"manifests/{TAG}")
    assert (reply.status, reply.code) == (429, "TOOMANYREQUESTS")
    assert "retry-after" not in reply.headers
    assert reply.headers["ratelimit-remaining"] == "0;w=21600"
    assert opened.ask("HEAD", f"manifests/{TAG}").status == 200
    assert hub.hub_state.pulls == 1


def test_users_have_a_quota_of_their_own(hub: Registries) -> None:
    hub.hub_state.anonymous = Account(0)
    hub.hub_state.accounts["ann"] = Account(1)
    opened = shelf(hub, basic("ann", "t0ken"))
    get = opened.ask("GET", f"manifests/{TAG}")
    assert (get.status, get.headers["docker-ratelimit-source"]) == (200, "ann")
    assert opened.ask("GET", f"manifests/{TAG}").status == 429
    assert shelf(hub).ask("GET", f"manifests/{TAG}").status == 429
    assert hub.log.count(registry="hub", action="manifest", user="ann") == 2


def test_who_pays_has_no_quota_and_no_headers(hub: Registries) -> None:
    hub.hub_state.accounts["ann"] = Account(None)
    opened = shelf(hub, basic("ann", "t0ken"))
    replies = [opened.ask("GET", f"manifests/{TAG}") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert not {name for reply in replies for name in reply.headers if "ratelimit" in name}


def test_the_limit_against_abuse_is_another_one(hub: Registries) -> None:
    hub.faults.add(Fault("hub", "HEAD", "manifest", status=429, headers={"Retry-After": "60"}))
    opened = shelf(hub)
    assert opened.ask("HEAD", f"manifests/{TAG}").headers["retry-after"] == "60"
    assert opened.ask("HEAD", f"manifests/{TAG}").status == 200


def test_blobs_are_on_another_host_that_wants_no_credentials(hub: Registries) -> None:
    opened = shelf(hub)
    digest = layer_of(hub)
    redirect = opened.ask("GET", f"blobs/{digest}")
    location = redirect.headers["location"]
    assert redirect.status == 307
    assert location.startswith("http://127.0.0.1:")
    assert not location.startswith(hub.hub_url)
    # With the credentials sent along, as a careless client does.
    assert opened.wire.ask("GET", location).status == 400
    blob = Wire(hub.hub_url).ask("GET", location)
    assert (blob.status, digest_of(blob.body)) == (200, digest)
    piece = Wire(hub.hub_url).ask("GET", location, Range="bytes=5-9")
    assert (piece.status, piece.body) == (206, blob.body[5:10])
    assert [entry.bytes_out for entry in hub.log.matching(registry="cdn", status=206)] == [5]


def test_a_blobs_url_ends(hub: Registries) -> None:
    location = shelf(hub).ask("GET", f"blobs/{layer_of(hub)}").headers["location"]
    start = hub.hub_state.now()
    hub.hub_state.now = lambda: start + 61
    assert Wire(hub.hub_url).ask("GET", location).status == 403
    assert Wire(hub.hub_url).ask("GET", location.partition("?")[0]).status == 403


def test_tags_come_a_hundred_at_a_time(hub: Registries) -> None:
    builder = ImageBuilder(hub.hub, NAME)
    manifest = next(iter(builder.repository.manifests.values())).manifest
    for number in range(150):
        hub.hub.put_manifest(builder.repository, manifest, f"many-{number:03}")
    opened = shelf(hub)
    first = opened.ask("GET", "tags/list?n=1000")
    second = opened.wire.ask("GET", first.headers["link"].partition(">")[0].lstrip("<"))
    assert len(first.document["tags"]) == 100
    assert "link" not in second.headers
    assert [*first.document["tags"], *second.document["tags"]] == sorted(builder.repository.tags)
