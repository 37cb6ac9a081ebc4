"""What is known when a run begins."""

from mirror.config.model import DestinationConfig, DestinationName
from mirror.report.events import Opening
from mirror.run.options import RunOptions
from mirror.run.places import Places


def opening(places: Places, options: RunOptions) -> Opening:
    """For whoever reads the first lines."""
    return Opening(
        images=len(places.config.images),
        source=places.source.host,
        destinations={str(name): _where(places, name) for name in places.destinations},
        user=places.user,
        anonymous=places.anonymous,
        dry_run=options.dry_run,
        deadline_seconds=options.deadline_seconds,
        keep_pulls=places.config.docker_hub.keep_pulls,
    )


def _where(places: Places, name: DestinationName) -> str:
    """Registry and prefix: what stands before every image's name."""
    prefix = (places.config.destination(name) or DestinationConfig()).prefix
    return places.pull_name(name, prefix)
