"""Keys of `docker_hub` that say how pulls are saved: the floor, and where else content may come from."""

import re
from collections.abc import Mapping

from mirror.config.fields import Field
from mirror.config.located import Kind, Scalar

KEYS = ("keep_pulls", "twins")

TWIN_PATTERN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._/-]*)?")


def read_keep_pulls(keys: Mapping[str, Field]) -> int:
    """How many pulls of the quota are left for others."""
    field = keys.get("keep_pulls")
    return (field.whole_number(minimum=0) if field is not None else None) or 0


def read_twins(keys: Mapping[str, Field]) -> tuple[str, ...] | None:
    """URLs of registries; `None` for the usual ones, empty for none at all."""
    field = keys.get("twins")
    if field is None:
        return None
    if isinstance(field.value, Scalar) and field.value.kind is Kind.BOOLEAN:
        return None if field.value.is_true else ()
    what = "a list of registry URLs such as https://public.ecr.aws/docker/library, or false for none"
    found = (_read_twin(item) for item in field.items(what) or ())
    return tuple(url for url in found if url is not None)


def _read_twin(field: Field) -> str | None:
    text = field.text("the URL of a registry, with the path that stands before the names")
    if text is not None and TWIN_PATTERN.fullmatch(text) is None:
        field.problem(
            f"not the URL of a registry: {text!r} (https://host/path; user name and password do not belong here)"
        )
        return None
    return text.rstrip("/") if text is not None else None
