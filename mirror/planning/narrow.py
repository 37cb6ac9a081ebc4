"""Narrowing a run: to references that a person typed (`--image`, or `MIRROR_IMAGES` in the console), or to a scope that
a schedule passes (`MIRROR_SCOPE`).
"""

import dataclasses
import difflib
import fnmatch
from collections.abc import Sequence

from mirror.config.model import ExplicitDigest, ExplicitTag, ImageConfig, MirrorConfig, TagSelector
from mirror.errors import ConfigError, Problem
from mirror.oci.reference import DOCKER_HUB, Reference


def narrow(config: MirrorConfig, references: Sequence[str], *, source: str) -> MirrorConfig:
    """The configuration with only these references; a name without tag and digest means all that the file selects.

    Tags that the file does not list are allowed, repositories that it does not declare are not: nothing would
    exist to put them into. `ConfigError` with every bad reference; `source` says where they were typed.
    """
    by_upstream = {image.upstream: image for image in config.images}
    problems: list[Problem] = []
    chosen: dict[str, list[TagSelector] | None] = {}
    for text in references:
        try:
            reference = Reference.parse(text)
        except ValueError as err:
            problems.append(Problem(0, 0, source, str(err)))
            continue
        image = by_upstream.get(reference.repository) if reference.registry == DOCKER_HUB else None
        if image is None:
            problems.append(Problem(0, 0, source, _undeclared(text, reference, config)))
            continue
        selectors = chosen.setdefault(image.name, [])
        if reference.tag is None and reference.digest is None:
            chosen[image.name] = None
        elif selectors is not None:
            selectors.append(_selector(reference))
    if problems:
        raise ConfigError(source, tuple(problems))
    images = tuple(_only(image, chosen[image.name]) for image in config.images if image.name in chosen)
    return dataclasses.replace(config, images=images)


def narrow_to_scope(config: MirrorConfig, globs: Sequence[str], *, source: str) -> MirrorConfig:
    """The configuration with only the images whose names match one of `globs`.

    `ConfigError` with every glob that matches none: the schedule and the plan then are of different deployments.
    """
    names = [image.name for image in config.images]
    problems = [
        Problem(0, 0, source, f"{glob!r} matches none of the {len(names)} images{_near(glob, names)}")
        for glob in globs
        if not any(fnmatch.fnmatchcase(name, glob) for name in names)
    ]
    if problems:
        raise ConfigError(source, tuple(problems))
    images = tuple(image for image in config.images if any(fnmatch.fnmatchcase(image.name, glob) for glob in globs))
    return dataclasses.replace(config, images=images)


def _selector(reference: Reference) -> TagSelector:
    if reference.tag is not None:
        return ExplicitTag(reference.tag, reference.digest)
    if reference.digest is None:
        raise AssertionError("a reference without tag and digest has no selector")
    return ExplicitDigest(reference.digest)


def _only(image: ImageConfig, selectors: list[TagSelector] | None) -> ImageConfig:
    if selectors is None:
        return image
    return dataclasses.replace(image, selectors=tuple(dict.fromkeys(selectors)), exclude=())


def _undeclared(text: str, reference: Reference, config: MirrorConfig) -> str:
    name = reference.familiar_name
    names = [image.name for image in config.images]
    hint = _near(name, names)
    declared = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return (
        f"got {text!r}, but no repository is declared for {name}{hint}. "
        f"Add it to mirror.yaml and deploy, or take one of: {declared or '(none)'}"
    )


def _near(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
