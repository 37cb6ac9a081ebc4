"""The list `repositories`: private repositories that the mirror never writes to."""

from mirror.config.destinations import Destinations
from mirror.config.ecr import RepositorySettings
from mirror.config.fields import Field
from mirror.config.located import Entries
from mirror.config.model import DestinationName, ImageConfig, RepositoryConfig
from mirror.config.names import name_problem
from mirror.config.repository_settings import KEYS as SETTINGS
from mirror.config.repository_settings import read_settings


def read_repositories(
    field: Field | None, images: tuple[ImageConfig, ...], destinations: Destinations
) -> tuple[RepositoryConfig, ...]:
    """The repositories that could be read; none of them is an image's. Their names take no prefix."""
    if field is None:
        return ()
    taken = _repositories_of(images, destinations)
    found: dict[str, RepositoryConfig] = {}
    off = destinations.switched_off(DestinationName.PRIVATE)
    private = destinations.configs[DestinationName.PRIVATE]
    given = private.settings if private is not None else RepositorySettings()
    for item in field.items("repositories") or ():
        name, keys = _fields(item)
        text = name.text("a repository's name such as backend-app") if name is not None else None
        if name is None or text is None:
            continue
        problem = name_problem(text, DestinationName.PRIVATE)
        if problem is not None:
            name.problem(problem)
        elif off is not None:
            name.problem(f"the repository has no registry: 'private' is switched off ({off.where})")
        elif text in taken:
            image = taken[text]
            line = f" (line {image.line})" if image.line else ""
            name.problem(
                f"the image {image.name!r}{line} is mirrored into the private repository {text!r}: take another name"
            )
        elif text in found:
            line = f" (line {found[text].line})" if found[text].line else ""
            name.problem(f"the repository {text!r} has an entry already{line}: keep one")
        else:
            settings = read_settings(keys, given) if keys else None
            found[text] = RepositoryConfig(name=text, line=item.line, settings=settings)
    return tuple(found.values())


def _fields(item: Field) -> tuple[Field | None, dict[str, Field]]:
    """What names the repository, and its other keys."""
    if not isinstance(item.value, Entries):
        return item, {}
    keys = item.mapping("a repository", required=("name",), optional=SETTINGS[DestinationName.PRIVATE]) or {}
    name = keys.pop("name", None)
    return name, keys


def _repositories_of(images: tuple[ImageConfig, ...], destinations: Destinations) -> dict[str, ImageConfig]:
    private = destinations.configs[DestinationName.PRIVATE]
    if private is None:
        return {}
    return {private.repository(image.name): image for image in images if DestinationName.PRIVATE in image.to}
