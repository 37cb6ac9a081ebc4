"""The registries of one run, and the repositories in them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from mirror.config.model import DestinationName, ImageConfig, MirrorConfig
from mirror.copier.target import Target
from mirror.credentials.docker_hub import HubCredentials
from mirror.credentials.registries import (
    Network,
    open_hub_tags,
    open_plain,
    open_private,
    open_public,
    open_source,
    open_twin,
)
from mirror.errors import ConfigError, CredentialsError, MirrorError, Problem
from mirror.registry.hub_tags import HubTags
from mirror.registry.protocols import Source
from mirror.registry.remote import RemoteRegistry
from mirror.registry.twin import OFFICIAL_TWIN, TwinRegistry, twin_name
from mirror.run.options import RunOptions


@dataclass(slots=True)
class Places:
    """The source, and the destinations by name."""

    config: MirrorConfig
    source: RemoteRegistry
    anonymous: bool
    """Whether Docker Hub is read without credentials."""
    user: str = ""
    """Who reads the source; empty where nobody is logged in."""
    destinations: dict[DestinationName, RemoteRegistry] = field(default_factory=dict)
    is_hub: bool = False
    """Whether the source is Docker Hub, or what stands for it in a sandbox."""
    hub_tags: HubTags | None = None
    """Who knows when tags were pushed; `None` where the source is not Docker Hub."""
    twins: list[TwinRegistry] = field(default_factory=list)
    failed: dict[DestinationName, MirrorError] = field(default_factory=dict)
    """Destinations that could not be opened: they fail alone."""

    def source_of(self, image: ImageConfig) -> Source:
        """The repository to read."""
        return self.source.repository(image.upstream)

    def twins_of(self, image: ImageConfig) -> tuple[Target, ...]:
        """Where else its content may be, by digest."""
        named = ((twin, twin_name(twin.registry.path, image.upstream)) for twin in self.twins)
        return tuple(
            Target(f"twin {twin.registry.host}", name, twin.repository(name))
            for twin, name in named
            if name is not None
        )

    def targets_of(self, image: ImageConfig) -> tuple[Target, ...]:
        """The repositories to write, in those destinations that could be opened."""
        return tuple(
            Target(name, repository, registry.repository(repository))
            for name, registry in self.destinations.items()
            if name in image.to and (repository := self.repository_name(name, image))
        )

    def immutable(self, image: ImageConfig, tag: str | None, targets: Iterable[Target]) -> frozenset[Target]:
        """Those of the targets in which the tag may not move once it is there."""
        if tag is None:
            return frozenset()
        return frozenset(
            target for target in targets if self.config.is_immutable(DestinationName(target.destination), image, tag)
        )

    def repository_name(self, name: DestinationName, image: ImageConfig) -> str:
        """The repository's name in that destination, with its prefix."""
        destination = self.config.destination(name)
        return destination.repository(image.name) if destination else image.name

    def pull_name(self, name: str, repository: str) -> str:
        """What a `FROM` line says; only the name where the registry could not be opened."""
        registry = self.destinations.get(DestinationName(name))
        return registry.pull_name(repository) if registry else repository


def open_places(
    network: Network,
    config: MirrorConfig,
    options: RunOptions,
    environ: Mapping[str, str],
    note: Callable[[str], None],
) -> Places:
    """Open what the images need. `CredentialsError` where there are none, `ConfigError` for a bad URL.

    Amazon's copy of the official images is a twin of Docker Hub only, not of a registry in its place.
    """
    is_hub = options.source is None or options.source_is_hub
    hub = HubCredentials(config.docker_hub.credentials_secret, environ) if is_hub else None
    source = open_source(network, options.source, hub)
    places = Places(config, source, hub.anonymous if hub else False, is_hub=is_hub)
    if hub is not None:
        found = hub()  # now, so that a secret that cannot be read ends the run before anything else
        places.user = found.username if found is not None else ""
    places.hub_tags = open_hub_tags(network, options.source, note) if is_hub else None
    default = () if options.source else (OFFICIAL_TWIN,)
    twins = config.docker_hub.twins if config.docker_hub.twins is not None else default
    places.twins = [open_twin(network, url, note) for url in twins]
    urls = {DestinationName.PRIVATE: options.private, DestinationName.PUBLIC: options.public}
    named = {name: url for name, url in urls.items() if url is not None}
    needed = [name for name in DestinationName if config.images_to(name) and (not named or name in named)]
    if not needed and config.images:
        raise ConfigError("command line", (_nothing_there(config, named),))
    if named:
        _leave_out(places, needed, note)
    for name in needed:
        try:
            places.destinations[name] = _open(network, name, named.get(name))
        except (CredentialsError, ConfigError):
            raise
        except MirrorError as err:
            places.failed[name] = err
    return places


def _leave_out(places: Places, needed: Collection[DestinationName], note: Callable[[str], None]) -> None:
    """Images that go to none of the registries that were named."""
    images = places.config.images
    kept = tuple(image for image in images if any(name in needed for name in image.to))
    if len(kept) < len(images):
        note(f"{len(images) - len(kept)} of {len(images)} images go elsewhere, so they are left out")
    places.config = replace(places.config, images=kept)


def _open(network: Network, name: DestinationName, url: str | None) -> RemoteRegistry:
    if url is not None:
        return open_plain(network, url, option=f"--{name}")
    return open_private(network) if name is DestinationName.PRIVATE else open_public(network)


def _nothing_there(config: MirrorConfig, named: Mapping[DestinationName, str]) -> Problem:
    goes = ", ".join(sorted({str(name) for image in config.images for name in image.to}))
    options = ", ".join(f"--{name}" for name in named)
    return Problem(0, 0, options, f"no image goes there; the images of the configuration go to: {goes or 'nowhere'}")
