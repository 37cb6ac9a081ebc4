"""What a run is going to do, as far as that is known before it: all of a plan, and the first words of a run."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mirror.copier.budget import Budget
from mirror.errors import BudgetError
from mirror.planning.survey import Surveyed
from mirror.registry.protocols import PullQuota
from mirror.report.model import Certainty, ImageResult
from mirror.report.units import count_text
from mirror.run.groups import Group
from mirror.run.results import Results

if TYPE_CHECKING:
    from mirror.run.forecast import Forecast


def outline(
    surveyed: Sequence[Surveyed],
    groups: Sequence[Group],
    costs: Mapping[int, "Forecast"],
    results: Results,
    budget: Budget | None = None,
) -> list[ImageResult]:
    """A result for each reference. `costs` are those of the groups' first members, as far as they are known.

    With a `budget` it is all that is going to be said: its pulls are promised to the groups in their order, what does
    not fit is deferred, and targets that could not be asked have failed. A run tries again.
    """
    firsts: dict[int, Surveyed] = {}
    deferred: dict[int, BudgetError] = {}
    for group in groups:
        firsts.update((id(member), group.first) for member in group.members)
        cost = costs.get(id(group.first))
        if cost is None or budget is None:
            continue
        for member in group.members:
            member.errors.update({target: err for target, err in cost.errors.items() if target in member.pending})
        refusal = budget.refusal(cost.pulls, group.first.wanted.source.name)
        if refusal is not None:
            deferred[id(group.first)] = refusal
        else:
            budget.reserve(cost.pulls, group.first.wanted.source.name)
    found = []
    for each in surveyed:
        if not each.pending:
            found.append(results.settled(each))
            continue
        first = firsts[id(each)]
        found.append(
            results.planned(each, costs.get(id(first)), charged=each is first, deferred=deferred.get(id(first)))
        )
    return found


def remarks(costs: Mapping[int, "Forecast"], budget: Budget, quota: PullQuota | None, *, anonymous: bool) -> list[str]:
    """What to know of the pulls in all, before any of them is promised; `quota` as the source told it first."""
    needed, available = sum(cost.pulls for cost in costs.values()), budget.available
    certainty = Certainty.of_all(cost.certainty for cost in costs.values())
    found = []
    if needed and anonymous and quota is not None and quota.remaining < quota.limit:
        whose = f" of {quota.source}" if quota.source else ""
        used = f"{quota.limit - quota.remaining} of {quota.limit} pulls{whose}"
        found.append(f"{used} were used before, by this machine or others behind its address; an account has its own")
    if available is not None and needed > available:
        pulls = f"{certainty.prefix}{count_text(needed, 'pull')}"
        found.append(
            f"{pulls} would be needed, {available} may be spent now: what does not fit is deferred to later runs"
        )
    return found


def fits(costs: Mapping[int, "Forecast"], budget: Budget) -> bool:
    """Whether all of it certainly fits. What no digest proves may be twice as much."""
    needed, available = sum(cost.pulls for cost in costs.values()), budget.available
    certainty = Certainty.of_all(cost.certainty for cost in costs.values())
    if available is None:
        return True
    return needed * {Certainty.EXACT: 1, Certainty.LISTED: 2}.get(certainty, available + 1) <= available
