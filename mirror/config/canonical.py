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
from mirror.config.ecr import Mutability
from mirror.config.fields import Problems
from mirror.config.model import (
    DestinationConfig,
    DestinationName,
    DockerHubConfig,
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
        "docker_hub": _docker_hub(config.docker_hub),
        "images": [_image(image, config) for image in config.images],
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def loads(text: str, *, source: str) -> MirrorConfig:
    """What `dumps` wrote; `ConfigError` for anything that `mirror.yaml` could not say either."""
    return read_document(located.from_json(text, source=source), Problems(source))


def _docker_hub(config: DockerHubConfig) -> dict[str, Any]:
    twins = list(config.twins) if config.twins else config.twins
    return _present(
        credentials_secret=config.credentials_secret,
        keep_pulls=config.keep_pulls or None,
        twins=False if twins == () else twins,
    )


def _destination(config: DestinationConfig | None) -> Any:
    if config is None:
        return False
    return _present(prefix=config.prefix or None, mutability=_mutability(config.settings.mutability, Mutability()))


def _mutability(mutability: Mutability, default: Mutability) -> Any:
    if mutability == default:
        return None
    word = "immutable" if mutability.immutable else "mutable"
    return {f"{word}_except": list(mutability.exceptions)} if mutability.exceptions else word


def _image(image: ImageConfig, config: MirrorConfig) -> dict[str, Any]:
    registry = config.private or DestinationConfig()
    own = config.settings_of(DestinationName.PRIVATE, image).mutability
    return _present(
        name=image.name,
        tags=[_selector(selector) for selector in image.selectors],
        to=[str(name) for name in image.to],
        # An empty list may not be written: it would read as "no platform".
        platforms=[str(platform) for platform in image.platforms] or None,
        exclude=list(image.exclude) or None,
        referrers=image.referrers or None,
        provenance=image.provenance or None,
        priority=image.priority or None,
        # Nothing is ever removed from these.
        adopt=[str(name) for name in image.adopt] or None,
        # Only this of the settings: a run has to know which tags stay as they are.
        private=_present(mutability=_mutability(own, registry.settings.mutability)) or None,
    )


def _selector(selector: TagSelector) -> Any:
    if isinstance(selector, ExplicitTag):
        return selector.tag if selector.digest is None else f"{selector.tag}@{selector.digest}"
    if isinstance(selector, ExplicitDigest):
        return str(selector.digest)
    return {key: value for key, value in asdict(selector).items() if value != _PATTERN_DEFAULTS[key]}


def _present(**members: Any) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value is not None}
