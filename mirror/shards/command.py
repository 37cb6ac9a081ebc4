"""The steps of a batch, as the command line calls them: `divide`, `shard` and `combine`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from mirror.config.model import ImageConfig, MirrorConfig
from mirror.credentials.registries import Network, open_hub_tags
from mirror.errors import ConfigError, MirrorError, NotFoundError, Problem
from mirror.publish import REPORT, Shelf, finish
from mirror.report import earlier
from mirror.report.events import Listener
from mirror.report.lines import repository
from mirror.report.model import Action, RunReport, count_actions
from mirror.report.units import bytes_text, count_text
from mirror.run import RunOptions, run
from mirror.shards import combine as combining
from mirror.shards.divide import SizesOf, divide
from mirror.shards.files import Division, Part, batch_name, new_id
from mirror.shards.turn import end_turn, take_turn
from mirror.transport.clock import Deadline, SystemClock

SIZES_SECONDS = 60.0
"""For an estimate, no longer: a page of tags is one question, and there may be a thousand images."""

TURN_DEADLINES = 3
"""How many times a build's deadline a batch that was never heard of again keeps those of schedules from beginning."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """Where the builds of one batch meet."""

    shelf: Shelf
    name: str
    shards: int


def open_batch(shelf: Shelf | None, environ: Mapping[str, str], shards: int) -> Batch:
    """`ConfigError` where there is no place to meet."""
    if shelf is None:
        problem = Problem(
            0, 0, "--report-dir", "shards meet in a directory that all of them see, or MIRROR_REPORT_BUCKET"
        )
        raise ConfigError("command line", (problem,))
    return Batch(shelf, batch_name(environ), shards)


def divide_plan(
    config: MirrorConfig,
    options: RunOptions,
    batch: Batch,
    *,
    environ: Mapping[str, str],
    listener: Listener,
    say: Say,
    yields: bool = False,
) -> RunReport | None:
    """Plan all of it, spending no pull, and write down who takes what; the plan.

    `None`: another batch is at work, and this one `yields`.

    `ConfigError` and `CredentialsError` as from a run: no shard could do better.
    """
    if not options.dry_run and options.deadline_seconds is not None:
        # Builds may have to queue between each other; none of them works for longer than its deadline.
        hold = timedelta(seconds=TURN_DEADLINES * options.deadline_seconds)
        other = take_turn(batch.shelf, batch.name, hold=hold, now=datetime.now(UTC), yields=yields)
        if other:
            Division(new_id(environ), batch.shards, {}, yields_to=other).write(batch.shelf, batch.name)
            say(f"batch {other} is at work: this one does nothing")
            return None
    try:
        planned = run(config, replace(options, dry_run=True), environ=environ, listener=listener)
    except MirrorError:
        end(batch, say)
        raise
    before = None
    try:
        content = batch.shelf.read(REPORT)
        document = earlier.load(content) if content is not None else None
        before = earlier.read(document) if document is not None else None
    except MirrorError as err:
        say(f"no earlier report: {err}")
    with Network.open(Deadline.after(SystemClock(), SIZES_SECONDS)) as network:
        sizes_of = _hub_sizes(network, options, say)
        made = divide(config, planned, before, shards=batch.shards, division=new_id(environ), sizes_of=sizes_of)
    for line in _lines(made, planned):
        say(line)
    made.write(batch.shelf, batch.name)
    return planned


def yielding(batch: Batch) -> str:
    """The batch that this one was told to yield to; empty: none."""
    try:
        division = Division.read(batch.shelf, batch.name)
    except MirrorError:
        return ""  # whoever needs it will say so
    return division.yields_to if division is not None else ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one shard does."""

    config: MirrorConfig
    """With its images only."""
    options: RunOptions
    division: str
    number: int


def take(config: MirrorConfig, options: RunOptions, batch: Batch, number: int, say: Say) -> Taken:
    """The part of shard `number`. `MirrorError` when nobody can tell: by a guess, images might be left out."""
    division = Division.read(batch.shelf, batch.name)
    if division is None:
        say("nobody divided the plan: images are taken by their names")
    elif division.shards != batch.shards:
        say(f"the plan was divided over {division.shards} shards, not {batch.shards}: images are taken by their names")
        division = None
    mine = tuple(image for image in config.images if combining.shard_of(image.name, division, batch.shards) == number)
    say(f"shard {number} of {batch.shards}: {count_text(len(mine), 'image')} of {len(config.images)}")
    limit = division.pulls[number - 1] if division is not None and division.pulls is not None else None
    return Taken(
        replace(config, images=mine),
        replace(options, shard=(number, batch.shards), pull_limit=limit),
        division.id if division is not None else "",
        number,
    )


def leave(report: RunReport, taken: Taken, batch: Batch, environ: Mapping[str, str]) -> RunReport:
    """Keep the shard's report for the step that combines. `MirrorError` when that does not work."""
    report = finish(report, None, partial=True, environ=environ)
    Part(taken.division, taken.number, batch.shards, report).write(batch.shelf, batch.name)
    return report


