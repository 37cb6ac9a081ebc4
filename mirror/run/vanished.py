"""Repositories that are not to be seen upstream any more, while the mirror holds what they had.

Docker Hub answers 401 for a repository that does not exist and for one that is private alike, to whoever asks with
whatever token; other registries answer `NAME_UNKNOWN`.
"""

from collections.abc import Sequence
from dataclasses import replace

from mirror.config.model import ImageConfig, TagPattern
from mirror.errors import DeniedError, MirrorError, NotFoundError, RepositoryNotFoundError
from mirror.planning.selection import Selection, select
from mirror.planning.survey import Surveyed
from mirror.registry.protocols import Deleter
from mirror.run.places import Places


def is_absent(err: MirrorError | None, places: Places) -> bool:
    """Whether the source says so of a repository as a whole."""
    if isinstance(err, RepositoryNotFoundError):
        return True
    return places.is_hub and isinstance(err, DeniedError) and err.status == 401


def absent(image: ImageConfig, places: Places) -> MirrorError:
    """The error in words for whoever wrote the name."""
    if not places.is_hub:
        return NotFoundError(f"{places.source.host} has no repository {image.upstream}", status=404)
    reader = f"{places.user} may read" if places.user else "everybody may read"
    return NotFoundError(
        f"Docker Hub shows no repository {image.upstream} that {reader}",
        status=401,
        advice="Check the name. A private one needs an account that may read it (docker_hub.credentials_secret).",
    )


def held_selection(image: ImageConfig, places: Places) -> Selection:
    """What the selectors mean among the tags that the destinations hold. Of the latest, how many there were upstream
    is not known any more, so all that match count.
    """
    tags: dict[str, None] = {}
    for target in places.targets_of(image):
        if isinstance(target.store, Deleter):
            try:
                tags.update(dict.fromkeys(target.store.held_tags()))
            except MirrorError:
                continue  # the survey meets the same error, and reports it
    loose = tuple(replace(each, latest=None) if isinstance(each, TagPattern) else each for each in image.selectors)
    return select(replace(image, selectors=loose), list(tags))


def mark(surveyed: Sequence[Surveyed], places: Places) -> None:
    """Tell those whose repository vanished, from what was never there and from a source that shows nothing at all.

    An account that sees not one of several repositories is more likely an account without rights than a source that
    lost them all, so then nothing is called vanished.
    """
    hidden = {each.wanted.image.upstream for each in surveyed if is_absent(each.error, places)}
    seen = {each.wanted.image.upstream for each in surveyed if each.error is None}
    believable = not places.user or bool(seen) or len(hidden) == 1
    for each in surveyed:
        if each.error is None or not is_absent(each.error, places):
            continue
        each.vanished = believable and any(each.held.values())
        each.error = absent(each.wanted.image, places)
