"""The order of a run: select, survey, copy, report."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime

from mirror.config.model import MirrorConfig
from mirror.copier.blobs import BlobBoard
from mirror.copier.image import ImageCopier, ImageOutcome
from mirror.copier.manifests import ManifestCache
from mirror.copier.progress import Progress
from mirror.copier.target import Target
from mirror.credentials.registries import Network
from mirror.errors import CredentialsError, MirrorError, UnsupportedError
from mirror.planning.narrow import narrow
from mirror.planning.selection import Selected, describe, needs_listing, select
from mirror.planning.survey import Surveyed, Wanted, survey
from mirror.report.events import Listener
from mirror.report.model import ImageResult, RunReport
from mirror.run.groups import Group, group
from mirror.run.options import RunOptions
from mirror.run.places import Places, open_places
from mirror.run.results import Results
from mirror.transport.clock import Clock, Deadline, SystemClock

PROGRESS_SECONDS = 5.0
# Between two lines of progress: often enough to see that something moves, seldom enough for a log.


def run(
    config: MirrorConfig,
    options: RunOptions,
    *,
    environ: Mapping[str, str],
    listener: Listener,
    clock: Clock | None = None,
) -> RunReport:
    """Do what the configuration says, and report it.

    Raises `ConfigError` and `CredentialsError` before anything was changed; everything that goes wrong with one
    image or one destination is in the report.
    """
    clock = clock or SystemClock()
    started = datetime.fromtimestamp(clock.wall(), UTC)
    if options.references:
        config = narrow(config, options.references, source=options.references_source)
    deadline = Deadline.after(clock, options.deadline_seconds)
    with (
        Network.open(deadline, on_wait=listener.note) as network,
        ThreadPoolExecutor(options.jobs, "image") as workers,
        ThreadPoolExecutor(options.jobs, "blob") as blob_workers,
    ):
        places = open_places(network, config, options, environ)
        results = Results(places)
        wanted, unselected, notes = _wanted(config, places, workers)
        listener.started(
            images=len(wanted) + len(unselected),
            source=places.source.host,
            destinations=[f"{name} ({place.pull_name('')})" for name, place in places.destinations.items()],
            anonymous=places.anonymous,
            dry_run=options.dry_run,
        )
        surveyed = survey(wanted, workers, network.lookups)
        _refuse_bad_credentials(surveyed)
        before = places.source.meter.first
        if options.dry_run:
            images = _plan(surveyed, results, network.lookups)
            listener.planned([*unselected, *images])
        else:
            settled = {id(each): results.settled(each) for each in surveyed if not each.pending}
            groups = group(surveyed)
            listener.planned([*unselected, *_outline(surveyed, results, settled)])
            progress = Progress()
            board = BlobBoard(blob_workers, network.lookups, progress, deadline)
            copier = ImageCopier(board, ManifestCache(), network.lookups, progress, deadline)
            done = {**settled, **_copy(groups, copier, workers, results=results, listener=listener)}
            images = [done[id(each)] for each in surveyed]
        report = RunReport(
            started=started,
            finished=datetime.fromtimestamp(clock.wall(), UTC),
            dry_run=options.dry_run,
            images=(*unselected, *images),
            quota_before=before,
            quota_after=places.source.meter.last,
            anonymous=places.anonymous,
            notes=tuple(notes),
        )
    listener.ended(report)
    return report


def _wanted(
    config: MirrorConfig, places: Places, workers: Executor
) -> tuple[list[Wanted], list[ImageResult], list[str]]:
    """All references, with tags listed side by side where selectors need it."""
    listings = {
        image.name: workers.submit(lambda source: list(source.tags()), places.source_of(image))
        for image in config.images
        if needs_listing(image)
    }
    wanted: list[Wanted] = []
    failed: list[ImageResult] = []
    notes: list[str] = []
    results = Results(places)
    for image in config.images:
        try:
            listed: Sequence[str] = listings[image.name].result() if image.name in listings else ()
        except CredentialsError:
            raise
        except MirrorError as err:
            failed.append(results.failed(image.name, err))
            continue
        selection = select(image, listed)
        for pattern in selection.unmatched:
            message = f"{image.name}: {describe(pattern)} matches none of {len(listed)} tags"
            if pattern.required:
                failed.append(results.failed(image.name, UnsupportedError(message)))
            else:
                notes.append(message)
        source, targets = places.source_of(image), places.targets_of(image)
        wanted += [Wanted(_name(image.name, each), image, each, source, targets) for each in selection.selected]
    return wanted, failed, notes


def _name(image: str, selected: Selected) -> str:
    return f"{image}:{selected.tag}" if selected.tag else f"{image}@{selected.digest}"


def _refuse_bad_credentials(surveyed: Sequence[Surveyed]) -> None:
    """Credentials that the source does not accept fail the run as a whole: nothing else can come of it."""
    errors = [each.error for each in surveyed]
    first = next((error for error in errors if isinstance(error, CredentialsError)), None)
    if first is not None and all(isinstance(error, CredentialsError) for error in errors):
        raise first


def _outline(surveyed: Sequence[Surveyed], results: Results, settled: Mapping[int, ImageResult]) -> list[ImageResult]:
    """What is known before copying; whether content is there under another name shows itself later."""
    return [settled.get(id(each)) or results.planned(each, frozenset(each.holders)) for each in surveyed]


def _plan(surveyed: Sequence[Surveyed], results: Results, side: Executor) -> list[ImageResult]:
    asked = [
        (each, target, side.submit(target.store.has_manifest, each.upstream.digest))
        for each in surveyed
        for target in each.pending
        if each.upstream is not None and target not in each.holders and not each.is_filtered
    ]
    holding: dict[int, set[Target]] = {id(each): set(each.holders) for each in surveyed}
    for each, target, answer in asked:
        try:
            if answer.result():
                holding[id(each)].add(target)
        except MirrorError as err:
            each.errors[target] = err
    return [
        results.planned(each, frozenset(holding[id(each)])) if each.pending else results.settled(each)
        for each in surveyed
    ]


def _copy(
    groups: Sequence[Group], copier: ImageCopier, workers: Executor, *, results: Results, listener: Listener
) -> dict[int, ImageResult]:
    """Copy all groups; results by the identity of what was surveyed."""
    done: dict[int, ImageResult] = {}
    futures = {workers.submit(_timed, each, copier): each for each in groups}
    for future in _as_they_end(futures, listener, copier.progress):
        outcome, seconds = future.result()
        for number, member in enumerate(futures[future].members):
            result = results.copied(member, outcome, charged=number == 0, seconds=seconds)
            done[id(member)] = result
            listener.finished(result)
    return done


def _as_they_end(
    futures: Mapping[Future[tuple[ImageOutcome, float]], Group], listener: Listener, progress: Progress
) -> Iterator[Future[tuple[ImageOutcome, float]]]:
    pending = set(futures)
    while pending:
        ended, pending = wait(pending, timeout=PROGRESS_SECONDS, return_when=FIRST_COMPLETED)
        if not ended:
            listener.moving(progress.now)
        yield from ended


def _timed(each: Group, copier: ImageCopier) -> tuple[ImageOutcome, float]:
    start = time.monotonic()
    return each.copy(copier), time.monotonic() - start
