import json

import pytest

from mirror.copier.configs import MAX_BYTES, Configs
from mirror.errors import TransportError
from mirror.oci import media_types
from mirror.oci.descriptor import Descriptor
from mirror.oci.digest import digest_of
from mirror.oci.manifest import Manifest, parse_manifest
from sandbox.registries.store import Store
from tests.memory import Breaks, MemoryRepository

CONFIG = json.dumps({"os": "linux", "architecture": "arm64", "variant": "v8", "config": {"Env": ["A=B"]}}).encode()


def described(content: bytes, media_type: str = media_types.OCI_CONFIG) -> Descriptor:
    return Descriptor(media_type, digest_of(content), len(content))


def image(config: Descriptor) -> Manifest:
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": {"mediaType": config.media_type, "digest": config.digest, "size": config.size},
        "layers": [],
    }
    return parse_manifest(json.dumps(document).encode())


def holding(content: bytes) -> MemoryRepository:
    repository = MemoryRepository(Store(), "source")
    repository.store.put_blob(repository.store.create("source"), content)
    return repository


def read(configs: Configs, content: bytes, descriptor: Descriptor) -> bytes:
    with configs.overhear(holding(content), descriptor).open_blob(descriptor) as pieces:
        return b"".join(bytes(piece) for piece in pieces)


@pytest.mark.parametrize("media_type", [media_types.OCI_CONFIG, media_types.DOCKER_CONFIG])
def test_the_platform_is_known_once_the_config_passed_by(media_type: str) -> None:
    configs, config = Configs(), described(CONFIG, media_type)
    assert configs.platforms(image(config)) == ()
    assert read(configs, CONFIG, config) == CONFIG
    assert configs.platforms(image(config)) == ("linux/arm64/v8",)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"os": "linux"}', b'{"os": "unknown", "architecture": "unknown"}', b"[" * 100_000],
    ids=["empty", "cut", "list", "nothing", "half", "unknown", "deep"],
)
def test_what_says_nothing_is_nobodys_trouble(content: bytes) -> None:
    configs, config = Configs(), described(content)
    assert read(configs, content, config) == content
    assert configs.platforms(image(config)) == ()


def test_a_config_that_broke_off_says_nothing() -> None:
    configs, config, reader = Configs(), described(CONFIG), holding(CONFIG)
    reader.broken = Breaks("read_blob", error=TransportError("gone"))
    with pytest.raises(TransportError), configs.overhear(reader, config).open_blob(config) as pieces:
        list(pieces)
    assert configs.platforms(image(config)) == ()


def test_layers_and_what_is_too_large_are_not_listened_to() -> None:
    configs, reader = Configs(), holding(CONFIG)
    assert configs.overhear(reader, described(CONFIG, "application/vnd.oci.image.layer.v1.tar+gzip")) is reader
    large = Descriptor(media_types.OCI_CONFIG, digest_of(CONFIG), MAX_BYTES + 1)
    assert configs.overhear(reader, large) is reader
