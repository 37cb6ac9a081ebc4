"""`mirror prune`, from what was typed to what is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mirror.config.model import MirrorConfig
from mirror.credentials.registries import Network
from mirror.prune.apply import apply
from mirror.prune.file import dumps, read, write
from mirror.prune.plan import Found, find
from mirror.run.options import RunOptions
from mirror.run.places import Places, open_places
from mirror.transport.clock import Clock, Deadline, SystemClock

DEFAULT_MIN_AGE_DAYS = 30.0
DEFAULT_MAX = 50

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PruneOptions:
    """What was typed."""

    places: RunOptions
    """Which registries."""
    plan: Path | None = None
    """Where to write the plan."""
    apply: Path | None = None
    """Which plan to carry out; `None`: only look."""
    min_age_days: float | None = None
    max_entries: int = DEFAULT_MAX
    deadline_seconds: float | None = None


def prune(
    config: MirrorConfig,
    options: PruneOptions,
    *,
    environ: Mapping[str, str],
    say: Say,
    tell: Say = lambda _document: None,
    clock: Clock | None = None,
) -> bool:
    """Show what would go, or remove it. Whether all of it could be looked at, and all that was to go is gone.

    `tell` gets the same as JSON, for other programs: the plan, or what became of each of its entries.

    `ConfigError` for a plan that cannot be used, before anything is asked, and for one that removes too much.
    """
    clock = clock or SystemClock()
    plan = read(options.apply) if options.apply is not None else None
    with Network.open(Deadline.after(clock, options.deadline_seconds), on_wait=say) as network:
        places = open_places(network, config, options.places, environ, say)
        if plan is None:
            return _show(places, options, clock, say, tell)
        applied = apply(places, plan, clock, min_age_days=options.min_age_days, max_entries=options.max_entries)
        for line in applied.unseen:
            say(f"not looked at: {line}")
        for entry, why in applied.stayed:
            say(f"stays    {entry.reference}: {why}")
        for entry in applied.removed:
            say(f"removed  {entry.reference}  {entry.digest}")
        for entry, why in applied.failed:
            say(f"failed   {entry.reference}: {why}")
        say(f"{len(applied.removed)} of {_tags(len(plan.entries))} removed")
        tell(applied.dumps())
        return not (applied.failed or applied.unseen)


def _show(places: Places, options: PruneOptions, clock: Clock, say: Say, tell: Say) -> bool:
    age = DEFAULT_MIN_AGE_DAYS if options.min_age_days is None else options.min_age_days
    found = find(places, clock, min_age_days=age)
    for entry in found.plan.entries:
        pushed = f"pushed {entry.pushed[:10]}" if entry.pushed else "of unknown age"
        say(f"would go  {entry.reference}  {pushed}: {entry.reason}")
    for line in _beside(found):
        say(line)
    count = len(found.plan.entries)
    say(f"{_tags(count)} would go; nothing was removed")
    tell(dumps(found.plan))
    if options.plan is not None:
        write(found.plan, options.plan)
        say(f"read {options.plan}, then: mirror prune --apply {options.plan}")
    return not found.failed


def _beside(found: Found) -> list[str]:
    lines = [*found.notes]
    if found.younger:
        lines.append(f"{_tags(found.younger)} would go when older than {found.plan.min_age_days:g} days")
    if found.undated:
        lines.append(
            f"{_tags(found.undated)} would go, but the registry does not tell their age; --min-age 0 takes them in"
        )
    return [*lines, *(f"not looked at: {line}" for line in found.failed)]


def _tags(count: int) -> str:
    return f"{count} tag{'' if count == 1 else 's'}"
