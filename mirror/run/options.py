"""What a person asked of one run, beyond what mirror.yaml says."""

from dataclasses import dataclass

DEFAULT_JOBS = 16
"""Images in work at a time, and as many blobs. An image's steps are round trips, so a small machine keeps up."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of one run."""

    references: tuple[str, ...] = ()
    """Only these; empty means all that the configuration selects."""
    references_source: str = "--image"
    """Where they were typed, for messages."""
    dry_run: bool = False
    source: str | None = None
    """URL of a registry in Docker Hub's place."""
    source_is_hub: bool = False
    """Whether that one takes Docker Hub's credentials too: it was named where the project was deployed, not by whoever
    runs a command."""
    private: str | None = None
    public: str | None = None
    """URLs of registries in ECR's place. Naming one of them means that one only."""
    explain: bool = False
    """Whether to say of every tag that is listed upstream why it is in or out."""
    exact: bool = False
    """Whether a dry run reads the indexes that nobody has, a pull each, to count their children."""
    pull_limit: int | None = None
    """So many pulls at most, whatever is left; `None`: all that may be spent."""
    shard: tuple[int, int] | None = None
    """The number of this run, from 1, and how many start together. Without a `pull_limit` it spends no more than its
    even part of what it finds, so that all of them together stay above the floor."""
    sizes: bool = False
    """Whether a dry run also reads how large that is which is there already, for an estimate of costs."""
    deadline_seconds: float | None = None
    jobs: int = DEFAULT_JOBS
