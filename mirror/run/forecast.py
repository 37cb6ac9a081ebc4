"""What a run would cost, before it is begun: pulls and bytes, as far as that can be known without spending any.

What is free is asked: an image manifest is one pull; an index is one and its children, which the index that a
destination holds under the same tag usually has too. An index that nobody holds is counted as the least it can be, and
said to be; `exact` reads it, for one pull.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from mirror.copier.budget import LEAST_CHILDREN
from mirror.copier.target import Target
from mirror.errors import MirrorError
from mirror.oci import media_types
from mirror.oci.digest import Digest
from mirror.oci.filtering import filter_index
from mirror.oci.manifest import Manifest
from mirror.planning.survey import Surveyed
from mirror.run.groups import Group

UNREAD = "at least: a plan does not read an index that nobody has (--exact does)"


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one content, charged to the first reference that has it."""

    pulls: int
    size: int | None = None
    """Bytes to read, as far as what a destination holds tells."""
    note: str = ""
    """How sure that is; empty when it is exact."""


def forecast(
    groups: Sequence[Group], holding: Mapping[int, Iterable[Target]], side: Executor, *, exact: bool
) -> dict[int, Forecast]:
    """By the identity of each group's first reference. `holding` is who has the content already."""
    asked = {
        id(group.first): side.submit(_forecast, group.first, list(holding.get(id(group.first), ())), exact=exact)
        for group in groups
    }
    return {number: answer.result() for number, answer in asked.items()}


def _forecast(each: Surveyed, holders: Sequence[Target], *, exact: bool) -> Forecast:
    upstream = each.upstream
    if upstream is None or holders:
        return Forecast(0, 0)  # re-tagged, or read from the destination that has it
    if upstream.media_type not in media_types.INDEXES:
        return Forecast(1)
    try:
        if exact:
            return _counted(each, each.wanted.source.fetch_manifest(upstream.digest))
        predecessor = _predecessor(each)
    except MirrorError as err:
        return Forecast(1 + LEAST_CHILDREN, note=f"at least; more is not known: {err}")
    if predecessor is None:
        return Forecast(1 + LEAST_CHILDREN, note=UNREAD)
    target, index = predecessor
    children = list(dict.fromkeys(child.digest for child in index.children))
    return Forecast(1 + len(children), _size(target, children), note="about, judging by what the tag was")


def _counted(each: Surveyed, index: Manifest) -> Forecast:
    index = filter_index(index, each.wanted.image.platforms)
    children = dict.fromkeys(child.digest for child in index.children)
    lacking = [digest for digest in children if not any(t.store.has_manifest(digest) for t in each.wanted.targets)]
    return Forecast(1 + len(lacking))


def _predecessor(each: Surveyed) -> tuple[Target, Manifest] | None:
    """The index that the tag points at in a destination now."""
    for target, held in each.held.items():
        if held is not None:
            index = target.store.fetch_manifest(held)
            if index.is_index:
                return target, index
    return None


def _size(target: Target, children: Sequence[Digest]) -> int:
    blobs = {blob.digest: blob.size for child in children for blob in target.store.fetch_manifest(child).blobs}
    return sum(blobs.values())
