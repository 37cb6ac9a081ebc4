"""Which of several stacks a repository is in: docs/decisions/0003-stable-identities.md.

It follows from the repository's full name and from how many stacks there are, and from nothing else.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mirror.config.destinations import MAX_STACKS
from mirror.config.ecr import Removal, RepositorySettings
from mirror.config.model import DestinationConfig, DestinationName, ImageConfig, MirrorConfig, RepositoryConfig
from stacks.gallery import catalog_data, catalog_of
from stacks.lifecycle import policy_text

RESOURCES_PER_STACK = 490
"""CloudFormation takes 500; some are left for what is not a repository."""
CHARACTERS_PER_STACK = 900_000
"""CloudFormation takes a template of 1 MB."""

_REPOSITORY_CHARACTERS = 1_000
"""What a repository takes in a template beside its texts, with the names and tags that people give."""

_JUMP = 1 << 31
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Member:
    """One repository that the stacks define, and the room it takes."""

    name: str
    """In full."""
    settings: RepositorySettings
    resources: int = 1
    characters: int = 0
    image: ImageConfig | None = None
    """`None`: one that people push to themselves."""


def part_of(name: str, parts: int) -> int:
    """The stack of the repository `name`, from 0: Lamping and Veach's jump hash.

    With one stack more, a repository stays where it is or moves into the new one.
    """
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    part, jump = -1, 0
    while jump < parts:
        part = jump
        key = (key * 2862933555777941757 + 1) & _MASK
        jump = int((part + 1) * (_JUMP / ((key >> 33) + 1)))
    return part


def members(config: MirrorConfig, name: DestinationName) -> tuple[Member, ...]:
    """The repositories that the stacks define in one registry: not those that are adopted. Each name once.

    Private images and own repositories share the id space: one that becomes the other stays the same resource.
    """
    destination = config.destination(name)
    if destination is None:
        return ()
    images = (image for image in config.images_to(name) if name not in image.adopt)
    found = [_of_image(config, destination, name, image) for image in images]
    if name is DestinationName.PRIVATE:
        found.extend(_of_repository(destination, repository) for repository in config.repositories)
    return tuple({member.name: member for member in reversed(found)}.values())[::-1]


def divided(config: MirrorConfig, name: DestinationName) -> dict[int, tuple[Member, ...]]:
    """The members of each stack that has any, by its number."""
    destination = config.destination(name)
    found: dict[int, list[Member]] = {}
    if destination is not None:
        for member in members(config, name):
            found.setdefault(part_of(member.name, destination.stacks), []).append(member)
    return {part: tuple(found[part]) for part in sorted(found)}


def parts(config: MirrorConfig, name: DestinationName) -> tuple[int, ...]:
    """Numbers of the stacks that are in the app: those with repositories, and of a declared section the others too.

    The CDK CLI passes over a stack without resources that is not deployed, and deletes one that is.
    """
    destination = config.destination(name)
    if destination is not None and destination.declared:
        return tuple(range(destination.stacks))
    return tuple(divided(config, name))


def problems(config: MirrorConfig) -> list[tuple[DestinationName, str]]:
    """Registries whose stacks would be too large for CloudFormation, with a sentence that says what to write."""
    found: list[tuple[DestinationName, str]] = []
    for name in DestinationName:
        destination = config.destination(name)
        everything = members(config, name)
        if destination is None or _fits(everything, destination.stacks):
            continue
        enough = next((count for count in range(destination.stacks + 1, MAX_STACKS) if _fits(everything, count)), None)
        found.append((name, _too_large(name, len(everything), destination.stacks, enough)))
    return found


def _too_large(name: DestinationName, count: int, stacks: int, enough: int | None) -> str:
    written = "1 stack" if stacks == 1 else f"{stacks} stacks"
    advice = f"write '{name}: {{stacks: {enough}}}'" if enough is not None else "use another account or region too"
    return (
        f"{count} {name} repositories do not fit into {written} (CloudFormation takes {RESOURCES_PER_STACK} or 1 MB of "
        f"template in each): {advice}. What is deployed already then moves to another stack, in part: "
        "docs/decisions/0003-stable-identities.md tells how"
    )


def _fits(everything: Iterable[Member], parts: int) -> bool:
    resources: Counter[int] = Counter()
    characters: Counter[int] = Counter()
    for member in everything:
        part = part_of(member.name, parts)
        resources[part] += member.resources
        characters[part] += member.characters
    return (
        max(resources.values(), default=0) <= RESOURCES_PER_STACK
        and max(characters.values(), default=0) <= CHARACTERS_PER_STACK
    )


def _of_image(
    config: MirrorConfig, destination: DestinationConfig, name: DestinationName, image: ImageConfig
) -> Member:
    settings = config.settings_of(name, image)
    public = name is DestinationName.PUBLIC
    text = json.dumps(catalog_data(catalog_of(image, destination))) if public else ""
    # ECR Public's repositories have a second resource that empties them.
    resources = 2 if public and settings.removal is Removal.DESTROY else 1
    full = destination.repository(image.name)
    return Member(full, settings, resources, _room(settings, resources) + len(text), image)


def _of_repository(destination: DestinationConfig, repository: RepositoryConfig) -> Member:
    settings = repository.settings or destination.settings
    return Member(repository.name, settings, 1, _room(settings, 1))


def _room(settings: RepositorySettings, resources: int) -> int:
    room = _REPOSITORY_CHARACTERS * resources
    if settings.lifecycle:
        room += len(json.dumps(policy_text(settings.lifecycle)))
    access = settings.pull_access
    room += sum(150 + len(item) for item in (*access.accounts, *access.organizational_units))
    # A statement for each kind.
    room += 450 * sum(map(bool, (access.accounts, access.organization, access.organizational_units)))
    return room + sum(60 + len(key) + len(value) for key, value in settings.resource_tags)
