"""What the sandbox's Docker Hub holds."""

from mirror.config.model import ExplicitTag, MirrorConfig
from mirror.oci.platform import Platform
from sandbox.registries.images import KIB, ImageBuilder, Layer
from sandbox.registries.store import Store

_AMD64 = "linux/amd64"
_SERVER = (_AMD64, "linux/arm64")
_WIDE = (_AMD64, "linux/arm64/v8", "linux/arm/v7")

CORPUS_TAGS = 20
CORPUS_BLOBS = 126
CORPUS_MANIFESTS = 80
"""The generated corpus that the numbers of the design are about: 20 tags of three platforms, two tags a repository."""


def seed_hub(store: Store) -> None:
    """Images of the names that people mirror first, some hundred KiB each."""
    maven = ImageBuilder(store, "library/maven")
    maven.multi_platform(
        (_AMD64,), base="debian", name="maven 3.6.3", tags=["3.6.3-jdk-11", "3.6.3-openjdk-11"], top_size=1024 * KIB
    )
    maven.multi_platform(
        _SERVER, base="ubuntu", name="maven 3.9", tags=["3.9-eclipse-temurin-21", "3-eclipse-temurin-21"], attested=True
    )
    openjdk = ImageBuilder(store, "library/openjdk")
    openjdk.multi_platform(_SERVER, base="debian", name="openjdk 11", tags=["11-jre-slim", "11.0-jre-slim"])
    temurin = ImageBuilder(store, "library/eclipse-temurin")
    for major, exact in ((17, "17.0.16_8"), (21, "21.0.8_9"), (25, "25.0.1_8")):
        temurin.multi_platform(
            _WIDE, base="ubuntu", name=f"temurin {exact}", tags=[f"{major}-jre", f"{exact}-jre"], attested=True
        )
    alpine = ImageBuilder(store, "library/alpine")
    alpine.multi_platform(
        (*_WIDE, "linux/arm/v6"), base="alpine", name="alpine 3.22", tags=["3.22", "3", "latest"], top_size=64 * KIB
    )
    redis = ImageBuilder(store, "bitnami/redis")
    for version in ("7.2.5", "7.4.0", "7.4.1", "8.0.1", "8.2.0"):
        redis.multi_platform(_SERVER, base="debian", name=f"redis {version}", tags=[version], top_size=128 * KIB)
    hello = ImageBuilder(store, "library/hello-world")
    hello.image(Platform.parse(_AMD64), [Layer("hello", 2 * KIB)], name="hello", docker=True, tag="linux")


def seed_corpus(store: Store, *, layer_size: int = 64 * KIB) -> list[str]:
    """The corpus; returns its references, ``corpus/app0:1`` and so on."""
    references = []
    for number in range(CORPUS_TAGS):
        repository, tag = f"corpus/app{number // 2}", str(number % 2 + 1)
        ImageBuilder(store, repository).multi_platform(
            ("linux/amd64", "linux/arm64", "linux/arm/v7"),
            base=f"base {number % 2}",
            name=f"app {number}",
            tags=[tag],
            base_size=layer_size,
            top_size=layer_size,
        )
        references.append(f"{repository}:{tag}")
    return references


def seed_config(store: Store, config: MirrorConfig) -> None:
    """What a configuration names and Docker Hub does not have yet here: so that anybody's file can be tried.

    Tags that are written out come into being as they are; for patterns there is nothing to go by.
    """
    for image in config.images:
        repository = store.create(image.upstream)
        for selector in image.selectors:
            if isinstance(selector, ExplicitTag) and selector.digest is None and selector.tag not in repository.tags:
                platforms = [str(platform) for platform in image.platforms] or _SERVER
                name = f"{image.name} {selector.tag}"
                builder = ImageBuilder(store, image.upstream)
                builder.multi_platform(platforms, base="debian", name=name, tags=[selector.tag])
