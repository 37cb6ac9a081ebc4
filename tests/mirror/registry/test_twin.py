import pytest

from mirror.credentials.registries import Network, open_twin
from mirror.errors import NotFoundError, VerificationError
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from mirror.registry.twin import TwinRepository, twin_name
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.registries.store import Store
from tests.support import Answer, FakeClock, ScriptedServer


@pytest.mark.parametrize(
    ("path", "upstream", "name"),
    [
        ("docker/library", "library/maven", "maven"),
        ("docker/library", "bitnami/redis", None),
        ("", "library/maven", "library/maven"),
        ("hub", "bitnami/redis", "bitnami/redis"),
    ],
)
def test_names_depend_on_the_path(path: str, upstream: str, name: str | None) -> None:
    assert twin_name(path, upstream) == name


def read(repository: TwinRepository, content: bytes) -> bytes:
    with repository.open_blob(Descriptor("x", digest_of(content), len(content))) as pieces:
        return b"".join(bytes(piece) for piece in pieces)


def test_a_twin_gives_content_by_digest(registries: Registries, network: Network) -> None:
    store, notes = Store(), list[str]()
    image = ImageBuilder(store, "docker/library/maven").small(["3"])
    layer = store.put_blob(store.create("docker/library/maven"), b"layer")
    url = registries.plain("twin", store) + "/docker/library"
    repository = open_twin(network, url, notes.append).repository("maven")
    assert repository.fetch_manifest(image.digest) == image
    assert read(repository, b"layer") == b"layer"
    assert layer == digest_of(b"layer")
    with pytest.raises(NotFoundError):
        repository.fetch_manifest(digest_of(b"other"))
    assert repository.fetch_manifest(image.digest) == image  # not having something is no failure
    assert notes == []


@pytest.mark.parametrize("is_amazons", [True, False])
def test_amazons_copy_is_asked_at_its_pace(
    registries: Registries, network: Network, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, is_amazons: bool
) -> None:
    """It gives ten manifests a second, and 429 to whoever wants more: then Docker Hub would be asked for the rest."""
    store = Store()
    builder = ImageBuilder(store, "docker/library/maven")
    manifests = [builder.small([], name=str(number)) for number in range(30)]
    url = registries.plain("twin", store)
    if is_amazons:
        monkeypatch.setattr("mirror.credentials.registries.ECR_PUBLIC_HOST", url.partition("://")[2])
    repository = open_twin(network, f"{url}/docker/library", lambda _: None).repository("maven")
    for manifest in manifests:
        assert repository.fetch_manifest(manifest.digest) == manifest
    assert sum(clock.slept) == pytest.approx(5.0 if is_amazons else 0.0)


def test_nothing_is_asked_by_tag_or_written(registries: Registries, network: Network) -> None:
    repository = open_twin(network, registries.plain("twin"), lambda _: None).repository("maven")
    blob = Descriptor("x", digest_of(b"x"), 1)
    for ask in (
        lambda: repository.resolve("3"),
        repository.tags,
        lambda: repository.has_manifest(blob.digest),
        lambda: repository.open_upload(blob),
        lambda: repository.push_manifest(ImageBuilder(Store(), "a").small([]), tag="3"),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert repository.digests_of(["3"]) == {"3": None}
    assert repository.missing_blobs([blob]) == {blob.digest}
    assert registries.log.entries == ()


def test_a_twin_that_lies_is_given_up_with_one_note(registries: Registries, network: Network) -> None:
    store, notes = Store(), list[str]()
    store.put_blob(store.create("maven"), b"layer")
    twin = open_twin(network, registries.plain("twin", store), notes.append)
    registries.faults.add(Fault(registry="twin", corrupt=True))
    with pytest.raises(VerificationError):
        read(twin.repository("maven"), b"layer")
    for _ in range(2):
        with pytest.raises(NotFoundError):
            read(twin.repository("maven"), b"layer")
    assert twin.given_up
    assert len(notes) == 1
    assert "has other content" in notes[0]
    assert registries.log.count(registry="twin") == 1


def test_a_twin_that_is_down_is_hardly_retried(network: Network) -> None:
    notes: list[str] = []
    with ScriptedServer(*(Answer(503) for _ in range(9))) as server:
        twin = open_twin(network, server.url, notes.append)
        for _ in range(5):
            with pytest.raises(NotFoundError):
                twin.repository("maven").fetch_manifest(digest_of(b"x"))
        assert len(server.asked) == 2
    assert len(notes) == 1
