"""The document as a whole: its sections in the order in which they need each other."""

from mirror.config.compute import read_compute
from mirror.config.defaults import read_defaults
from mirror.config.destinations import read_destinations
from mirror.config.docker_hub import read_docker_hub
from mirror.config.environment import named, read_name
from mirror.config.fields import Field, Problems
from mirror.config.images import read_images
from mirror.config.located import Entries, Kind, Scalar, Value
from mirror.config.model import DestinationName, MirrorConfig
from mirror.config.network import read_network
from mirror.config.pull_through import read_pull_through_cache
from mirror.config.reports import read_reports
from mirror.config.repositories import read_repositories
from mirror.config.schedule import read_schedules
from mirror.config.shards import read_shards
from mirror.config.watch import read_watch

VERSION = 1

_OPTIONAL = (
    "name",
    "schedule",
    "run_on_deploy",
    "docker_hub",
    "public",
    "private",
    "defaults",
    "images",
    "repositories",
    "pull_through_cache",
    "compute",
    "shards",
    "network",
    "watch",
    "reports",
    "parameters",
)


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
    docker_hub = read_docker_hub(keys.get("docker_hub"))
    secret = docker_hub.credentials_secret
    compute = read_compute(keys.get("compute"))
    reports = read_reports(keys.get("reports"))
    config = MirrorConfig(
        images=images,
        repositories=read_repositories(keys.get("repositories"), images, destinations),
        schedules=read_schedules(keys.get("schedule"), images),
        docker_hub=docker_hub,
        public=destinations.configs[DestinationName.PUBLIC],
        private=destinations.configs[DestinationName.PRIVATE],
        pull_through_cache=read_pull_through_cache(keys.get("pull_through_cache"), secret, destinations),
        run_on_deploy=_is_true(keys.get("run_on_deploy")),
        compute=compute,
        network=read_network(keys.get("network"), compute),
        watch=read_watch(keys.get("watch")),
        reports=reports,
        shards=read_shards(keys.get("shards"), reports),
        parameters=_is_true(keys.get("parameters")),
        version=VERSION,
    )
    config = named(config, read_name(keys.get("name")))
    problems.raise_if_any()
    return config


def _is_true(field: Field | None) -> bool:
    return field is not None and bool(field.boolean())


def _check_version(field: Field) -> None:
    is_number = isinstance(field.value, Scalar) and field.value.kind is Kind.WHOLE_NUMBER
    if not (is_number and isinstance(field.value, Scalar) and int(field.value.text) == VERSION):
        field.expected(f"the number {VERSION}, the only version there is")
