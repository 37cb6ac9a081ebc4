"""The list `images`."""

from collections.abc import Mapping
from dataclasses import dataclass

from mirror.config import catalog, defaults, image_settings
from mirror.config.defaults import Defaults
from mirror.config.destinations import Destinations
from mirror.config.fields import Field, did_you_mean
from mirror.config.image_settings import read_adopt, read_image_settings
from mirror.config.located import Entries, Scalar
from mirror.config.model import DestinationName, ExplicitDigest, ExplicitTag, ImageConfig, TagSelector
from mirror.config.names import name_problem
from mirror.config.tags import read_selectors
from mirror.oci.reference import DOCKER_HUB, Reference

_OPTIONAL = (*defaults.KEYS, "priority", *catalog.KEYS, *image_settings.KEYS)
_KEYS = ("name", "tags", *_OPTIONAL)

_LONG_FORM = "an image such as maven:3.9 or {name: maven, tags: [3.9-eclipse-temurin-21]}"


@dataclass(frozen=True, slots=True)
class _Context:
    """What the rest of the file says."""

    defaults: Defaults
    destinations: Destinations


@dataclass(frozen=True, slots=True)
class _Named:
    """An image, and the value that named it."""

    image: ImageConfig
    field: Field


def read_images(field: Field | None, given: Defaults, destinations: Destinations) -> tuple[ImageConfig, ...]:
    """The images that could be read. Also checks what they have among themselves."""
    if field is None:
        return ()
    context = _Context(given, destinations)
    first: dict[str, _Named] = {}
    for item in field.items("images") or ():
        named = _read_image(item, context)
        if named is None:
            continue
        other = first.setdefault(named.image.upstream, named)
        if other is not named:
            named.field.problem(
                f"the image {named.image.name!r} has an entry already ({other.field.where}): "
                "put the tags of both into one entry's 'tags'"
            )
    return tuple(named.image for named in first.values())


def _read_image(field: Field, context: _Context) -> _Named | None:
    if isinstance(field.value, Entries):
        return _read_long(field, field.value, context)
    text = field.text(_LONG_FORM, quotable=False)
    reference = _read_reference(field, text) if text is not None else None
    if reference is None:
        return None
    selectors = _selectors_of(reference)
    if not selectors:
        name = reference.familiar_name
        field.problem(f"{text!r} names no tag: write '{name}:latest', or {{name: {name}, tags: […]}}")
    return _finish(context, field, reference, field=field, selectors=selectors, keys={})


def _read_long(field: Field, entries: Entries, context: _Context) -> _Named | None:
    split = _split_reference(entries)
    if split is not None:
        field.problem(f"a mapping where an image was expected: the tag follows without a space, {split!r}")
        return None
    keys = field.mapping(_LONG_FORM, required=("name", "tags"), optional=_OPTIONAL) or {}
    selectors = read_selectors(keys["tags"]) if "tags" in keys else ()
    name = keys.get("name")
    text = name.text("the image's name on Docker Hub, such as maven") if name is not None else None
    reference = _read_reference(name, text) if name is not None and text is not None else None
    if name is None or reference is None:
        # Nobody can say which image it is, but what else it says can still be checked.
        said = _read_rest(keys, context)
        catalog.read_catalog(keys)
        read_image_settings(keys, said.to, said.adopt, context.destinations)
        _read_priority(keys)
        return None
    if reference.tag is not None or reference.digest is not None:
        familiar = reference.familiar_name
        rest = str(reference)[len(familiar) :].lstrip(":@")
        name.problem(f"{text!r} holds a tag or digest: 'name' is {familiar!r}, and {rest!r} belongs into 'tags'")
    return _finish(context, name, reference, field=field, selectors=selectors, keys=keys)


def _split_reference(entries: Entries) -> str | None:
    """What ``- maven: 3.9`` was meant to be, where a space too many made a mapping of a reference."""
    if len(entries.pairs) != 1:
        return None
    key, value = entries.pairs[0]
    if key.text in _KEYS or did_you_mean(key.text, _KEYS) or not isinstance(value, Scalar):
        return None
    is_tag = value.text == "latest" or any(sign.isdigit() for sign in value.text)
    return f"{key.text}:{value.text}" if is_tag else None


def _read_reference(field: Field, text: str) -> Reference | None:
    try:
        reference = Reference.parse(text)
    except ValueError as err:
        field.problem(str(err))
        return None
    if reference.registry != DOCKER_HUB:
        field.problem(f"only images of Docker Hub are mirrored, and {reference.registry!r} is another registry")
        return None
    return reference


def _selectors_of(reference: Reference) -> tuple[TagSelector, ...]:
    if reference.tag is not None:
        return (ExplicitTag(reference.tag, reference.digest),)
    return (ExplicitDigest(reference.digest),) if reference.digest is not None else ()


def _finish(
    context: _Context,
    name: Field,
    reference: Reference,
    *,
    field: Field,
    selectors: tuple[TagSelector, ...],
    keys: Mapping[str, Field],
) -> _Named:
    rest = _read_rest(keys, context)
    if "to" not in keys and not context.defaults.to_is_written:
        _check_goes_somewhere(field, rest.to, context.destinations)
    for destination in rest.to:
        config = context.destinations.configs[destination]
        problem = name_problem(config.repository(reference.familiar_name), destination) if config is not None else None
        if problem is not None:
            name.problem(problem)
    adopt = tuple(destination for destination in rest.adopt if destination in rest.to)
    image = ImageConfig(
        name=reference.familiar_name,
        upstream=reference.repository,
        selectors=selectors,
        exclude=rest.exclude,
        to=rest.to,
        platforms=rest.platforms,
        referrers=rest.referrers,
        provenance=rest.provenance,
        priority=_read_priority(keys),
        catalog=catalog.read_catalog(keys),
        adopt=adopt,
        settings=read_image_settings(keys, rest.to, adopt, context.destinations),
        line=field.line,
    )
    return _Named(image, name)


def _read_rest(keys: Mapping[str, Field], context: _Context) -> Defaults:
    given = context.defaults
    return Defaults(
        to=defaults.read_to(keys["to"], context.destinations) if "to" in keys else given.to,
        platforms=defaults.read_platforms(keys["platforms"]) if "platforms" in keys else given.platforms,
        exclude=defaults.read_exclude(keys["exclude"]) if "exclude" in keys else given.exclude,
        adopt=read_adopt(keys["adopt"]) if "adopt" in keys else given.adopt,
        referrers=bool(keys["referrers"].boolean()) if "referrers" in keys else given.referrers,
        provenance=bool(keys["provenance"].boolean()) if "provenance" in keys else given.provenance,
    )


def _read_priority(keys: Mapping[str, Field]) -> int:
    return (keys["priority"].whole_number(minimum=0) or 0) if "priority" in keys else 0


def _check_goes_somewhere(field: Field, to: tuple[DestinationName, ...], destinations: Destinations) -> None:
    for name in to:
        off = destinations.switched_off(name)
        if off is not None:
            field.problem(
                f"the image goes nowhere: without 'to' it goes to [{name}], which is switched off ({off.where})"
            )
