"""The list `repositories`: private repositories that the mirror never writes to."""

from mirror.config.destinations import Destinations
from mirror.config.fields import Field
from mirror.config.located import Entries
from mirror.config.model import DestinationName, ImageConfig, RepositoryConfig
from mirror.config.names import name_problem


def read_repositories(
    field: Field | None, images: tuple[ImageConfig, ...], destinations: Destinations
) -> tuple[RepositoryConfig, ...]:
    """The repositories that could be read; none of them is an image's. Their names take no prefix."""
    if field is None:
        return ()
    taken = _repositories_of(images, destinations)
    found: dict[str, RepositoryConfig] = {}
    off = destinations.switched_off(DestinationName.PRIVATE)
    for item in field.items("repositories") or ():
        name = _name_field(item)
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
            found[text] = RepositoryConfig(name=text, line=item.line)
    return tuple(found.values())


def _name_field(item: Field) -> Field | None:
    if not isinstance(item.value, Entries):
        return item
    keys = item.mapping("a repository", required=("name",))
    return keys.get("name") if keys is not None else None


def _repositories_of(images: tuple[ImageConfig, ...], destinations: Destinations) -> dict[str, ImageConfig]:
    private = destinations.configs[DestinationName.PRIVATE]
    if private is None:
        return {}
    return {private.repository(image.name): image for image in images if DestinationName.PRIVATE in image.to}
