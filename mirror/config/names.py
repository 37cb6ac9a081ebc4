"""Which repository names Amazon ECR accepts.

Amazon's console and documentation want a private name to begin with a letter; the rest is the pattern that
CloudFormation checks, which is a little narrower than Docker Hub's: no ``__`` and no ``--``.
"""

import re

from mirror.config.model import DestinationName

PATTERN = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*")

MIN_CHARACTERS = 2
MAX_CHARACTERS = {DestinationName.PRIVATE: 256, DestinationName.PUBLIC: 205}
"""ECR Public's resource type allows 256, its API 205; the API decides."""

_REGISTRY = {DestinationName.PRIVATE: "ECR", DestinationName.PUBLIC: "ECR Public"}


def name_problem(name: str, destination: DestinationName) -> str | None:
    """Why this registry refuses the repository name `name`, in a sentence; `None` when it does not."""
    registry = _REGISTRY[destination]
    longest = MAX_CHARACTERS[destination]
    if not MIN_CHARACTERS <= len(name) <= longest:
        return (
            f"{registry} takes repository names of {MIN_CHARACTERS} to {longest} characters, {name!r} has {len(name)}"
        )
    if PATTERN.fullmatch(name) is None:
        return (
            f"{registry} does not accept the repository name {name!r} (lower-case letters and digits, "
            "joined by single '.', '_' or '-', in parts divided by '/')"
        )
    if destination is DestinationName.PRIVATE and not name[0].isalpha():
        return f"{registry} does not accept the repository name {name!r}: it must begin with a letter"
    return None
