import dataclasses

from mirror.oci import media_types
from mirror.oci.digest import digest_of
from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.server import Registries
from tests.sandbox.registries.documents import CONFIG, LAYER, fill, image, raw
from tests.sandbox.registries.wire import Shelf, Wire


def test_requests_are_counted_by_what_they_were() -> None:
    log = AccessLog()
    log.add(Entry("hub", "GET", "manifest", "library/maven", "3"))
    log.add(Entry("hub", "HEAD", "manifest", "library/maven", "3"))
    log.add(Entry("hub", "GET", "blob", "library/maven", digest_of(b"")))
    log.add(Entry("cdn", "GET", "blob", "library/maven", digest_of(b"")))
    assert log.count() == 4
    assert log.count(method="GET", action="manifest") == 1
    assert log.count(action="blob") == 2
    assert log.count(registry="hub", repository="library/maven") == 3
    assert log.count(registry="hub", repository="library/alpine") == 0
    assert log.summary("hub") == {"GET manifest": 1, "HEAD manifest": 1, "GET blob": 1}
    log.clear()
    assert log.entries == ()


def test_a_push_and_a_pull_as_the_log_has_them(registries: Registries) -> None:
    shelf = Shelf(Wire(registries.plain("mine")), "team/app")
    fill(shelf)
    shelf.ask("GET", f"blobs/{digest_of(LAYER)}")
    shelf.ask("HEAD", f"blobs/{digest_of(LAYER)}")
    shelf.ask("GET", "manifests/none")
    assert registries.log.summary("mine") == {
        "POST upload": 2,
        "PUT upload": 2,
        "PUT manifest": 2,
        "GET blob": 1,
        "HEAD blob": 1,
        "GET manifest": 1,
    }
    pushed = next(registries.log.matching(method="PUT", action="manifest", reference="one"))
    expected = Entry("mine", "PUT", "manifest", "team/app", "one", "", 201, len(raw(image(LAYER))), 0)
    assert dataclasses.asdict(pushed) == dataclasses.asdict(expected)
    received = sum(entry.bytes_in for entry in registries.log.matching(registry="mine", action="upload"))
    assert received == len(CONFIG) + len(LAYER)
    pulled, head = registries.log.matching(registry="mine", action="blob")
    assert (pulled.status, pulled.bytes_out) == (200, len(LAYER))
    assert (head.status, head.bytes_out) == (200, 0)


def test_what_a_registry_does_not_know_is_logged_too(registries: Registries) -> None:
    wire = Wire(registries.plain("mine"))
    wire.ask("GET", "/metrics", Accept=media_types.ACCEPT)
    assert [(entry.action, entry.reference, entry.status) for entry in registries.log.entries] == [
        ("unknown", "/metrics", 404)
    ]
