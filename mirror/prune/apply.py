"""Removing what a plan says, as far as it still holds."""

import json
from dataclasses import dataclass, field
from itertools import groupby

from mirror.copier.target import Target
from mirror.errors import ConfigError, Problem
from mirror.prune.file import VERSION, Entry, Plan
from mirror.prune.plan import Found, find
from mirror.registry.protocols import Deleter
from mirror.run.places import Places
from mirror.transport.clock import Clock


@dataclass(slots=True)
class Applied:
    """What became of every entry of a plan."""

    removed: list[Entry] = field(default_factory=list)
    stayed: list[tuple[Entry, str]] = field(default_factory=list)
    """The plan does not hold for these any more; with why."""
    failed: list[tuple[Entry, str]] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    """What could not be looked at, so that its entries stay."""

    def dumps(self) -> str:
        """As JSON, for other programs."""
        document = {
            "version": VERSION,
            "removed": [{"reference": each.reference, "digest": each.digest} for each in self.removed],
            "stayed": [{"reference": each.reference, "reason": why} for each, why in self.stayed],
            "failed": [{"reference": each.reference, "reason": why} for each, why in self.failed],
            "unseen": self.unseen,
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def apply(places: Places, plan: Plan, clock: Clock, *, min_age_days: float | None, max_entries: int) -> Applied:
    """Remove the entries of `plan` that a plan made now has too; never anything else.

    The greater of the plan's age and `min_age_days` counts. `ConfigError`, with nothing removed, where more than
    `max_entries` hold.
    """
    age = max(plan.min_age_days, min_age_days or 0.0)
    repositories = {entry.repository for entry in plan.entries}
    now = find(places, clock, min_age_days=age, repositories=repositories)
    holding = {_what(entry) for entry in now.plan.entries}
    result = Applied(unseen=now.failed)
    going = []
    for entry in plan.entries:
        if _what(entry) in holding:
            going.append(entry)
        else:
            result.stayed.append((entry, _why(entry, now)))
    if len(going) > max_entries:
        message = f"{len(going)} tags would be removed, allowed: {max_entries}. Nothing was removed"
        raise ConfigError("command line", (Problem(0, 0, "--max", message),))
    for (destination, repository), group in groupby(
        sorted(going), key=lambda each: (each.destination, each.repository)
    ):
        _remove(list(group), _target(places, destination, repository), result)
    return result


def _remove(entries: list[Entry], target: Target | None, result: Applied) -> None:
    if target is None or not isinstance(target.store, Deleter):
        raise AssertionError("an entry that holds has a target")
    outcome = target.store.delete_tags({entry.tag: entry.digest for entry in entries})
    for entry in entries:
        problem = outcome[entry.tag]
        if problem is None:
            result.removed.append(entry)
        else:
            result.failed.append((entry, problem))


def _what(entry: Entry) -> tuple[str, ...]:
    """What makes an entry the same one later; texts for people may have changed."""
    return (entry.destination, entry.registry, entry.repository, entry.tag, entry.digest)


def _why(entry: Entry, now: Found) -> str:
    for other in now.plan.entries:
        if (other.destination, other.repository, other.tag) == (entry.destination, entry.repository, entry.tag):
            if other.registry != entry.registry:
                return f"the plan was made for another registry than {other.registry}"
            return f"it points at {other.digest} now"
    return "it is gone, chosen again, too young, or could not be looked at"


def _target(places: Places, destination: str, repository: str) -> Target | None:
    for image in places.config.images:
        for target in places.targets_of(image):
            if (target.destination, target.repository) == (destination, repository):
                return target
    return None
