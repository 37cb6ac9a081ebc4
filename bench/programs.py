"""The programs that are compared: ours, and those peers that are on this machine."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.registries import CHECKOUT, find_program, libraries

OURS = "hub-mirror"
DESTINATIONS = ("private", "public")
"""What our destinations are called; so there are two at most."""

PEER_PROCESSES = 4
# Of programs that copy one image each, for those who run them side by side; as many as regsync has in work.


@dataclass(frozen=True, slots=True)
class Job:
    """What every program is asked to do: have these references in all destinations, all platforms of them."""

    source: str
    """``host:port``."""
    destinations: tuple[str, ...]
    references: tuple[str, ...]
    """``repository:tag``."""
    folder: Path
    """For a program's configuration."""


Commands = Callable[[Job], list[list[str]]]


@dataclass(frozen=True, slots=True)
class Program:
    """One of them."""

    name: str
    commands: Commands
    """The commands of a job; writes what files they need."""
    side_by_side: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)


def ours(job: Job) -> list[list[str]]:
    """One process for all of it."""
    images: dict[str, list[str]] = {}
    for reference in job.references:
        name, _, tag = reference.partition(":")
        images.setdefault(name, []).append(tag)
    names = DESTINATIONS[: len(job.destinations)]
    document = {
        "version": 1,
        **{name: {} for name in names},
        "defaults": {"to": list(names)},
        "images": [{"name": name, "tags": tags} for name, tags in images.items()],
    }
    # JSON is what a build runs with; the configuration is not what is measured.
    config = job.folder / "mirror.json"
    written = job.folder / "mirror.yaml"
    written.write_text(json.dumps(document))
    if not config.exists():
        canonical = subprocess.run(
            [sys.executable, "-m", "mirror", "config", "--config", str(written)],
            cwd=CHECKOUT,
            check=True,
            capture_output=True,
        )
        config.write_bytes(canonical.stdout)
    places = [
        part for name, url in zip(names, job.destinations, strict=True) for part in (f"--{name}", f"http://{url}")
    ]
    run = [sys.executable, "-m", "mirror", "sync", "--config", str(config), "--source", f"http://{job.source}"]
    return [[*run, *places]]


def skopeo(job: Job) -> list[list[str]]:
    """One process for each image and destination."""
    binary = find_program("skopeo") or "skopeo"
    options = ["--insecure-policy", "copy", "--quiet", "--all", "--preserve-digests"]
    options += ["--src-tls-verify=false", "--dest-tls-verify=false"]
    return [
        [binary, *options, f"docker://{job.source}/{reference}", f"docker://{destination}/{reference}"]
        for reference in job.references
        for destination in job.destinations
    ]


def crane(job: Job) -> list[list[str]]:
    """Likewise."""
    return [
        ["crane", "copy", "--insecure", f"{job.source}/{reference}", f"{destination}/{reference}"]
        for reference in job.references
        for destination in job.destinations
    ]


def regsync(job: Job) -> list[list[str]]:
    """One process for all of it."""
    hosts = (job.source, *job.destinations)
    document = {
        "version": 1,
        "creds": [{"registry": host, "tls": "disabled"} for host in hosts],
        "defaults": {"parallel": PEER_PROCESSES},
        "sync": [
            {"source": f"{job.source}/{reference}", "target": f"{destination}/{reference}", "type": "image"}
            for reference in job.references
            for destination in job.destinations
        ],
    }
    config = job.folder / "regsync.yaml"
    config.write_text(json.dumps(document))
    return [["regsync", "once", "--config", str(config)]]


def docker(job: Job) -> list[list[str]]:
    """Pull, tag, push and forget: one platform, and every digest changes. What is done where there is no mirror."""
    commands = []
    for reference in job.references:
        source = f"{job.source}/{reference}"
        steps = [f"docker pull --quiet {source}"]
        for destination in job.destinations:
            copy = f"{destination}/{reference}"
            steps += [f"docker tag {source} {copy}", f"docker push --quiet {copy}", f"docker rmi {copy}"]
        commands.append(["sh", "-ec", "\n".join([*steps, f"docker rmi {source}"])])
    return commands


def our_program(bytecode: Path) -> Program:
    """Ours. `bytecode` is where Python keeps what it has compiled, as it does on a user's machine."""
    return Program(OURS, ours, environment={"PYTHONPATH": str(CHECKOUT), "PYTHONPYCACHEPREFIX": str(bytecode)})


def peers() -> list[Program]:
    """Those that are there. skopeo twice: as its manual has it, and as people speed it up."""
    found: list[Program] = []
    if find_program("skopeo"):
        found += [
            Program("skopeo", skopeo, environment=libraries()),
            Program(f"skopeo, {PEER_PROCESSES} processes", skopeo, PEER_PROCESSES, libraries()),
        ]
    if find_program("regsync"):
        found.append(Program("regsync", regsync))
    if find_program("crane"):
        found += [Program("crane", crane), Program(f"crane, {PEER_PROCESSES} processes", crane, PEER_PROCESSES)]
    return found


def docker_daemon() -> list[Program]:
    """docker, where a daemon answers; it is no peer for unchanged images, and slow."""
    binary = find_program("docker")
    if binary is None:
        return []
    asked = subprocess.run([binary, "version"], check=False, capture_output=True)
    return [Program("docker", docker)] if asked.returncode == 0 else []


def environment(program: Program, home: Path) -> dict[str, str]:
    """What its processes see: no proxies, no credentials, nothing of the user's configuration."""
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C.UTF-8", **program.environment}


def names(programs: Sequence[Program]) -> str:
    """For a heading."""
    return "; ".join(program.name for program in programs)
