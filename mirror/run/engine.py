"""The order of a run: select, survey, copy, report."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mirror.config.model import ImageConfig, MirrorConfig, TagPattern
from mirror.copier.blobs import BlobBoard
from mirror.copier.budget import Budget
from mirror.copier.image import ImageCopier, ImageOutcome
from mirror.copier.manifests import ManifestCache
from mirror.copier.progress import Progress
from mirror.copier.target import Target
from mirror.credentials.registries import Network
from mirror.errors import CredentialsError, MirrorError, UnexpectedError, UnsupportedError
from mirror.planning.narrow import narrow
from mirror.planning.selection import PushDates, Selected, Selection, describe, needs_listing, select
from mirror.planning.survey import Surveyed, Wanted, survey
from mirror.report.events import Listener
from mirror.report.model import ImageResult, RunReport
from mirror.run.attachments import attach
from mirror.run.groups import Group, group, in_order
from mirror.run.opening import opening
from mirror.run.options import RunOptions
from mirror.run.outline import fits, outline, remarks
from mirror.run.places import Places, open_places
from mirror.run.provenance import record
from mirror.run.results import Results
from mirror.run.share import remaining
from mirror.transport.clock import Clock, Deadline, SystemClock

if TYPE_CHECKING:
    from mirror.run.forecast import Forecast

_UNMATCHED = "Look at the tags upstream (plan --explain tells them), or take `required` away."

PROGRESS_SECONDS = 0.5
# At most, between two words about progress: often enough for a bar. A log makes fewer lines of them.


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
    started = _moment(clock)
    if options.references:
        config = narrow(config, options.references, source=options.references_source)
    deadline = Deadline.after(clock, options.deadline_seconds)
    with (
        Network.open(deadline, on_wait=listener.note) as network,
        ThreadPoolExecutor(options.jobs, "image") as workers,
        ThreadPoolExecutor(options.jobs, "blob") as blob_workers,
    ):
        said: list[str] = []
        places = open_places(network, config, options, environ, said.append)
        results = Results(places)
        listener.started(opening(places, options))
        wanted, unselected, notes = _wanted(
            places.config, places, workers, listener.explained if options.explain else None
        )
        surveyed = survey(wanted, workers, network.lookups)
        if any(each.error is not None for each in surveyed):
            from mirror.run import vanished  # noqa: PLC0415 - likewise

            _refuse_bad_credentials(surveyed)
            vanished.mark(surveyed, places)
        before = places.source.meter.first
        groups = in_order(group(surveyed))
        progress = Progress()
        board = BlobBoard(blob_workers, network.lookups, progress, network.retry)
        budget = _budget(places, options)
        copier = ImageCopier(board, ManifestCache(), network.lookups, progress, deadline, budget)
        costs: Mapping[int, Forecast] = {}
        if groups and (options.dry_run or budget.available is not None):
            from mirror.run.forecast import Forecaster  # noqa: PLC0415 - a run with nothing new need not wait for it

            costs = Forecaster(
                workers,
                network.lookups,
                copier.manifests,
                copier.holdings,
                places.twins_of,
                places.hub_tags,
                exact=options.exact,
                plan_only=options.dry_run,
            ).forecast(groups)
        if options.dry_run:
            said += remarks(costs, budget, before, anonymous=places.anonymous)
            images = outline(surveyed, groups, costs, results, budget)
            if options.sizes:
                from mirror.run.sizes import measure  # noqa: PLC0415 - only an estimate of costs waits for it

                images = measure(surveyed, images, workers)
            listener.planned([*unselected, *images], places.source.meter.last)
        else:
            settled = {id(each): results.settled(each) for each in surveyed if not each.pending}
            budget.fits = fits(costs, budget)
            planned = outline(surveyed, groups, costs, results)
            listener.planned([*unselected, *planned], places.source.meter.last)
            for remark in remarks(costs, budget, before, anonymous=places.anonymous):
                listener.note(remark)
            done = {
                **settled,
                **_copy(groups, copier, workers, costs=costs, places=places, results=results, listener=listener),
            }
            images = attach(surveyed, [done[id(each)] for each in surveyed], copier, workers)
            images = record(surveyed, images, _moment(clock).isoformat(timespec="seconds"), network.lookups)
        report = RunReport(
            started=started,
            finished=_moment(clock),
            dry_run=options.dry_run,
            images=(*unselected, *images),
            quota_before=before,
            quota_after=places.source.meter.last,
            anonymous=places.anonymous,
            notes=(*notes, *said),
        )
    listener.ended(report)
    return report


def _wanted(
    config: MirrorConfig, places: Places, workers: Executor, explain: Callable[[str], None] | None
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
        listed: Sequence[str] = ()
        try:
            listed = listings[image.name].result() if image.name in listings else ()
            selection = select(image, listed, push_dates=_push_dates(image, places, notes))
        except CredentialsError:
            raise
        except MirrorError as err:
            selection, lost = _without_list(image, err, places)
            failed += [] if lost is None else [results.failed(image, lost)]
        if explain is not None:
            _explain(image, listed if image.name in listings else None, selection, explain)
        for pattern in selection.unmatched:
            message = f"{image.name}: {describe(pattern)} matches none of {len(listed)} tags"
            if pattern.required:
                failed.append(results.failed(image, UnsupportedError(message, advice=_UNMATCHED)))
            else:
                notes.append(message)
        source, targets = places.source_of(image), places.targets_of(image)
        wanted += [
            Wanted(_name(image.name, each), image, each, source, targets, places.immutable(image, each.tag, targets))
            for each in selection.selected
        ]
    return wanted, failed, notes


def _without_list(image: ImageConfig, err: MirrorError, places: Places) -> tuple[Selection, MirrorError | None]:
    """What can be selected though the tags upstream cannot be listed, and what is lost by that."""
    from mirror.run import vanished  # noqa: PLC0415 - likewise

    if vanished.is_absent(err, places):
        selection = vanished.held_selection(image, places)
        return selection, None if selection.selected else vanished.absent(image, places)
    named = tuple(selector for selector in image.selectors if not isinstance(selector, TagPattern))
    return select(replace(image, selectors=named)), err


def _push_dates(image: ImageConfig, places: Places, notes: list[str]) -> PushDates | None:
    if not any(isinstance(each, TagPattern) and each.order == "pushed" for each in image.selectors):
        return None
    hub_tags = places.hub_tags
    if hub_tags is None:
        notes.append(f"{image.name}: only Docker Hub tells when tags were pushed, so the latest are taken by version")
        return None
    return lambda tags, newest: hub_tags.pushed(image.upstream, tags, newest=newest)


def _explain(
    image: ImageConfig, listed: Sequence[str] | None, selection: Selection, say: Callable[[str], None]
) -> None:
    from mirror.planning.explanation import explain  # noqa: PLC0415 - a run that nobody asked to explain needs none

    for verdict in explain(image, listed, selection):
        sign = "@" if ":" in verdict.name else ":"
        say(f"{'in ' if verdict.selected else 'out'} {image.name}{sign}{verdict.name}: {verdict.reason}")


def _name(image: str, selected: Selected) -> str:
    return f"{image}:{selected.tag}" if selected.tag else f"{image}@{selected.digest}"


def _refuse_bad_credentials(surveyed: Sequence[Surveyed]) -> None:
    """Credentials that the source does not accept fail the run as a whole: nothing else can come of it."""
    errors = [each.error for each in surveyed]
    first = next((error for error in errors if isinstance(error, CredentialsError)), None)
    if first is not None and all(isinstance(error, CredentialsError) for error in errors):
        raise first


def _copy(
    groups: Sequence[Group],
    copier: ImageCopier,
    workers: Executor,
    *,
    costs: Mapping[int, "Forecast"],
    places: Places,
    results: Results,
    listener: Listener,
) -> dict[int, ImageResult]:
    """Copy all groups; results by the identity of what was surveyed."""
    done: dict[int, ImageResult] = {}
    now = _moment(copier.deadline.clock).isoformat(timespec="seconds")
    with ThreadPoolExecutor(1) as single:
        pool = single if copier.budget.is_tight else workers
        futures = {}
        for each in groups:
            twins, cost = places.twins_of(each.first.wanted.image), costs.get(id(each.first))
            futures[pool.submit(copy_one, each, copier, twins, now, cost)] = each
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
        listener.moving(progress.now)
        yield from ended


def copy_one(
    each: Group, copier: ImageCopier, twins: Sequence[Target], now: str, cost: "Forecast | None"
) -> tuple[ImageOutcome, float]:
    """What became of a group, and in how many seconds. Raises nothing."""
    start = time.monotonic()
    try:
        outcome = each.copy(copier, twins, now, foreseen=cost.foreseen if cost else None)
    except Exception as err:  # noqa: BLE001 - whatever is wrong with this one, the others go on and are reported
        outcome = ImageOutcome(error=UnexpectedError(err))
    return outcome, time.monotonic() - start


def _moment(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.wall(), UTC)


def _budget(places: Places, options: RunOptions) -> Budget:
    keep = places.config.docker_hub.keep_pulls
    left = remaining(places.source.meter, keep=keep, options=options)
    return Budget(left, keep=keep, whose="of this shard's part" if options.shard is not None else "")
