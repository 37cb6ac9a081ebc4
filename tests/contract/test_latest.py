"""`latest: N`, by version and by push date, over what Docker Hub lists."""

from mirror.config.model import DestinationName, ImageConfig, MirrorConfig, TagPattern
from mirror.report.model import RunReport
from mirror.run import RunOptions, run
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from tests.contract_listener import Quiet
from tests.support import FakeClock


def mirrored(registries: Registries, clock: FakeClock, pattern: TagPattern, *, is_hub: bool = True) -> RunReport:
    for tag in ("3.9", "3.10", "3.8.20", "3.10-rc1", "nightly"):  # in the order in which they were pushed
        if tag not in registries.hub.create("library/python").tags:
            ImageBuilder(registries.hub, "library/python").small([tag], name=tag)
    image = ImageConfig("python", "library/python", (pattern,), to=(DestinationName.PRIVATE,))
    url = registries.plain("mine")
    options = RunOptions(source=registries.hub_url, source_is_hub=is_hub, private=url, explain=True)
    return run(MirrorConfig((image,)), options, environ={}, listener=Quiet(), clock=clock)


def references(report: RunReport) -> list[str]:
    return sorted(result.reference for result in report.images)


def test_by_version(registries: Registries, clock: FakeClock) -> None:
    report = mirrored(registries, clock, TagPattern(semver="*", latest=2))
    assert references(report) == ["python:3.10", "python:3.9"]
    assert registries.log.count(registry="web", action="tags") == 0


def test_by_push_date(registries: Registries, clock: FakeClock) -> None:
    report = mirrored(registries, clock, TagPattern(glob="*", latest=2, order="pushed"))
    assert references(report) == ["python:3.10-rc1", "python:nightly"]
    assert registries.log.count(registry="web", action="tags") == 1


def test_another_registry_does_not_know_dates_and_it_is_said(registries: Registries, clock: FakeClock) -> None:
    report = mirrored(registries, clock, TagPattern(semver="*", latest=1, order="pushed"), is_hub=False)
    assert references(report) == ["python:3.10"]
    assert any("taken by version" in note for note in report.notes)
