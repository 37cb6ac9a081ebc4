"""What an image says about its repositories: `adopt`, `private` and `public`."""

from collections.abc import Mapping

from mirror.config import catalog, repository_settings
from mirror.config.destinations import Destinations
from mirror.config.ecr import RepositorySettings
from mirror.config.fields import Field
from mirror.config.located import Items
from mirror.config.model import DestinationName

KEYS = ("private", "public")
"""`adopt` is among those that `defaults` may say too."""

_KEPT_WHERE_ADOPTED = ("mutability",)
"""The mirror has to know it, whoever sets it."""

ImageSettings = tuple[tuple[DestinationName, RepositorySettings], ...]


def read_adopt(field: Field) -> tuple[DestinationName, ...]:
    """Destinations whose repositories are there already; `true` is both."""
    if not isinstance(field.value, Items):
        return tuple(DestinationName) if field.boolean() else ()
    words = [item.choice(tuple(DestinationName)) for item in field.items("destinations") or ()]
    return tuple(name for name in DestinationName if name.value in words)


def read_image_settings(
    keys: Mapping[str, Field],
    to: tuple[DestinationName, ...],
    adopt: tuple[DestinationName, ...],
    destinations: Destinations,
) -> ImageSettings:
    """Settings by destination, for those where the image says something."""
    found: list[tuple[DestinationName, RepositorySettings]] = []
    for name in DestinationName:
        field = keys.get(name.value)
        allowed = repository_settings.KEYS[name]
        body = field.mapping("a mapping of the repository's settings", optional=allowed) if field is not None else None
        if field is None or body is None:
            continue
        if name not in to:
            field.problem(f"the image does not go to {name.value!r}: add it to 'to', or take this out")
        if name in adopt:
            _refuse(
                {key: value for key, value in body.items() if key not in _KEPT_WHERE_ADOPTED},
                f"the {name.value} repository is adopted, so its settings are not managed here",
            )
        destination = destinations.configs[name]
        given = destination.settings if destination is not None else RepositorySettings()
        found.append((name, repository_settings.read_settings(body, given)))
    if DestinationName.PUBLIC in adopt:
        texts = {key: value for key, value in keys.items() if key in catalog.KEYS}
        _refuse(texts, "the public repository is adopted, so its gallery texts are not managed here")
    return tuple(found)


def _refuse(fields: Mapping[str, Field], why: str) -> None:
    for field in fields.values():
        field.problem(why)
