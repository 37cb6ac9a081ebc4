import http.client
import threading
from urllib.parse import urlsplit

import pytest

from mirror.oci import media_types
from sandbox.registries.seeds import seed_hub
from sandbox.registries.server import Registries
from sandbox.registries.store import Store
from tests.sandbox.registries.documents import LAYER, fill, image
from tests.sandbox.registries.wire import Shelf, Wire


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_everything_is_on_the_loopback_interface_by_the_name_that_clients_trust(registries: Registries) -> None:
    for url in (registries.hub_url, registries.ecr_url, registries.plain("mine")):
        assert url.startswith("http://localhost:")
        assert Wire(url).ask("GET", "/v2/").status in {200, 401}


def test_stopping_leaves_no_thread_even_with_connections_open() -> None:
    before = threads()
    running = Registries()
    running.start()
    assert threads() > before
    url = running.plain("mine")
    idle = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    idle.request("GET", "/v2/")
    assert idle.getresponse().read()
    shelf = Shelf(Wire(url), "app")
    shelf.push_blob(LAYER * 1000)  # large enough for a thread that hashes
    running.stop()
    assert threads() == before
    running.stop()  # once more does no harm
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        Wire(url).ask("GET", "/v2/")


def test_never_started_is_stopped_already() -> None:
    running = Registries()
    running.stop()
    with pytest.raises(RuntimeError, match="not running"):
        running.plain("mine")


def test_two_sandboxes_do_not_meet() -> None:
    with Registries() as one, Registries() as two:
        seed_hub(one.hub)
        assert two.hub.repositories == {}
        assert one.hub_url != two.hub_url
        Wire(one.ecr_url).ask("GET", "/v2/")
        assert len(one.log.entries) == 1
        assert two.log.entries == ()


def test_plain_registries_are_told_apart(registries: Registries) -> None:
    given = Store()
    one, two = registries.plain("one", given), registries.plain("two")
    fill(Shelf(Wire(one), "app"))
    assert given.create("app").tags.keys() == {"one", "all"}
    assert Shelf(Wire(two), "app").ask("GET", "manifests/one").status == 404
    assert registries.log.count(registry="two") == 1


def test_many_clients_at_once(registries: Registries) -> None:
    url = registries.plain("mine")
    fill(Shelf(Wire(url), "app"))
    failed: list[int] = []

    def push(number: int) -> None:
        shelf = Shelf(Wire(url, {"Accept": media_types.ACCEPT}), "app")
        for step in range(10):
            reply = shelf.put_manifest(image(LAYER, annotations={"n": f"{number} {step}"}), f"t{number}-{step}")
            if reply.status != 201 or shelf.ask("GET", f"manifests/t{number}-{step}").status != 200:
                failed.append(number)

    workers = [threading.Thread(target=push, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert len(Shelf(Wire(url), "app").ask("GET", "tags/list").document["tags"]) == 82
