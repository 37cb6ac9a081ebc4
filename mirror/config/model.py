"""The resolved configuration: defaults applied, names expanded, everything checked.

What a person may write, and what it means, is in `mirror.config.reader` and the JSON Schema beside
`mirror.yaml`; here is only the result, which stacks, buildspecs and the engine share.
"""

import enum
from dataclasses import dataclass, field

from mirror.config.ecr import PullThroughCache, RegistrySettings, RepositorySettings
from mirror.config.operation import Compute, Network, Reports, Watch
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
    provenance: bool = False
    """Whether source reference, source digest and time are attached to the mirrored image."""
    referrers: bool = False
    """Whether signatures, SBOMs and attestations that are attached to the image are mirrored with it."""
    priority: int = 0
    """Who gets the pulls where they do not suffice for all, among images that are equally stale: the greatest first."""
    catalog: CatalogData = field(default_factory=CatalogData)
    adopt: tuple[DestinationName, ...] = ()
    """Where the repository is there already: the stacks leave it alone, the mirror pushes to it."""
    settings: tuple[tuple[DestinationName, RepositorySettings], ...] = ()
    """Of its repositories where they depart from their destination's; complete, not to be merged."""
    line: int = 0
    """Where in the file it stands; 0 when it does not come from a file."""


@dataclass(frozen=True, slots=True)
class RepositoryConfig:
    """A private repository for images that people build themselves; the mirror never writes to it."""

    name: str
    line: int = 0
    settings: RepositorySettings | None = None
    """`None`: those of the private destination."""


@dataclass(frozen=True, slots=True)
class DestinationConfig:
    """One destination registry."""

    prefix: str = ""
    """Without slashes at its ends; empty for none."""
    alias: str = ""
    """ECR Public's name of the account's registry, where it is known."""
    stacks: int = 1
    """Over how many stacks the repositories are divided; see docs/decisions/0003-stable-identities.md."""
    settings: RepositorySettings = field(default_factory=RepositorySettings)
    """Of every repository that does not say otherwise."""
    registry: RegistrySettings = field(default_factory=RegistrySettings)
    """Private ECR's only."""
    declared: bool = field(default=False, compare=False)
    """The section is in the file. Then all its stacks are in the app, so that one whose last repository left the file
    is taken away: docs/decisions/0009-stacks-that-become-empty.md."""

    def repository(self, name: str) -> str:
        """The repository's full name in this registry."""
        return f"{self.prefix}/{name}" if self.prefix else name


@dataclass(frozen=True, slots=True)
class Schedule:
    """When EventBridge starts a build: exactly one of `rate` and `cron`."""

    rate: str | None = None
    """As EventBridge writes it, without the word rate: ``6 hours``."""
    cron: str | None = None
    """Six fields, EventBridge's grammar, without the word cron."""
    timezone: str = "UTC"
    name: str = ""
    """Tells several schedules apart; empty for the only one."""
    images: tuple[str, ...] = ()
    """Globs over images' names; empty for all images."""
    window_minutes: int = 15
    """Builds start at some time in it; 0: on the minute."""


@dataclass(frozen=True, slots=True)
class DockerHubConfig:
    """How to meet Docker Hub."""

    keep_pulls: int = 0
    """So many pulls of the quota are left for others; what does not fit above them is deferred."""
    twins: tuple[str, ...] | None = None
    """Registries that may have the same content by digest: URLs with the path that stands before the names. `None`:
    Amazon's copy of the official images; empty: none."""
    credentials_secret: str | None = None
    """Name or ARN of the Secrets Manager secret with JSON `username` and `accessToken`; `None`: anonymous."""
    create_secret: bool = False
    """Whether the stack makes the secret, empty, for a person to fill; it then is given by name."""
    kms_key: str = ""
    """ARN of the key that encrypts the secret; empty for the one that AWS manages."""


@dataclass(frozen=True, slots=True)
class MirrorConfig:
    """The whole file."""

    images: tuple[ImageConfig, ...]
    repositories: tuple[RepositoryConfig, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    docker_hub: DockerHubConfig = field(default_factory=DockerHubConfig)
    public: DestinationConfig | None = field(default_factory=DestinationConfig)
    private: DestinationConfig | None = field(default_factory=DestinationConfig)
    pull_through_cache: PullThroughCache | None = None
    name: str = ""
    """Of the environment, before every fixed name that a deployment has; empty for the only one."""
    run_on_deploy: bool = False
    """Whether a deployment that changes the engine or the plan starts a build."""
    compute: Compute = field(default_factory=Compute)
    network: Network = field(default_factory=Network)
    watch: Watch | None = None
    """`None`: no metrics, no alarms."""
    reports: Reports | None = field(default_factory=Reports)
    """`None`: only the log."""
    shards: int = 1
    """How many builds share a run; more than one: the project's builds are batches."""
    parameters: bool = False
    """Whether the outputs are SSM parameters too."""
    version: int = 1

    def destination(self, name: DestinationName) -> DestinationConfig | None:
        """The registry's configuration, `None` when it is switched off."""
        return self.private if name is DestinationName.PRIVATE else self.public

    def images_to(self, name: DestinationName) -> tuple[ImageConfig, ...]:
        """The images that go there, in file order."""
        return tuple(image for image in self.images if name in image.to)

    def settings_of(self, name: DestinationName, image: ImageConfig) -> RepositorySettings:
        """Those of the image's repository in that registry."""
        destination = self.destination(name) or DestinationConfig()
        return dict(image.settings).get(name, destination.settings)

    def is_immutable(self, name: DestinationName, image: ImageConfig, tag: str) -> bool:
        """Whether the registry refuses to move this tag once it is there."""
        return name is DestinationName.PRIVATE and self.settings_of(name, image).mutability.is_immutable(tag)
