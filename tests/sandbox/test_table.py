import io

from rich.console import Console

from sandbox.registries.access_log import AccessLog, Entry
from sandbox.registries.ecr_service import PUBLIC_REGION, EcrService
from sandbox.registries.images import ImageBuilder
from sandbox.table import render, rows


def pulled(log: AccessLog, reference: str, *, status: int = 200, registry: str = "hub", method: str = "GET") -> None:
    log.add(Entry(registry, method, "manifest", "library/alpine", reference, status=status))


def test_every_tag_with_what_it_names() -> None:
    service, log = EcrService(PUBLIC_REGION, public=True), AccessLog()
    index = ImageBuilder(service.store, "alpine").multi_platform(
        ["linux/amd64", "linux/arm64"], base="a", name="alpine", tags=["3", "3.22"], base_size=1000, top_size=10
    )
    other = ImageBuilder(service.store, "maven").small(["3.9"])
    first, second, third = rows(service, "localhost:5000/a1b2c3d4", log)
    assert [row.reference for row in (first, second, third)] == [
        "localhost:5000/a1b2c3d4/alpine:3",
        "localhost:5000/a1b2c3d4/alpine:3.22",
        "localhost:5000/a1b2c3d4/maven:3.9",
    ]
    assert [row.digest for row in (first, second, third)] == [index.digest, index.digest, other.digest]
    assert first.platforms == ("linux/amd64", "linux/arm64")
    stored = service.repository("alpine").manifests.values()
    blobs = {blob.digest: blob.size for each in stored for blob in each.manifest.blobs}
    assert first.size == sum(blobs.values()) + sum(each.manifest.size for each in stored)


def test_what_platforms_share_counts_once() -> None:
    service = EcrService("eu-central-1")
    builder = ImageBuilder(service.store, "alpine")
    single = builder.multi_platform(["linux/amd64"], base="a", name="one", tags=["one"], base_size=0, top_size=5000)
    twice = builder.index([(child.platform, service.repository("alpine").manifests[child.digest].manifest)
                           for child in single.children * 2 if child.platform], tags=["two"])  # fmt: skip
    one, two = rows(service, "localhost", AccessLog())
    assert two.size - one.size == twice.size - single.size


def test_attestations_are_no_platforms() -> None:
    service = EcrService("eu-central-1")
    ImageBuilder(service.store, "alpine").multi_platform(
        ["linux/amd64"], base="a", name="alpine", tags=["3"], base_size=9, top_size=9, attested=True
    )
    (row,) = rows(service, "localhost", AccessLog())
    assert row.platforms == ("linux/amd64",)


def test_only_manifests_that_docker_hub_gave_are_pulls() -> None:
    service, log = EcrService("eu-central-1"), AccessLog()
    index = ImageBuilder(service.store, "alpine").small(["3"])
    child = index.children[0].digest
    pulled(log, index.digest)
    pulled(log, child)
    pulled(log, child, status=429)
    pulled(log, index.digest, method="HEAD")
    pulled(log, index.digest, registry="private")
    pulled(log, "sha256:" + "0" * 64)
    (row,) = rows(service, "localhost", log)
    assert row.pulls == 2


def test_a_row_can_be_read_and_copied() -> None:
    service = EcrService("eu-central-1")
    index = ImageBuilder(service.store, "alpine").small(["3"], platforms=["linux/amd64", "linux/arm/v7"])
    console = Console(width=160, file=io.StringIO())
    console.print(render(rows(service, "localhost:5000/hub", AccessLog())))
    assert isinstance(console.file, io.StringIO)
    (line,) = [line for line in console.file.getvalue().splitlines() if "alpine" in line]
    assert line.split()[:4] == ["localhost:5000/hub/alpine:3", index.digest[:19], "amd64,", "arm/v7"]
    assert line.split()[-1] == "0"
