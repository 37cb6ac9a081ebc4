"""Removing tags by the distribution specification (*Deleting tags*), also from registries that only remove manifests.

Those take a digest only, and with it go all tags that point at it and every list of images that names it. So a manifest
is removed in a tag's place only where nothing else in the repository needs it.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from mirror.errors import MirrorError, NotFoundError, RefusedError
from mirror.oci import media_types
from mirror.oci.digest import Digest, short
from mirror.oci.manifest import Manifest
from mirror.registry.protocols import HeldTag

_BY_TAG_UNKNOWN = frozenset({"UNSUPPORTED", "DIGEST_INVALID"})
# What registries say that want a digest: by the book the first (405 or 400), Debian's docker-registry 2.8 the second.


class Content(Protocol):
    """The repository that tags are removed from."""

    def held_tags(self) -> Mapping[str, HeldTag]:
        """See `Deleter`."""

    def fetch_manifest(self, reference: str) -> Manifest:
        """See `Source`."""


def changed(found: Digest | None, expected: Digest) -> str | None:
    """Why a tag is not removed although nobody refuses: it is not what it was."""
    if found is None:
        return "it is gone already"
    return None if found == expected else f"it points at {short(found)} now"


def delete(repository: Content, tags: Mapping[str, Digest], remove: Callable[[str], None]) -> dict[str, str | None]:
    """See `Deleter.delete_tags`. `remove` removes a tag or a digest."""
    try:
        held = dict(repository.held_tags())
    except MirrorError as err:
        return dict.fromkeys(tags, str(err))
    outcome = {tag: changed(held[tag].digest if tag in held else None, digest) for tag, digest in tags.items()}
    left = {tag: digest for tag, digest in tags.items() if outcome[tag] is None}
    digests_only: dict[str, Digest] = {}
    for tag, digest in left.items():
        try:
            remove(tag)
            del held[tag]
        except NotFoundError:
            del held[tag]  # a try whose answer was lost had removed it
        except RefusedError as err:
            if err.status == 405 or err.codes & _BY_TAG_UNKNOWN:
                digests_only[tag] = digest
            else:
                outcome[tag] = str(err)
        except MirrorError as err:
            outcome[tag] = str(err)
    if digests_only:
        outcome.update(_by_digest(repository, digests_only, held, remove))
    return outcome


def _by_digest(
    repository: Content, tags: Mapping[str, Digest], held: Mapping[str, HeldTag], remove: Callable[[str], None]
) -> dict[str, str | None]:
    staying = {tag: each.digest for tag, each in held.items() if tag not in tags}
    only = "this registry removes manifests only, not tags, and "
    try:
        needed = _listed(repository, set(staying.values()))
    except MirrorError as err:
        return dict.fromkeys(tags, f"{only}what else needs it is not known: {err}")
    outcome: dict[str, str | None] = {}
    removed: dict[Digest, str | None] = {}
    for tag, digest in tags.items():
        other = next((name for name, each in staying.items() if each == digest), None)
        if other is not None:
            outcome[tag] = f"{only}the tag {other} points at the same one"
        elif digest in needed:
            outcome[tag] = f"{only}a list of images that stays names this one"
        else:
            if digest not in removed:
                removed[digest] = _removed(remove, digest)
            outcome[tag] = removed[digest]
    return outcome


def _removed(remove: Callable[[str], None], digest: Digest) -> str | None:
    try:
        remove(digest)
    except NotFoundError:
        return None
    except MirrorError as err:
        return str(err)
    return None


def _listed(repository: Content, digests: set[Digest]) -> set[Digest]:
    """All that these manifests name, lists within lists included."""
    found: set[Digest] = set()
    waiting = list(digests)
    while waiting:
        manifest = repository.fetch_manifest(waiting.pop())
        for child in manifest.children:
            if child.digest in found:
                continue
            found.add(child.digest)
            if child.media_type in media_types.INDEXES:
                waiting.append(child.digest)
    return found
