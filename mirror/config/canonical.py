"""The configuration as the engine reads it in a build: JSON, and only what the engine needs.

It is the same document that people write, in the long form with all defaults filled in, so the same checks read it; but
it needs no PyYAML. What only the deployment uses is left out (schedule, gallery texts, own repositories, lines), so a
change there does not change the file and the asset that holds it.
"""

import json
from dataclasses import asdict
from typing import Any

from mirror.config import located
from mirror.config.document import read_document
from mirror.config.fields import Problems
from mirror.config.model import (
    DestinationConfig,
    ExplicitDigest,
    ExplicitTag,
    ImageConfig,
    MirrorConfig,
    TagPattern,
    TagSelector,
)

_PATTERN_DEFAULTS = asdict(TagPattern())


def dumps(config: MirrorConfig) -> str:
    """The canonical text: the same for configurations that mean the same to the engine, to the byte."""
    document: dict[str, Any] = {
        "version": config.version,
        "public": _destination(config.public),
        "private": _destination(config.private),
        "docker_hub": _present(credentials_secret=config.docker_hub.credentials_secret),
        "images": [_image(image) for image in config.images],
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def loads(text: str, *, source: str) -> MirrorConfig:
    """What `dumps` wrote; `ConfigError` for anything that `mirror.yaml` could not say either."""
    return read_document(located.from_json(text, source=source), Problems(source))


def _destination(config: DestinationConfig | None) -> Any:
    return False if config is None else _present(prefix=config.prefix or None)


def _image(image: ImageConfig) -> dict[str, Any]:
    return _present(
        name=image.name,
        tags=[_selector(selector) for selector in image.selectors],
        to=[str(name) for name in image.to],
        # An empty list may not be written: it would read as "no platform".
        platforms=[str(platform) for platform in image.platforms] or None,
        exclude=list(image.exclude) or None,
    )


def _selector(selector: TagSelector) -> Any:
    if isinstance(selector, ExplicitTag):
        return selector.tag if selector.digest is None else f"{selector.tag}@{selector.digest}"
    if isinstance(selector, ExplicitDigest):
        return str(selector.digest)
    return {key: value for key, value in asdict(selector).items() if value != _PATTERN_DEFAULTS[key]}


def _present(**members: Any) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value is not None}