def combine_parts(config: MirrorConfig, batch: Batch, *, listener: Listener, say: Say) -> tuple[RunReport, bool]:
    """The report of the whole batch, told as that of a run is; and whether every shard left its part."""
    division = _division(batch, say)
    found = {number: part for number in range(1, batch.shards + 1) if (part := _part(batch, number, say)) is not None}
    if division is not None and division.shards == batch.shards:
        expected = division.id
    else:
        # Parts that go together say so; older ones are another batch's.
        expected = max(found.values(), key=lambda part: part.report.started).division if found else ""
    parts = {number: part for number, part in found.items() if part.division == expected}
    for number in range(1, batch.shards + 1):
        if number in parts:
            say(f"shard {number}: {_told(parts[number].report)}")
        else:
            say(combining.reason(number) + (": what is there is another batch's" if number in found else ""))
    report = combining.combine(config, division, list(parts.values()), shards=batch.shards, now=datetime.now(UTC))
    for image in report.images:
        if image.action not in {Action.UNCHANGED, Action.KEPT}:
            listener.finished(image)
    listener.ended(report)
    return report, len(parts) == batch.shards


def end(batch: Batch, say: Say) -> None:
    """Let the next batch begin."""
    try:
        end_turn(batch.shelf, batch.name)
    except MirrorError as err:
        say(str(err))


def _division(batch: Batch, say: Say) -> Division | None:
    try:
        return Division.read(batch.shelf, batch.name)
    except MirrorError as err:
        say(str(err))
        return None


def _part(batch: Batch, number: int, say: Say) -> Part | None:
    try:
        part = Part.read(batch.shelf, batch.name, number)
    except MirrorError as err:
        say(str(err))
        return None
    return part if part is not None and (part.shard, part.shards) == (number, batch.shards) else None


def _told(report: RunReport) -> str:
    counts = ", ".join(f"{count} {action}" for action, count in count_actions(report.images).items())
    build = f", build {report.build}" if report.build else ""
    return f"{counts or 'nothing to do'}, {count_text(report.pulls, 'pull')}{build}"


def _hub_sizes(network: Network, options: RunOptions, say: Say) -> SizesOf:
    """Docker Hub's word on sizes; nothing where another registry is read, nor from where it stops answering."""
    if options.source is not None and not options.source_is_hub:
        return lambda _image, _tags: {}
    hub = open_hub_tags(network, options.source, say)
    silent = False

    def sizes_of(image: ImageConfig, tags: Sequence[str]) -> Mapping[str, int]:
        nonlocal silent
        if silent:
            return {}
        try:
            return hub.sizes(image.upstream, tags, image.platforms)
        except NotFoundError:
            return {}
        except MirrorError as err:
            silent = True
            say(f"sizes are not known, and taken to be as those that are: {err}")
            return {}

    return sizes_of


def _lines(division: Division, planned: RunReport) -> list[str]:
    lines = []
    for number in range(1, division.shards + 1):
        images = [name for name, shard in division.shard_of.items() if shard == number]
        references = [each for each in planned.images if division.shard_of[repository(each.reference)] == number]
        pulls = "" if division.pulls is None else f", {count_text(division.pulls[number - 1], 'pull')} at most"
        weight = bytes_text(division.weights[number - 1])
        what = f"{count_text(len(images), 'image')}, {count_text(len(references), 'reference')}"
        lines.append(f"shard {number} of {division.shards}: {what}, weight {weight}{pulls}")
    return lines
