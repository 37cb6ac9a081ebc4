"""Where ECR and ECR Public deviate from the specification, one test each."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mirror.oci import media_types
from mirror.oci.digest import digest_of
from sandbox.registries.ecr_service import ALIAS
from sandbox.registries.faults import Fault
from sandbox.registries.server import Registries
from sandbox.registries.throttle import Throttle
from tests.sandbox.registries.documents import ABSENT, CONFIG, LAYER, descriptor, fill, image, index, raw
from tests.sandbox.registries.ecr import KEY, REGION, anonymous_shelf, basic, private_shelf, public_host, public_shelf
from tests.sandbox.registries.wire import Shelf, Wire, with_digest

DIGEST = digest_of(LAYER)


@pytest.fixture
def private(registries: Registries) -> Shelf:
    registries.private[REGION].create_repository("app")
    return private_shelf(registries, "app")


@pytest.fixture
def public(registries: Registries) -> Shelf:
    registries.public.create_repository("app")
    return public_shelf(registries, "app")


@pytest.fixture(params=["private", "public"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    """What both have in common."""
    found: Shelf = request.getfixturevalue(request.param)
    return found


def test_what_is_pushed_can_be_pulled(shelf: Shelf) -> None:
    fill(shelf)
    assert shelf.ask("GET", "manifests/all").body == raw(index(image(LAYER)))
    assert shelf.ask("HEAD", "manifests/one").headers["docker-content-digest"] == digest_of(raw(image(LAYER)))


def test_no_repository_comes_by_a_push(registries: Registries) -> None:
    for shelf in (private_shelf(registries, "new"), public_shelf(registries, "new")):
        reply = shelf.ask("POST", "blobs/uploads/")
        assert (reply.status, reply.code) == (404, "NAME_UNKNOWN")


def test_a_patch_is_answered_with_201(shelf: Shelf) -> None:
    patched = shelf.wire.ask("PATCH", shelf.start(), LAYER)
    assert patched.status == 201
    assert shelf.wire.ask("PUT", with_digest(patched.headers["location"], DIGEST)).status == 201


def test_chunks_break_because_the_range_stays_at_the_first(shelf: Shelf) -> None:
    first = shelf.wire.ask("PATCH", shelf.start(), LAYER[:300], Content_Range="0-299")
    location = first.headers["location"]
    second = shelf.wire.ask("PATCH", location, LAYER[300:700], Content_Range="300-699")
    assert (second.status, second.headers["range"]) == (201, "0-299")
    third = shelf.wire.ask("PATCH", location, LAYER[300:], Content_Range="300-1023")
    assert (third.status, third.code) == (416, "BLOB_UPLOAD_INVALID")
    # And the session is lost.
    ended = shelf.wire.ask("PUT", with_digest(location, DIGEST))
    assert (ended.status, ended.code) == (416, "BLOB_UPLOAD_INVALID")


def test_a_session_that_broke_off_is_lost(shelf: Shelf) -> None:
    location = with_digest(shelf.start(), DIGEST)
    shelf.wire.break_off("PUT", location, LAYER[:512], length=1024)
    again = shelf.wire.ask("PUT", location, LAYER)
    assert (again.status, again.code) == (416, "BLOB_UPLOAD_INVALID")
    assert shelf.push_blob(LAYER) == DIGEST  # in a new one


def test_a_session_that_met_a_fault_is_lost(shelf: Shelf, registries: Registries) -> None:
    registries.faults.add(Fault(method="PUT", action="upload", status=500))
    location = with_digest(shelf.start(), DIGEST)
    assert shelf.wire.ask("PUT", location, LAYER).status == 500
    assert shelf.wire.ask("PUT", location, LAYER).status == 416


def test_a_session_with_the_wrong_bytes_is_lost(shelf: Shelf) -> None:
    location = with_digest(shelf.start(), DIGEST)
    wrong = shelf.wire.ask("PUT", location, CONFIG)
    assert (wrong.status, wrong.code) == (400, "DIGEST_INVALID")
    assert shelf.wire.ask("PUT", location, LAYER).status == 416


def test_a_blob_with_the_post_only_opens_a_session(shelf: Shelf) -> None:
    assert shelf.ask("POST", f"blobs/uploads/?digest={DIGEST}", LAYER).status == 202


def test_nothing_is_mounted(registries: Registries) -> None:
    for name in ("app", "base"):
        registries.private[REGION].create_repository(name)
    private_shelf(registries, "base").push_blob(LAYER)
    reply = private_shelf(registries, "app").ask("POST", f"blobs/uploads/?mount={DIGEST}&from=base")
    assert reply.status == 202


def test_an_empty_blob_is_refused(shelf: Shelf) -> None:
    reply = shelf.wire.ask("PUT", with_digest(shelf.start(), digest_of(b"")), b"")
    assert (reply.status, reply.code) == (400, "BLOB_UPLOAD_INVALID")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param({"layers": []}, "at least 1 layer", id="no layers"),
        pytest.param({"artifactType": "application/x-sbom"}, "Invalid JSON", id="artifact type"),
        pytest.param({"config": descriptor(CONFIG, "application/x-helm")}, "Invalid JSON", id="unknown config"),
        pytest.param({"config": descriptor(CONFIG, media_types.OCI_EMPTY)}, "Invalid JSON", id="empty config"),
    ],
)
def test_manifests_that_are_no_images_are_refused(more: dict[str, object], says: str, shelf: Shelf) -> None:
    fill(shelf)
    reply = shelf.put_manifest({**image(LAYER), **more}, "x")
    assert (reply.status, reply.code) == (405, "UNSUPPORTED")
    assert says in reply.body.decode()


def test_children_and_layers_come_first(shelf: Shelf) -> None:
    shelf.push_blob(CONFIG)
    for document in (image(LAYER), index(image(LAYER))):
        reply = shelf.put_manifest(document, "x")
        assert (reply.status, reply.code) == (400, "MANIFEST_BLOB_UNKNOWN")


def test_an_immutable_tag_stays_even_for_the_same_digest(registries: Registries, private: Shelf) -> None:
    registries.private[REGION].repository("app").immutable = True
    fill(private)
    again = private.put_manifest(image(LAYER), "one")
    assert (again.status, again.code) == (400, "TAG_INVALID")


def test_layers_are_on_another_host_that_wants_no_credentials(shelf: Shelf) -> None:
    fill(shelf)
    redirect = shelf.ask("GET", f"blobs/{DIGEST}")
    location = redirect.headers["location"]
    assert redirect.status == 307
    assert shelf.wire.ask("GET", location).status == 400  # the credentials went along
    assert Wire("").ask("GET", location).body == LAYER
    assert shelf.ask("GET", f"blobs/{ABSENT}").status == 404


def test_head_of_a_blob_is_for_those_who_have_credentials(registries: Registries, public: Shelf, shelf: Shelf) -> None:
    fill(shelf)
    head = shelf.ask("HEAD", f"blobs/{DIGEST}")
    assert (head.status, head.headers["content-length"]) == (200, "1024")
    assert anonymous_shelf(registries, public.name).ask("HEAD", f"blobs/{DIGEST}").status == 401


def test_there_is_no_catalogue(private: Shelf) -> None:
    assert private.wire.ask("GET", "/v2/_catalog").status == 404


def test_the_quota_for_manifests(registries: Registries, shelf: Shelf) -> None:
    fill(shelf)
    for service in (registries.private[REGION], registries.public):
        service.put_image = Throttle(2, now=lambda: 0.0)
    assert [shelf.put_manifest(image(LAYER), "one").status for _ in range(3)] == [201, 201, 429]
    assert shelf.ask("HEAD", "manifests/one").status == 200


def test_regions_have_nothing_in_common(registries: Registries, private: Shelf) -> None:
    fill(private)
    other = private_shelf(registries, "app", region="eu-west-1")
    assert other.ask("GET", "manifests/one").code == "NAME_UNKNOWN"


def test_the_challenges(registries: Registries) -> None:
    private, public = registries.ecr_url, public_host(registries)
    for path in ("/v2/", "/v2/app/manifests/one"):
        reply = Wire(private).ask("GET", path)
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == f'Basic realm="{private}/",service="ecr.amazonaws.com"'
    for path in ("/v2/", f"/v2/{ALIAS}/app/manifests/one"):
        reply = Wire(public).ask("GET", path)
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == (
            f'Bearer realm="{public}/token/",service="public.ecr.aws",scope="aws"'
        )


def test_nothing_is_public_without_the_alias(public: Shelf) -> None:
    fill(public)
    for path in ("/v2/app/manifests/one", "/v2/somebody/app/manifests/one", f"/v2/{ALIAS}/manifests/one"):
        assert public.wire.ask("GET", path).status == 404


@pytest.mark.parametrize("authorization", [basic("wrong"), "Basic ?", basic("wrong", user="me")])
def test_a_wrong_password_is_told_so(authorization: str, registries: Registries) -> None:
    reply = Wire(registries.ecr_url).ask("GET", "/v2/", Authorization=authorization)
    assert (reply.status, reply.code) == (403, "DENIED")


def test_a_token_ends_after_twelve_hours(registries: Registries, private: Shelf) -> None:
    registries.private[REGION].now = lambda: datetime.now(UTC) + timedelta(hours=13)
    assert private.ask("GET", "tags/list").status == 403


def test_a_public_token_is_exchanged(registries: Registries, public: Shelf) -> None:
    token, _ = registries.public.issue_token(KEY)
    password = b64decode(token).decode().partition(":")[2]
    exchange = Wire(public_host(registries), {"Authorization": basic(password)})
    bearer = exchange.ask("GET", "/token/?service=public.ecr.aws&scope=aws").document["token"]
    wire = Wire(public_host(registries), {"Authorization": f"Bearer {bearer}"})
    assert wire.ask("POST", public.path("blobs/uploads/")).status == 202
    assert registries.log.count(registry="public", action="token", user=KEY) == 1
    refused = Wire(public_host(registries), {"Authorization": basic("wrong")}).ask("GET", "/token/")
    assert refused.status == 401


def test_everybody_may_pull_what_is_public_and_no_more(registries: Registries, public: Shelf) -> None:
    fill(public)
    bearer = Wire(public_host(registries)).ask("GET", "/token/?service=public.ecr.aws&scope=aws").document["token"]
    wire = Wire(public_host(registries), {"Authorization": f"Bearer {bearer}", "Accept": media_types.ACCEPT})
    assert wire.ask("GET", public.path("manifests/one")).body == raw(image(LAYER))
    assert wire.ask("GET", public.path(f"blobs/{DIGEST}")).status == 307
    reply = wire.ask("POST", public.path("blobs/uploads/"))
    assert (reply.status, reply.code) == (403, "DENIED")


def test_a_public_token_opens_nothing_private(registries: Registries, private: Shelf) -> None:
    token, _ = registries.public.issue_token(KEY)
    reply = private.wire.ask("GET", private.path("tags/list"), Authorization=f"Basic {token}")
    assert reply.status == 403


class TestPermissions:
    """IAM is asked for each request with the access key that asked for the token."""

    @pytest.fixture
    def asked(self) -> list[tuple[str, str, str]]:
        return []

    @pytest.fixture
    def denied(self) -> set[str]:
        return set()

    @pytest.fixture
    def registries(self, asked: list[tuple[str, str, str]], denied: set[str]) -> Iterator[Registries]:
        def authorize(key: str, action: str, resource: str) -> bool:
            asked.append((key, action, resource))
            return action not in denied

        with Registries(authorize=authorize) as running:
            yield running

    def test_a_push_needs_these(self, private: Shelf, public: Shelf, asked: list[tuple[str, str, str]]) -> None:
        fill(private)
        assert {action for _, action, _ in asked} == {
            "ecr:InitiateLayerUpload",
            "ecr:UploadLayerPart",
            "ecr:CompleteLayerUpload",
            "ecr:PutImage",
        }
        assert {(key, resource) for key, _, resource in asked} == {
            (KEY, f"arn:aws:ecr:{REGION}:123456789012:repository/app")
        }
        asked.clear()
        fill(public)
        assert {action for _, action, _ in asked} == {
            "ecr-public:InitiateLayerUpload",
            "ecr-public:UploadLayerPart",
            "ecr-public:CompleteLayerUpload",
            "ecr-public:PutImage",
        }
        assert {resource for _, _, resource in asked} == {"arn:aws:ecr-public::123456789012:repository/app"}

    @pytest.mark.parametrize(
        ("method", "rest", "action"),
        [
            ("GET", "manifests/one", "ecr:BatchGetImage"),
            ("GET", f"blobs/{DIGEST}", "ecr:GetDownloadUrlForLayer"),
            ("HEAD", f"blobs/{DIGEST}", "ecr:BatchCheckLayerAvailability"),
            ("GET", "tags/list", "ecr:ListImages"),
            ("POST", "blobs/uploads/", "ecr:InitiateLayerUpload"),
            ("PUT", "manifests/one", "ecr:PutImage"),
            ("DELETE", "manifests/one", "ecr:BatchDeleteImage"),
        ],
    )
    def test_what_is_not_allowed_is_denied(
        self, method: str, rest: str, action: str, private: Shelf, denied: set[str]
    ) -> None:
        fill(private)
        denied.add(action)
        reply = private.ask(method, rest, b"" if method in {"PUT", "POST"} else None)
        assert reply.status == 403
        assert reply.code in {"DENIED", ""}
        denied.clear()
        assert private.ask(method, rest, b"" if method in {"PUT", "POST"} else None).status != 403

    def test_pulling_what_is_public_needs_nothing(
        self, registries: Registries, public: Shelf, asked: list[tuple[str, str, str]]
    ) -> None:
        fill(public)
        asked.clear()
        assert anonymous_shelf(registries, "app").ask("GET", "manifests/one").status == 200
        assert public.ask("GET", "manifests/one").status == 200
        assert asked == []
