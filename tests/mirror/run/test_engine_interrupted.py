"""Runs that end anywhere, and what the next one makes of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mirror.report.model import Action
from sandbox.registries.access_log import Entry
from sandbox.registries.docker_hub import Account
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.registries.store import Repository
from tests.stage import Stage, both, is_whole
from tests.support import FakeClock

REFERENCES = ["app:1", "app:2", "other:1"]
CONFIG = both(REFERENCES)

DONE = {Action.COPIED, Action.RETAGGED, Action.UNCHANGED}


def seed(stage: Stage) -> None:
    stage.registries.hub_state.anonymous = Account(limit=None)
    for name, tag in (("library/app", "1"), ("library/app", "2"), ("library/other", "1")):
        ImageBuilder(stage.registries.hub, name).multi_platform(
            ("linux/amd64", "linux/arm64"),
            base="debian",
            name=f"{name} {tag}",
            tags=[tag],
            base_size=200,
            top_size=100,
        )


def repositories(stage: Stage) -> Iterator[tuple[Repository, Repository]]:
    """Each copy with its original."""
    for store in (stage.one, stage.two):
        for name in ("app", "other"):
            yield store.create(name), stage.registries.hub.create(f"library/{name}")


def is_complete(stage: Stage) -> bool:
    return all(
        copy.tags == original.tags and all(is_whole(copy, digest) for digest in copy.tags.values())
        for copy, original in repositories(stage)
    )


def is_consistent(stage: Stage) -> bool:
    """Whatever has a tag is whole, and so is every manifest: nothing half-done can be seen."""
    return all(is_whole(copy, digest) for copy, _ in repositories(stage) for digest in copy.manifests)


def missing_bytes(stage: Stage) -> int:
    """Of blobs, over all destinations; each repository counts by itself."""
    blobs = stage.registries.hub.blobs
    return sum(len(blobs[digest]) for copy, original in repositories(stage) for digest in original.blobs - copy.blobs)


def uploaded(stage: Stage) -> int:
    """Bytes of blobs that reached a destination."""
    return sum(entry.bytes_in for entry in stage.registries.log.entries if entry.action == "upload")


def children(stage: Stage) -> set[tuple[str, str, str]]:
    """Platforms' manifests that a destination holds, by registry, repository and digest."""
    return {
        (registry, name, digest)
        for registry, store in (("one", stage.one), ("two", stage.two))
        for name, copy in store.repositories.items()
        for digest, stored in copy.manifests.items()
        if not stored.manifest.is_index
    }


def pushed(stage: Stage) -> set[tuple[str, str, str]]:
    """Manifests that were sent, likewise."""
    puts = stage.registries.log.matching(method="PUT", action="manifest")
    return {(entry.registry, entry.repository, entry.reference) for entry in puts}


def requests_of_a_run(stage: Stage) -> int:
    stage.run(CONFIG)
    return len(stage.registries.log.entries)


@pytest.mark.slow
@pytest.mark.parametrize("offset", range(0, 8, 2))
def test_a_run_that_ends_anywhere_is_gone_on_with(stage: Stage, offset: int) -> None:
    """From the k-th request on nobody answers any more: as if the process, or the network, had ended there."""
    seed(stage)
    total = requests_of_a_run(stage)
    assert is_complete(stage)
    assert total > 100
    tried = 0
    for moment in range(offset, total, 8):
        for store in (stage.one, stage.two):
            store.blobs.clear()
            store.repositories.clear()
        # A denial, because it is not tried again: what a run does before it ends is what it did before this moment.
        stage.registries.faults.add(Fault(status=403, after=moment, times=10**9))
        try:
            stage.run(CONFIG)
        finally:
            stage.registries.faults.clear()
        assert is_consistent(stage)
        missing, there = missing_bytes(stage), children(stage)
        report = stage.run(CONFIG)
        assert {image.action for image in report.images} <= DONE
        assert is_complete(stage)
        # What was there is not sent again; what another repository of the destination has is mounted.
        assert uploaded(stage) <= missing
        assert not there & pushed(stage)
        tried += 1
    assert tried > 10


class Killer:
    """Kills a process at the n-th request that one of the destinations answers."""

    def __init__(self, stage: Stage, requests: int) -> None:
        self.left = requests
        self.process: subprocess.Popen[bytes] | None = None
        self._add = stage.registries.log.add

    def __call__(self, entry: Entry) -> None:
        self._add(entry)
        self.left -= entry.registry in {"one", "two"}
        if self.left == 0 and self.process is not None:
            self.process.send_signal(signal.SIGKILL)


