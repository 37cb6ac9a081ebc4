"""The engine against docker-registry, read back by skopeo: neither of them is ours."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.registries import CHECKOUT
from mirror.credentials.registries import Network, open_plain
from mirror.errors import MirrorError
from mirror.oci.digest import Digest, digest_of
from mirror.oci.platform import Platform
from mirror.report.model import Action
from sandbox.registries.access_log import Entry
from sandbox.registries.images import ImageBuilder, Layer
from sandbox.registries.seeds import seed_hub
from sandbox.registries.store import Repository, Store
from tests.interop.tools import RealRegistry, Skopeo
from tests.stage import Stage, actions, images, is_whole, rows

pytestmark = pytest.mark.slow

WIDE = ("linux/amd64", "linux/arm64/v8", "linux/arm/v7")
PRIVATE = "private: {}\npublic: false\ndefaults: {to: [private]}\n"


def config(*references: str) -> str:
    return PRIVATE + images(references)


def below(repository: Repository, digest: Digest) -> dict[str, bytes]:
    """Every manifest that a digest names, itself included."""
    manifest = repository.manifests[digest].manifest
    found = {str(digest): manifest.raw}
    for child in manifest.children:
        found |= below(repository, child.digest)
    return found


def blobs_below(stage: Stage, repository: Repository, digest: Digest) -> dict[str, bytes]:
    manifest = repository.manifests[digest].manifest
    found = {str(blob.digest): stage.registries.hub.blobs[blob.digest] for blob in manifest.blobs}
    for child in manifest.children:
        found |= blobs_below(stage, repository, child.digest)
    return found


def test_every_manifest_arrives_byte_for_byte(stage: Stage, real: RealRegistry, skopeo: Skopeo) -> None:
    seed_hub(stage.registries.hub)
    references = [
        "maven:3.6.3-jdk-11",
        "eclipse-temurin:21-jre",
        "eclipse-temurin:21.0.8_9-jre",
        "bitnami/redis:8.2.0",
        "hello-world:linux",
    ]
    report = stage.run(config(*references), private=real.url, public=None)
    assert {image.action for image in report.images} == {Action.COPIED, Action.RETAGGED}
    for reference in references:
        name, _, tag = reference.partition(":")
        upstream = stage.registries.hub.create(name if "/" in name else f"library/{name}")
        for digest, raw in below(upstream, upstream.tags[tag]).items():
            assert skopeo.raw(f"{real.host}/{name}@{digest}") == raw
        assert skopeo.raw(f"{real.host}/{reference}") == upstream.manifests[upstream.tags[tag]].manifest.raw
    assert skopeo.tags(f"{real.host}/eclipse-temurin") == ["21-jre", "21.0.8_9-jre"]


def test_another_client_pulls_all_platforms(stage: Stage, real: RealRegistry, skopeo: Skopeo, tmp_path: Path) -> None:
    builder = ImageBuilder(stage.registries.hub, "library/app")
    index = builder.multi_platform(WIDE, base="b", name="n", tags=["1"], base_size=300, top_size=200, attested=True)
    stage.run(config("app:1"), private=real.url, public=None)
    pulled = skopeo.copy_all(f"{real.host}/app:1", tmp_path / "pulled")
    assert pulled["manifest.json"] == index.raw
    expected = blobs_below(stage, builder.repository, index.digest)
    assert len(expected) == 13  # three times config, base and top; a config and three statements for attestations
    assert {digest: pulled[digest.partition(":")[2]] for digest in expected} == expected


def test_a_run_with_nothing_new_only_asks(stage: Stage, real: RealRegistry) -> None:
    ImageBuilder(stage.registries.hub, "library/app").small(["1"], platforms=WIDE)
    stage.run(config("app:1"), private=real.url, public=None)
    real.take_asked()
    report = stage.run(config("app:1"), private=real.url, public=None)
    assert actions(report) == {"app:1": "unchanged"}
    assert real.take_asked() == {"HEAD manifests": 1}


def test_a_shared_layer_is_mounted(stage: Stage, real: RealRegistry, skopeo: Skopeo) -> None:
    for name in ("one", "two"):
        ImageBuilder(stage.registries.hub, f"library/{name}").multi_platform(
            WIDE, base="shared", name=name, tags=["1"], base_size=5000, top_size=100
        )
    report = stage.run(config("one:1", "two:1"), private=real.url, public=None, jobs=1)
    assert actions(report) == {"one:1": "copied", "two:1": "copied"}
    # The three bases were sent once, and mounted without a body into the other repository.
    first, second = (image.destinations[0].bytes_uploaded for image in report.images)
    assert first > 3 * 5000 > 2000 > second
    asked = real.take_asked()
    assert (asked["POST uploads"], asked["PUT uploads"]) == (18, 15)
    for name in ("one", "two"):
        upstream = stage.registries.hub.create(f"library/{name}")
        assert skopeo.raw(f"{real.host}/{name}:1") == upstream.manifests[upstream.tags["1"]].manifest.raw


def test_some_platforms_only(stage: Stage, real: RealRegistry, skopeo: Skopeo, tmp_path: Path) -> None:
    builder = ImageBuilder(stage.registries.hub, "library/app")
    builder.multi_platform(WIDE, base="b", name="n", tags=["1"], base_size=300, top_size=200)
    text = PRIVATE + "images:\n  - {name: app, tags: ['1'], platforms: [linux/arm64]}\n"
    report = stage.run(text, private=real.url, public=None)
    digest = report.images[0].destinations[0].digest
    assert digest == digest_of(skopeo.raw(f"{real.host}/app:1"))
    assert len(skopeo.copy_all(f"{real.host}/app:1", tmp_path / "pulled")) == 6
    assert actions(stage.run(text, private=real.url, public=None)) == {"app:1": "unchanged"}


def test_a_single_manifest_in_dockers_own_format(stage: Stage, real: RealRegistry, skopeo: Skopeo) -> None:
    builder = ImageBuilder(stage.registries.hub, "library/hello")
    image = builder.image(Platform("linux", "amd64"), [Layer("l", 50)], name="hello", docker=True, tag="linux")
    stage.run(config("hello:linux"), private=real.url, public=None)
    assert skopeo.raw(f"{real.host}/hello:linux") == image.raw
    assert skopeo.config(f"{real.host}/hello:linux")["config"]["Labels"] == {"name": "hello"}


def test_a_large_layer(stage: Stage, real: RealRegistry, skopeo: Skopeo, tmp_path: Path) -> None:
    builder = ImageBuilder(stage.registries.hub, "library/big")
    layer = Layer("big", 24 * 1024 * 1024 + 7)
    builder.image(Platform("linux", "amd64"), [layer], name="big", tag="1")
    stage.run(config("big:1"), private=real.url, public=None)
    pulled = skopeo.copy_all(f"{real.host}/big:1", tmp_path / "pulled")
    assert layer.size in {len(content) for content in pulled.values()}


def test_a_moved_tag_moves(stage: Stage, real: RealRegistry, skopeo: Skopeo) -> None:
    builder = ImageBuilder(stage.registries.hub, "library/app")
    old = builder.small(["1"], name="old")
    stage.run(config("app:1"), private=real.url, public=None)
    new = builder.small(["1"], name="new")
    report = stage.run(config("app:1"), private=real.url, public=None)
    assert actions(report) == {"app:1": "copied"}
    assert skopeo.raw(f"{real.host}/app:1") == new.raw
    assert skopeo.raw(f"{real.host}/app@{old.digest}") == old.raw  # what was pulled by digest can still be pulled


def test_with_a_password(stage: Stage, guarded: RealRegistry) -> None:
    ImageBuilder(stage.registries.hub, "library/app").small(["1"], platforms=WIDE)
    report = stage.run(config("app:1"), private=guarded.url, public=None)
    assert actions(report) == {"app:1": "copied"}
    wrong = guarded.url.replace("s3cret", "wrong")
    report = stage.run(config("app:1"), private=wrong, public=None)
    assert rows(report, "app:1") == {"private": Action.FAILED}
    assert "s3cret" not in str(report)
    assert "wrong" not in str(report)


def test_it_is_a_source_too(stage: Stage, real: RealRegistry) -> None:
    """What went in comes out again, into another registry."""
    seed_hub(stage.registries.hub)
    text = config("maven:3.9-eclipse-temurin-21")
    stage.run(text.replace("private: {}", "private: {prefix: library}"), private=real.url, public=None)
    store = Store()
    copy = stage.registries.plain("copy", store)
    report = stage.run(text, source=real.url, source_is_hub=False, private=copy, public=None)
    assert actions(report) == {"maven:3.9-eclipse-temurin-21": "copied"}
    assert stage.registries.log.summary("hub") == {}
    digest = stage.registries.hub.create("library/maven").tags["3.9-eclipse-temurin-21"]
    assert store.create("maven").tags == {"3.9-eclipse-temurin-21": digest}
    assert is_whole(store.create("maven"), digest)


def test_what_it_does_not_have_is_said(real: RealRegistry, network: Network) -> None:
    repository = open_plain(network, real.url, option="--private").repository("nope")
    assert repository.resolve("1") is None
    assert not repository.has_manifest(digest_of(b"x"))
    with pytest.raises(MirrorError, match="nope"):
        list(repository.tags())
    with pytest.raises(MirrorError, match="nope"):
        repository.fetch_manifest("1")


REFERENCES = [f"app{number}:1" for number in range(6)]


def sync(stage: Stage, real: RealRegistry, file: Path) -> "subprocess.Popen[str]":
    """The command as a person runs it, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "mirror", "sync", "--config", str(file), "--private", real.url],
        cwd=CHECKOUT,
        env={**os.environ, "MIRROR_SOURCE": stage.registries.hub_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


class KillAfter:
    """Kills a process at the n-th request that Docker Hub or its content network answers."""

    def __init__(self, stage: Stage, requests: int) -> None:
        self.left = requests
        self.process: subprocess.Popen[str] | None = None
        self._add = stage.registries.log.add

    def __call__(self, entry: Entry) -> None:
        self._add(entry)
        self.left -= 1
        if self.left == 0 and self.process is not None:
            self.process.send_signal(signal.SIGKILL)


def held(stage: Stage, network: Network, real: RealRegistry) -> set[tuple[str, str]]:
    """Blobs that the registry has, by the repository on Docker Hub that they are from."""
    registry = open_plain(network, real.url, option="--private")
    found: set[tuple[str, str]] = set()
    for reference in REFERENCES:
        name = reference.partition(":")[0]
        upstream = stage.registries.hub.create(f"library/{name}")
        descriptors = [blob for stored in upstream.manifests.values() for blob in stored.manifest.blobs]
        missing = registry.repository(name).missing_blobs(descriptors)
        found |= {(upstream.name, blob.digest) for blob in descriptors if blob.digest not in missing}
    return found


def test_a_killed_process_is_gone_on_with(
    stage: Stage,
    real: RealRegistry,
    skopeo: Skopeo,
    network: Network,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for reference in REFERENCES:
        ImageBuilder(stage.registries.hub, f"library/{reference.partition(':')[0]}").multi_platform(
            WIDE, base="debian", name=reference, tags=["1"], base_size=200_000, top_size=50_000
        )
    file = real.directory / "mirror.yaml"
    file.write_text("version: 1\n" + config(*REFERENCES))
    killed = 0
    for requests in (10, 40, 60, 70):
        trigger = KillAfter(stage, requests)
        with monkeypatch.context() as patch:
            patch.setattr(stage.registries.log, "add", trigger)
            with sync(stage, real, file) as process:
                trigger.process = process
                process.communicate()
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 3
    there = held(stage, network, real)
    assert there
    stage.registries.log.clear()
    with sync(stage, real, file) as process:
        output, _ = process.communicate()
    assert process.returncode == 0, output
    read = {(entry.repository, entry.reference) for entry in stage.registries.log.matching(registry="cdn")}
    assert not read & there
    for reference in REFERENCES:
        name, _, tag = reference.partition(":")
        upstream = stage.registries.hub.create(f"library/{name}")
        for digest, raw in below(upstream, upstream.tags[tag]).items():
            assert skopeo.raw(f"{real.host}/{name}@{digest}") == raw
    assert len(held(stage, network, real)) == len(REFERENCES) * 9
    stage.registries.log.clear()
    with sync(stage, real, file) as process:
        output, _ = process.communicate()
    assert process.returncode == 0
    assert stage.registries.log.count(registry="hub", method="GET", action="manifest") == 0
    assert "6 unchanged" in output
