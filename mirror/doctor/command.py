"""`mirror doctor`: all checks, in the order in which they need each other."""

import dataclasses
import enum
import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from mirror.config.model import DestinationName, MirrorConfig
from mirror.credentials.registries import Network
from mirror.doctor.aws import identity
from mirror.doctor.clock import CLOCK, reachable, worst
from mirror.doctor.destinations import destination
from mirror.doctor.finding import Finding, Level
from mirror.doctor.hub import hub
from mirror.run.options import RunOptions
from mirror.transport.clock import Clock, Deadline, SystemClock
from mirror.transport.retry import RetryPolicy

ATTEMPTS = 2
"""Of every request: what answers at the third try only is worth knowing."""

Say = Callable[[str], None]
Paint = Callable[[str, Level], str]
"""Gives text the colour of a level; without colours, the text."""

_COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.BAD: "31;1"}


def coloured(text: str, level: Level) -> str:
    """For a terminal."""
    return f"\x1b[{_COLOURS[level]}m{text}\x1b[0m"


class Health(enum.Enum):
    """All findings in one word."""

    WELL = enum.auto()
    """Warnings included."""
    ILL = enum.auto()
    NO_CREDENTIALS = enum.auto()


@dataclasses.dataclass(frozen=True, slots=True)
class Examination:
    """What was found, in the order in which it was looked at."""

    findings: tuple[Finding, ...]

    @property
    def health(self) -> Health:
        """As bad as the worst finding."""
        bad = [finding for finding in self.findings if finding.level is Level.BAD]
        if any(finding.credentials for finding in bad):
            return Health.NO_CREDENTIALS
        return Health.ILL if bad else Health.WELL


def doctor(
    config: MirrorConfig,
    options: RunOptions,
    *,
    environ: Mapping[str, str],
    say: Say,
    paint: Paint = lambda text, _: text,
    clock: Clock | None = None,
) -> Examination:
    """Check everything and say it, each finding as soon as it is known. Changes nothing and spends no pull."""
    found: list[Finding] = []
    deadline = Deadline(clock or SystemClock())
    with Network.open(deadline) as opened:
        network = dataclasses.replace(opened, retry=RetryPolicy(deadline, attempts=ATTEMPTS))
        for findings in _checks(network, config, options, environ):
            found += findings
            for finding in findings:
                for line in lines(finding, paint):
                    say(line)
    say(summary(found))
    return Examination(tuple(found))


def as_document(examination: Examination) -> str:
    """For other programs. `fix` is empty where there is nothing to do."""
    findings = [
        {"level": str(each.level), "what": each.what, "detail": each.detail, "fix": each.fix}
        for each in examination.findings
    ]
    document = {"version": 1, "well": examination.health is Health.WELL, "findings": findings}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def lines(finding: Finding, paint: Paint = lambda text, _: text) -> list[str]:
    """A finding as people read it."""
    first = f"{paint(f'{finding.level:<8}', finding.level)} {finding.what}: {finding.detail}"
    return [first, f"         → {finding.fix}"] if finding.fix else [first]


def summary(found: Sequence[Finding]) -> str:
    """The last line."""
    counts = {level: sum(finding.level is level for finding in found) for level in Level}
    return f"{len(found)} checks: " + ", ".join(f"{count} {level}" for level, count in counts.items())


def _checks(
    network: Network, config: MirrorConfig, options: RunOptions, environ: Mapping[str, str]
) -> Iterator[list[Finding]]:
    urls = {DestinationName.PRIVATE: options.private, DestinationName.PUBLIC: options.public}
    named = any(urls.values())
    needed = [name for name in DestinationName if config.images_to(name) and (urls[name] is not None or not named)]
    is_hub = options.source is None or options.source_is_hub
    by_secret = is_hub and config.docker_hub.credentials_secret is not None
    if by_secret or any(urls[name] is None for name in needed):
        yield [identity(network)]
    findings, source = hub(network, config, options, environ)
    yield findings
    registries = [source]
    for name in needed:
        findings, registry = destination(network, config, name, urls[name])
        yield findings
        registries.append(registry)
    clocks: list[Finding] = []
    for registry in registries:
        if registry is not None:
            findings = reachable(network, registry)
            yield [finding for finding in findings if finding.what != CLOCK]
            clocks += [finding for finding in findings if finding.what == CLOCK]
    yield [] if (clock := worst(clocks)) is None else [clock]
