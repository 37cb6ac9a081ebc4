"""Reports as runs make them: a small one, one with everything that can go wrong, and a large one."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mirror.oci.digest import Digest
from mirror.registry.protocols import PullQuota
from mirror.report.model import Action, Blob, DestinationResult, ImageResult, Past, RunReport

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MIB = 1024**2
PUBLIC, PRIVATE = "public.ecr.aws/a1b2c3d4", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/docker-hub"
HOSTILE = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>${x}]]>"


def digest(text: str) -> Digest:
    return Digest("sha256:" + hashlib.sha256(text.encode()).hexdigest())


def blob(text: str, mib: int) -> Blob:
    return Blob(digest(text), mib * MIB)


def place(
    reference: str, action: Action, *, registry: str = PUBLIC, reason: str = "", advice: str = "", drift: str = ""
) -> DestinationResult:
    there = action is not Action.FAILED
    return DestinationResult(
        destination="public" if registry == PUBLIC else "private",
        reference=f"{registry}/{reference}",
        action=action,
        digest=digest(reference) if there else None,
        bytes_uploaded=60 * MIB if action is Action.COPIED else 0,
        reason=reason,
        advice=advice,
        mirrored_at=START - timedelta(days=3) if there else None,
        drift=drift,
    )


def image(reference: str, *destinations: DestinationResult, mib: int | None = 60, reason: str = "") -> ImageResult:
    mib = mib if destinations else None
    copied = any(each.action is Action.COPIED for each in destinations)
    blobs = () if mib is None else (blob("base", 30), blob(reference, mib - 30))
    return ImageResult(
        reference=reference,
        destinations=destinations,
        source_digest=digest(reference) if destinations else None,
        platforms=() if mib is None else ("linux/amd64", "linux/arm64"),
        size=None if mib is None else mib * MIB,
        blobs=blobs,
        moved_at=START - timedelta(days=4) if destinations else None,
        bytes_downloaded=60 * MIB if copied else 0,
        pulls=3 if copied else 0,
        seconds=1.5 if copied else 0.0,
        reason=reason,
    )


def report(*images: ImageResult, dry_run: bool = False) -> RunReport:
    return RunReport(
        started=START,
        finished=START + timedelta(seconds=41),
        dry_run=dry_run,
        images=images,
        quota_before=PullQuota(200, 192, 21600),
        quota_after=PullQuota(200, 186, 21600),
        anonymous=False,
        past=past(),
        build="hub-mirror:8f1c",
        build_url="https://eu-central-1.console.aws.amazon.com/codebuild/home?region=eu-central-1#/builds/8f1c",
    )


def small() -> RunReport:
    """All is well."""
    return report(
        image("maven:3.6.3-jdk-11", place("maven:3.6.3-jdk-11", Action.COPIED)),
        image(
            "eclipse-temurin:21-jre",
            place("eclipse-temurin:21-jre", Action.UNCHANGED),
            place("eclipse-temurin:21-jre", Action.RETAGGED, registry=PRIVATE),
            mib=95,
        ),
        image("bitnami/redis:7.4", place("bitnami/redis:7.4", Action.UNCHANGED), mib=None),
    )


def failing() -> RunReport:
    """Something of everything, and text that would like to be markup."""
    limit = {"reason": "Docker Hub: the pull limit is reached", "advice": "Nothing: the next run goes on."}
    denied = {"reason": "denied: no permission for PutImage", "advice": "Deploy the stacks again."}
    return report(
        image("maven:3.6.3-jdk-11", place("maven:3.6.3-jdk-11", Action.COPIED)),
        image("node:22", place("node:22", Action.FAILED, **denied), place("node:22", Action.COPIED, registry=PRIVATE)),
        image("redis:7", place("redis:7", Action.DEFERRED, **limit)),
        image("openjdk:11", place("openjdk:11", Action.GONE, reason="the tag no longer exists upstream")),
        image("golang:1.25", place("golang:1.25", Action.KEPT, reason="the tag is immutable there")),
        image(
            "alpine:3.22",
            place("alpine:3.22", Action.RETAGGED, drift="changed or deleted in the registry, not by the mirror"),
        ),
        image(
            f"evil:{HOSTILE}",
            place(f"evil:{HOSTILE}", Action.FAILED, reason=f"{HOSTILE}\x00\x1b[31m\ud800", advice=HOSTILE),
        ),
        image("ghost", reason="ghost: 'x*' matches none of 12 tags"),
    )


def hostile() -> RunReport:
    """Markup wherever a registry, an earlier report or the environment can put text."""
    bad = image(
        f"evil:{HOSTILE}",
        place(f"evil:{HOSTILE}", Action.FAILED, reason=HOSTILE, advice=HOSTILE, drift=HOSTILE),
        place(f"evil2:{HOSTILE}", Action.COPIED, registry=PRIVATE, drift=HOSTILE),
        reason=HOSTILE,
    )
    bad = replace(
        bad,
        destinations=tuple(replace(each, destination=f"{each.destination}{HOSTILE}") for each in bad.destinations),
        platforms=(HOSTILE,),
        notes=(HOSTILE, "\u202e\u2066sdrawkcab \u2028"),
        advice=HOSTILE,
    )
    like = replace(bad, reference=f"more:{HOSTILE}", seen_at=START)
    made = report(bad, like)
    return replace(made, others=(like,), notes=(HOSTILE,), build=HOSTILE, build_url=f"javascript:{HOSTILE}")


def tall() -> RunReport:
    """The longest names that there may be: 255 characters of repository, 128 of tag; and many platforms."""
    name = f"{'a' * 120}/{'b' * 134}:{'9' * 128}"
    platforms = tuple(f"windows/amd64:10.0.{number}.8457" for number in range(14))
    one = image(name, place(name, Action.FAILED, reason="x" * 900, advice="y" * 400), place(name, Action.COPIED))
    return report(replace(one, platforms=platforms, notes=("z" * 500,)))


def large(count: int = 2000) -> RunReport:
    """As many tags as a large company's."""
    actions = [Action.UNCHANGED] * 20 + [Action.COPIED, Action.RETAGGED]
    names = [f"team-{number % 37:02}/service-{number % 211:03}:1.{number}" for number in range(count)]
    return report(
        *(
            image(name, place(name, actions[number % len(actions)]), mib=31 + number % 400)
            for number, name in enumerate(names)
        )
    )


def past(count: int = 12) -> tuple[Past, ...]:
    """Runs every six hours."""
    return tuple(
        Past(
            started=START - timedelta(hours=6 * (count - 1 - number)),
            seconds=20.0 + number % 5 * 7,
            references=40,
            failed=int(number == 4),
            changed=number % 3,
            pulls=number % 3 * 4,
            bytes_downloaded=number % 3 * 60 * MIB,
            remaining=190 - number % 3 * 4,
        )
        for number in range(count)
    )
