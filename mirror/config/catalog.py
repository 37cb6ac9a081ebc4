"""What an image says for the ECR Public gallery."""

from collections.abc import Mapping

from mirror.config.fields import Field, unique
from mirror.config.located import Entries
from mirror.config.model import CatalogData

MAX_DESCRIPTION_CHARACTERS = 1024
MAX_TEXT_CHARACTERS = 10240
"""CloudFormation's limit for `about` and `usage`; the API has a higher one."""

ARCHITECTURES = ("x86-64", "x86", "ARM 64", "ARM")
OPERATING_SYSTEMS = ("Linux", "Windows")
# The badges that the gallery knows. It stores others too, but shows them to nobody.

KEYS = ("description", "about", "usage", "architectures", "operating_systems")


def read_catalog(keys: Mapping[str, Field]) -> CatalogData:
    """The gallery's texts and badges, among the keys of an image."""
    return CatalogData(
        description=_read_text(keys.get("description"), MAX_DESCRIPTION_CHARACTERS),
        about=_read_text(keys.get("about"), MAX_TEXT_CHARACTERS),
        usage=_read_text(keys.get("usage"), MAX_TEXT_CHARACTERS),
        architectures=_read_badges(keys.get("architectures"), ARCHITECTURES),
        operating_systems=_read_badges(keys.get("operating_systems"), OPERATING_SYSTEMS),
    )


def _read_text(field: Field | None, longest: int) -> str:
    if field is None:
        return ""
    text = _read_file(field) if isinstance(field.value, Entries) else field.text("a text or {file: docs/image.md}")
    if text is not None and len(text) > longest:
        field.problem(f"the text has {len(text)} characters, {longest} are allowed")
    return text or ""


def _read_file(field: Field) -> str | None:
    keys = field.mapping("a text or {file: docs/image.md}", required=("file",)) or {}
    name = keys["file"].text("a file's path, from where this file lies") if "file" in keys else None
    if name is None:
        return None
    try:
        text = (field.problems.directory / name).read_text(encoding="utf-8").strip()
    except OSError as err:
        keys["file"].problem(f"the file {name!r} cannot be read: {err.strerror or err}")
        return None
    except ValueError as err:
        what = "is not UTF-8" if isinstance(err, UnicodeDecodeError) else f"cannot be read: {err}"
        keys["file"].problem(f"the file {name!r} {what}")
        return None
    if not text:
        keys["file"].problem(f"the file {name!r} is empty")
    return text


def _read_badges(field: Field | None, allowed: tuple[str, ...]) -> tuple[str, ...]:
    if field is None:
        return ()
    found = [(item, item.choice(allowed)) for item in field.items("badges") or ()]
    badges = [(item, badge) for item, badge in found if badge is not None]
    unique(badges, "the badge")
    return tuple(badge for _, badge in badges)
