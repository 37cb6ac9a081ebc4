"""How a run ends that somebody stops, as a process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.registries.store import Store

CHECKOUT = Path(__file__).resolve().parents[3]


def process(registries: Registries, file: Path, url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "mirror", "sync", "--config", str(file), "--private", url],
        cwd=CHECKOUT,
        env={**os.environ, "MIRROR_SOURCE": registries.hub_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(registries: Registries, file: Path, store: Store, number: signal.Signals) -> None:
    """Also in the middle of a wait of an hour."""
    ImageBuilder(registries.hub, "library/app").small(["1", "2"])
    registries.faults.add(
        Fault(registry="hub", action="manifest", status=503, headers={"Retry-After": "3600"}, times=99)
    )
    with process(registries, file, registries.plain("mine", store)) as running:
        assert running.stdout is not None
        waited = next(line for line in running.stdout if "waiting" in line)
        assert "3600" in waited or "3601" in waited
        running.send_signal(number)
        _, err = running.communicate(timeout=20)
    registries.faults.clear()
    assert running.returncode == 128 + number
    assert err == (f"\nstopped by {number.name}: what is mirrored is complete, and the next run goes on from here\n")
    assert store.repositories == {}


@pytest.mark.slow
@pytest.mark.parametrize(("options", "code"), [((), 0), (("--fail-on-deferred",), 1)])
def test_a_deadline_ends_it_cleanly_while_a_registry_lets_it_wait(
    registries: Registries, file: Path, store: Store, options: tuple[str, ...], code: int
) -> None:
    """What is left is the next run's, which is no failure unless somebody wants it to be one."""
    ImageBuilder(registries.hub, "library/app").small(["1", "2"])
    registries.faults.add(
        Fault(registry="hub", action="manifest", status=429, headers={"Retry-After": "3600"}, times=99)
    )
    environ = {**os.environ, "MIRROR_SOURCE": registries.hub_url, "MIRROR_DEADLINE_SECONDS": "60"}
    url = registries.plain("mine", store)
    done = subprocess.run(
        [sys.executable, "-m", "mirror", "sync", "--config", file, "--private", url, *options],
        cwd=CHECKOUT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    registries.faults.clear()
    assert done.returncode == code, done.stdout + done.stderr
    assert "the run's deadline comes before the next try" in done.stdout
    assert store.repositories == {}
