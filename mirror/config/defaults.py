"""What an image and `defaults` both may say: `to`, `platforms`, `exclude`, `adopt`, `referrers`, `provenance`."""

from dataclasses import dataclass

from mirror.config.destinations import Destinations
from mirror.config.fields import Field, did_you_mean, unique
from mirror.config.image_settings import read_adopt
from mirror.config.model import DestinationName
from mirror.config.tags import read_glob
from mirror.oci.platform import Platform

KEYS = ("to", "platforms", "exclude", "adopt", "referrers", "provenance")


@dataclass(frozen=True, slots=True)
class Defaults:
    """For images that do not say otherwise."""

    to: tuple[DestinationName, ...] = (DestinationName.PUBLIC,)
    platforms: tuple[Platform, ...] = ()
    exclude: tuple[str, ...] = ()
    adopt: tuple[DestinationName, ...] = ()
    """Also destinations that the image does not go to."""
    referrers: bool = False
    provenance: bool = False
    to_is_written: bool = False
    """Whether `to` is in the file, so that what is wrong with it was reported there."""


def read_defaults(field: Field | None, destinations: Destinations) -> Defaults:
    """The section `defaults`."""
    keys = field.mapping("a mapping", optional=KEYS) if field is not None else None
    if not keys:
        return Defaults()
    return Defaults(
        to=read_to(keys["to"], destinations) if "to" in keys else Defaults().to,
        platforms=read_platforms(keys["platforms"]) if "platforms" in keys else (),
        exclude=read_exclude(keys["exclude"]) if "exclude" in keys else (),
        adopt=read_adopt(keys["adopt"]) if "adopt" in keys else (),
        referrers=bool(keys["referrers"].boolean()) if "referrers" in keys else False,
        provenance=bool(keys["provenance"].boolean()) if "provenance" in keys else False,
        to_is_written="to" in keys,
    )


def read_to(field: Field, destinations: Destinations) -> tuple[DestinationName, ...]:
    """Destinations, as written."""
    names = tuple(name.value for name in DestinationName)
    found: list[tuple[Field, DestinationName]] = []
    for item in field.items("destinations", empty="the image goes nowhere; allowed: private, public") or ():
        text = item.text("private or public")
        if text is None:
            continue
        if text in names:
            found.append((item, DestinationName(text)))
        else:
            item.problem(f"there is no destination {text!r}{did_you_mean(text, names)}; allowed: private, public")
    unique(((item, name.value) for item, name in found), "the destination")
    switched_off = {name: destinations.switched_off(name) for _, name in found}
    goes_somewhere = None in switched_off.values()
    for item, name in found:
        off = switched_off[name]
        if off is not None:
            what = "take it out of this list" if goes_somewhere else "the image goes nowhere"
            item.problem(f"{name.value!r} is switched off ({off.where}): {what}")
    return tuple(dict.fromkeys(name for _, name in found))


def read_platforms(field: Field) -> tuple[Platform, ...]:
    """Platforms, each once however its variant is written."""
    found: list[tuple[Field, Platform]] = []
    items = field.items("platforms", empty="leave 'platforms' out for every platform")
    for item in items or ():
        text = item.text("a platform such as linux/amd64")
        if text is None:
            continue
        try:
            platform = Platform.parse(text)
        except ValueError as err:
            item.problem(str(err))
            continue
        same = next((other for other, known in found if known.satisfies(platform)), None)
        if same is not None:
            item.problem(f"the platform {text!r} is in this list twice ({same.where})")
        found.append((item, platform))
    return tuple(platform for _, platform in found)


def read_exclude(field: Field) -> tuple[str, ...]:
    """Globs over tags. An empty list is an answer: it overrides the defaults."""
    found = [(item, read_glob(item)) for item in field.items("globs") or ()]
    globs = [(item, glob) for item, glob in found if glob is not None]
    unique(globs, "the glob")
    return tuple(glob for _, glob in globs)
