"""Which question a request asks (distribution-spec, *Endpoints*)."""

import re
from dataclasses import dataclass

_NAME = r"(?P<repository>[a-z0-9][a-z0-9._/-]*)"
_ROUTES = (
    ("base", re.compile(r"/v2/?")),
    ("upload", re.compile(rf"/v2/{_NAME}/blobs/uploads/(?P<reference>[A-Za-z0-9_=-]*)")),
    ("blob", re.compile(rf"/v2/{_NAME}/blobs/(?P<reference>[a-z0-9]+:[A-Za-z0-9]+)")),
    ("manifest", re.compile(rf"/v2/{_NAME}/manifests/(?P<reference>[A-Za-z0-9_][A-Za-z0-9._:-]*)")),
    ("tags", re.compile(rf"/v2/{_NAME}/tags/list")),
    ("referrers", re.compile(rf"/v2/{_NAME}/referrers/(?P<reference>[a-z0-9]+:[A-Za-z0-9]+)")),
)


@dataclass(frozen=True, slots=True)
class Route:
    """What is asked, of which repository, about what."""

    action: str
    repository: str = ""
    reference: str = ""


def route(path: str) -> Route | None:
    """The route of a path, `None` for what no registry answers."""
    for action, pattern in _ROUTES:
        match = pattern.fullmatch(path)
        if match is not None:
            found = match.groupdict()
            return Route(action, found.get("repository") or "", found.get("reference") or "")
    return None