def sync(stage: Stage, file: Path) -> "subprocess.Popen[bytes]":
    """The command as a person runs it, in a process of its own."""
    private, public = (str(stage.urls[name]) for name in ("private", "public"))
    return subprocess.Popen(
        [sys.executable, "-m", "mirror", "sync", "--config", file, "--private", private, "--public", public],
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "MIRROR_SOURCE": stage.registries.hub_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.slow
@pytest.mark.parametrize("offset", [1, 11])
def test_a_process_that_is_killed_anywhere_is_gone_on_with(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offset: int
) -> None:
    """At any request to a destination: no tag points at what is not whole, and nothing is sent twice."""
    seed(stage)
    file = tmp_path / "mirror.yaml"
    file.write_text("version: 1\n" + CONFIG)
    requests_of_a_run(stage)
    log = stage.registries.log
    total = log.count(registry="one") + log.count(registry="two")
    killed = 0
    for number in range(offset, total, 20):
        for store in (stage.one, stage.two):
            store.blobs.clear()
            store.repositories.clear()
        killer = Killer(stage, number)
        with monkeypatch.context() as patch:
            patch.setattr(log, "add", killer)
            with sync(stage, file) as process:
                killer.process = process
                process.communicate()
        killed += process.returncode == -signal.SIGKILL
        assert is_consistent(stage)
        missing, there = missing_bytes(stage), children(stage)
        log.clear()
        with sync(stage, file) as process:
            output, _ = process.communicate()
        assert process.returncode == 0, output.decode()
        assert is_complete(stage)
        assert uploaded(stage) <= missing
        assert not there & pushed(stage)
    assert killed >= total // 20 - 1


@pytest.mark.slow
def test_two_runs_at_once_do_each_other_no_harm(stage: Stage, tmp_path: Path) -> None:
    """A build, and a person who does not wait for it; also where tags may not be set twice."""
    seed(stage)
    file = tmp_path / "mirror.yaml"
    file.write_text("version: 1\n" + CONFIG)
    for name in ("app", "other"):
        stage.one.create(name).immutable = True
    with sync(stage, file) as first, sync(stage, file) as second:
        outputs = [process.communicate()[0].decode() for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], "\n".join(outputs)
    assert is_complete(stage)


class Ticking(FakeClock):
    """Every look at it takes a moment, so that a deadline can come anywhere in a run."""

    def monotonic(self) -> float:
        self.now += 0.01
        return self.now


EVERYTHING = """\
private: {}
public: {}
defaults: {to: [private, public], referrers: true, provenance: true}
images:
  - {name: app, tags: [{glob: '*'}]}
  - {name: other, tags: ['1'], platforms: [linux/amd64]}
"""
"""Lists tags, reads attachments and writes records of provenance, too."""


@pytest.mark.slow
def test_a_deadline_that_comes_anywhere_is_a_clean_stop(registries: Registries) -> None:
    """While tags are listed, while destinations are asked, between layers, before a tag, between attachments."""
    clock = Ticking()
    stage = Stage(registries, clock)
    seed(stage)
    start = clock.now
    assert not stage.run(EVERYTHING, deadline_seconds=1e9, jobs=2).with_action(Action.FAILED, Action.DEFERRED)
    total = clock.now - start
    deferred: set[int] = set()
    for part in range(24):
        for store in (stage.one, stage.two):
            store.blobs.clear()
            store.repositories.clear()
        start = clock.now
        report = stage.run(EVERYTHING, deadline_seconds=total * (part + 0.5) / 24, jobs=2)
        found = {image.action for image in report.images}
        assert found <= DONE | {Action.DEFERRED}, report
        assert is_consistent(stage)
        assert clock.now - start < total * (part + 3) / 24  # what is under way ends, and nothing more is begun
        deferred.add(sum(image.action is Action.DEFERRED for image in report.images))
        report = stage.run(EVERYTHING, deadline_seconds=1e9)
        assert {image.action for image in report.images} <= DONE
        assert all(is_whole(copy, copy.tags[tag]) for copy, original in repositories(stage) for tag in original.tags)
    assert len(deferred) > 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(registry="hub", drop=True, times=3),
        Fault(registry="hub", method="GET", action="manifest", status=503, times=3),
        Fault(registry="hub", method="GET", action="token", status=500, times=2),
        Fault(registry="cdn", status=503, times=3),
        Fault(registry="cdn", drop=True, times=3),
        Fault(registry="cdn", cut_after=50, times=3),
        Fault(registry="cdn", corrupt=True, times=1),
        Fault(registry="one", drop=True, times=5),
        Fault(registry="one", status=500, times=5),
        Fault(registry="one", status=429, headers={"Retry-After": "7"}, times=5),
        Fault(registry="two", method="PUT", action="upload", drop=True, times=2),
        Fault(registry="two", method="PUT", action="manifest", status=502, times=4),
    ],
    ids=lambda fault: (
        " ".join(str(part) for part in (fault.registry, fault.method, fault.action, fault.status or "") if part)
        + (" drop" if fault.drop else " cut" if fault.cut_after else " corrupt" if fault.corrupt else "")
    ),
)
def test_what_passes_is_not_noticed(stage: Stage, fault: Fault) -> None:
    seed(stage)
    stage.registries.faults.add(fault)
    report = stage.run(CONFIG)
    assert {image.action for image in report.images} <= DONE
    assert is_complete(stage)


def test_a_manifest_that_was_changed_on_the_way_is_not_kept(stage: Stage) -> None:
    """It is not asked for again at once, because that would be another pull."""
    seed(stage)
    stage.registries.faults.add(
        Fault(registry="hub", method="GET", action="manifest", repository="library/other", corrupt=True)
    )
    report = stage.run(CONFIG)
    (failed,) = report.with_action(Action.FAILED)
    assert failed.reference == "other:1"
    assert "expected sha256:" in failed.destinations[0].reason
    assert stage.one.create("other").tags == stage.two.create("other").tags == {}
    assert is_consistent(stage)
    assert {image.action for image in stage.run(CONFIG).images} <= DONE
    assert is_complete(stage)
