"""The resolved configuration: defaults applied, names expanded, everything checked.

What a person may write, and what it means, is in `mirror.config.reader` and the JSON Schema beside
`mirror.yaml`; here is only the result, which stacks, buildspecs and the engine share.
"""

import enum
from dataclasses import dataclass, field

from mirror.oci.digest import Digest
from mirror.oci.platform import Platform


class DestinationName(enum.StrEnum):
    """The two destinations of the product."""

    PRIVATE = "private"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class ExplicitTag:
    """A tag written out, optionally pinned: ``3.6.3-jdk-11`` or ``3.6.3-jdk-11@sha256:…``."""

    tag: str
    digest: Digest | None = None
    """The only content this tag may have; something else upstream is a failure."""


@dataclass(frozen=True, slots=True)
class ExplicitDigest:
    """Content without a tag: mirrored by digest only."""

    digest: Digest


@dataclass(frozen=True, slots=True)
class TagPattern:
    """Chooses among the tags that exist upstream.

    At most one of `glob`, `regex`, `semver` is set; none of them only with `latest`.
    """

    glob: str | None = None
    regex: str | None = None
    semver: str | None = None
    """A range such as ``>=17 <22``; see `mirror.planning.selection`."""
    prefix: str = ""
    suffix: str = ""
    """Literal text around the version, with `semver`: ``-jre``."""
    prerelease: bool = False
    """Whether pre-release versions take part."""
    latest: int | None = None
    """Keep only this many, the greatest by `order`."""
    order: str = "version"
    """``version`` or ``pushed``."""
    required: bool = False
    """Whether matching nothing is an error rather than a warning."""


TagSelector = ExplicitTag | ExplicitDigest | TagPattern


@dataclass(frozen=True, slots=True)
class CatalogData:
    """What the ECR Public gallery shows. Texts are Markdown; absent ones are empty."""

    description: str = ""
    about: str = ""
    usage: str = ""
    architectures: tuple[str, ...] = ()
    operating_systems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """One image of Docker Hub, and which of its tags go where."""

    name: str
    """As people write it: ``maven``, ``bitnami/redis``. Also the repository's name below the prefix."""
    upstream: str
    """The repository on Docker Hub: ``library/maven``."""
    selectors: tuple[TagSelector, ...]
    exclude: tuple[str, ...] = ()
    """Globs; a tag that matches one is out, whatever selected it."""
    to: tuple[DestinationName, ...] = (DestinationName.PUBLIC,)
    platforms: tuple[Platform, ...] = ()
    """Empty: every platform, the index kept byte for byte."""
    catalog: CatalogData = field(default_factory=CatalogData)
    line: int = 0
    """Where in the file it stands; 0 when it does not come from a file."""


@dataclass(frozen=True, slots=True)
class RepositoryConfig:
    """A private repository for images that people build themselves; the mirror never writes to it."""

    name: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class DestinationConfig:
    """One destination registry."""

    prefix: str = ""
    """Without slashes at its ends; empty for none."""

    def repository(self, name: str) -> str:
        """The repository's full name in this registry."""
        return f"{self.prefix}/{name}" if self.prefix else name


@dataclass(frozen=True, slots=True)
class Schedule:
    """When EventBridge starts the build: exactly one of `rate` and `cron`."""

    rate: str | None = None
    """As EventBridge writes it, without the word rate: ``6 hours``."""
    cron: str | None = None
    """Six fields, EventBridge's grammar, without the word cron."""
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class DockerHubConfig:
    """How to meet Docker Hub."""

    credentials_secret: str | None = None
    """Name or ARN of the Secrets Manager secret with JSON `username` and `accessToken`; `None`: anonymous."""


@dataclass(frozen=True, slots=True)
class MirrorConfig:
    """The whole file."""

    images: tuple[ImageConfig, ...]
    repositories: tuple[RepositoryConfig, ...] = ()
    schedule: Schedule | None = None
    docker_hub: DockerHubConfig = field(default_factory=DockerHubConfig)
    public: DestinationConfig | None = field(default_factory=DestinationConfig)
    private: DestinationConfig | None = field(default_factory=DestinationConfig)
    version: int = 1

    def destination(self, name: DestinationName) -> DestinationConfig | None:
        """The registry's configuration, `None` when it is switched off."""
        return self.private if name is DestinationName.PRIVATE else self.public

    def images_to(self, name: DestinationName) -> tuple[ImageConfig, ...]:
        """The images that go there, in file order."""
        return tuple(image for image in self.images if name in image.to)
