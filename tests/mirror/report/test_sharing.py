import time
from dataclasses import replace

from mirror.report.model import Action
from mirror.report.sharing import sharing, unique_bytes
from tests import reports

MIB = reports.MIB


def test_what_images_have_in_common() -> None:
    blobs = {name: reports.blob(name, size) for name, size in (("base", 30), ("jdk", 100), ("app", 5))}
    made = {
        name: replace(
            reports.image(name, reports.place(name, Action.UNCHANGED)), blobs=tuple(blobs[each] for each in parts)
        )
        for name, parts in {"a:1": ("base", "jdk"), "b:1": ("base", "jdk", "app"), "c:1": ("base",), "d:1": ()}.items()
    }
    found = sharing(list(made.values()))
    assert found["b:1"].shared == 130 * MIB
    assert found["b:1"].others == (("a:1", 130 * MIB), ("c:1", 30 * MIB))
    assert "d:1" not in found
    assert unique_bytes(made.values()) == 135 * MIB


def test_alone_nothing_is_shared() -> None:
    image = reports.image("a:1", reports.place("a:1", Action.UNCHANGED))
    assert sharing([image])["a:1"].shared == 0


def test_a_layer_that_everybody_has_does_not_take_forever() -> None:
    images = reports.large(3000).images
    start = time.monotonic()
    found = sharing(images)
    assert time.monotonic() - start < 5
    assert found[images[0].reference].shared == 30 * MIB
    assert found[images[0].reference].others == ()
