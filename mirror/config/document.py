"""The document as a whole: its sections in the order in which they need each other."""

from mirror.config.defaults import read_defaults
from mirror.config.destinations import read_destinations, read_docker_hub
from mirror.config.fields import Field, Problems
from mirror.config.images import read_images
from mirror.config.located import Entries, Kind, Scalar, Value
from mirror.config.model import DestinationName, MirrorConfig
from mirror.config.repositories import read_repositories
from mirror.config.schedule import read_schedule

VERSION = 1

_OPTIONAL = ("schedule", "docker_hub", "public", "private", "defaults", "images", "repositories")


def read_document(value: Value, problems: Problems) -> MirrorConfig:
    """The configuration in `value`. `ConfigError` with everything that is in `problems` at the end."""
    root = Field(value, "", problems)
    if not isinstance(value, Entries):
        root.problem(f"expected a mapping that begins with 'version: {VERSION}', got {value.describe()}")
        problems.raise_if_any()
    keys = root.mapping("a mapping", required=("version",), optional=_OPTIONAL) or {}
    if "version" in keys:
        _check_version(keys["version"])
    destinations = read_destinations(keys)
    defaults = read_defaults(keys.get("defaults"), destinations)
    images = read_images(keys.get("images"), defaults, destinations)
    config = MirrorConfig(
        images=images,
        repositories=read_repositories(keys.get("repositories"), images, destinations),
        schedule=read_schedule(keys.get("schedule")),
        docker_hub=read_docker_hub(keys.get("docker_hub")),
        public=destinations.configs[DestinationName.PUBLIC],
        private=destinations.configs[DestinationName.PRIVATE],
        version=VERSION,
    )
    problems.raise_if_any()
    return config


def _check_version(field: Field) -> None:
    is_number = isinstance(field.value, Scalar) and field.value.kind is Kind.WHOLE_NUMBER
    if not (is_number and isinstance(field.value, Scalar) and int(field.value.text) == VERSION):
        field.expected(f"the number {VERSION}, the only version there is")
