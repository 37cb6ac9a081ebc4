"""What is mirrored. Every corpus is the same on every machine; only `large` and `one_layer` take a scale."""

import hashlib
from dataclasses import dataclass

from mirror.oci.platform import Platform
from sandbox.registries import seeds
from sandbox.registries.images import KIB, LAYER_TYPE, ImageBuilder
from sandbox.registries.store import Store

MIB = 1024 * KIB

WIDE = ("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x")
ALIASES = 6
MOVED = 5
MANY_TAGS = 48
LARGE_BYTES = 1536 * MIB
LAYER_BYTES = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Corpus:
    """A store, and the references in it that are to be mirrored."""

    store: Store
    references: tuple[str, ...]


def corpus() -> Corpus:
    """20 tags of three platforms, 80 manifests, 126 blobs: the one that the design's numbers are about."""
    store = Store()
    return Corpus(store, tuple(seeds.seed_corpus(store)))


def tiny(tags: int) -> Corpus:
    """So many indexes of one image of a few bytes, 50 tags a repository."""
    store = Store()
    references = []
    for number in range(tags):
        repository, tag = f"tiny/app{number // 50}", f"1.{number % 50}"
        ImageBuilder(store, repository).small([tag], name=f"tiny {number}")
        references.append(f"{repository}:{tag}")
    return Corpus(store, tuple(references))


def aliases() -> Corpus:
    """Six tags of one index of three platforms."""
    store = Store()
    tags = [f"1.{number}" for number in range(ALIASES)]
    ImageBuilder(store, "alias/app").small(tags, platforms=WIDE[:3])
    return Corpus(store, tuple(f"alias/app:{tag}" for tag in tags))


def many(*, moved: int = 0, layer_bytes: int = 4 * KIB) -> Corpus:
    """48 tags of four platforms, eight tags a repository; the first `moved` of them have new content."""
    store = Store()
    references = []
    for number in range(MANY_TAGS):
        repository, tag = f"many/app{number // 8}", f"2.{number % 8}"
        release = "new" if number < moved else "old"
        ImageBuilder(store, repository).multi_platform(
            WIDE,
            base=f"many {number // 8}",
            name=f"many {number} {release}",
            tags=[tag],
            base_size=layer_bytes,
            top_size=layer_bytes,
        )
        references.append(f"{repository}:{tag}")
    return Corpus(store, tuple(references))


def large(scale: float) -> Corpus:
    """48 tags of four platforms, 1.5 GiB times `scale` of unique layers: one for each image, one for six to share."""
    layers = MANY_TAGS * len(WIDE) + MANY_TAGS // 8 * len(WIDE)
    return many(layer_bytes=max(int(LARGE_BYTES * scale) // layers, 1))


def one_layer(scale: float) -> Corpus:
    """One image, one layer of 1 GiB times `scale`."""
    store = Store()
    builder = ImageBuilder(store, "layer/app")
    size = max(int(LAYER_BYTES * scale), 1)
    raw = bytearray(size)
    for start in range(0, size, MIB):
        end = min(start + MIB, size)
        raw[start:end] = hashlib.shake_128(start.to_bytes(8, "big")).digest(end - start)
    layer = store.put_blob(builder.repository, bytes(raw))
    image = builder.image(Platform.parse(WIDE[0]), [], name="layer")
    document = image.raw.decode().replace(
        '"layers": []', f'"layers": [{{"mediaType": "{LAYER_TYPE}", "digest": "{layer}", "size": {size}}}]'
    )
    store.put_raw(builder.repository, document.encode(), image.media_type, "1")
    del builder.repository.manifests[image.digest]
    return Corpus(store, ("layer/app:1",))


def unique_bytes(store: Store) -> int:
    """Of all blobs, each once."""
    return sum(len(content) for content in store.blobs.values())
