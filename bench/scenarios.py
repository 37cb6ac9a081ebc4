"""The situations in which programs are compared. Each gives rows; how many and how large, `Plan` says."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench import corpora
from bench.corpora import Corpus
from bench.measure import Measured, measure
from bench.programs import OURS, Job, Program, environment
from bench.registries import Far, Place, find_program
from bench.rows import Row
from sandbox.registries.server import Registries
from sandbox.registries.store import Store

PATIENCE_SECONDS = 10.0
# What takes longer is not tried again: noise is a small part of it.


@dataclass(frozen=True, slots=True)
class Plan:
    """What a benchmark is run with."""

    place: Place
    programs: Sequence[Program]
    """Ours first."""
    slow: Sequence[Program] = ()
    """Programs that take part only where an image is copied for the first time, and that is large."""
    scale: float = 1.0
    """Of the large corpora; 1 needs 12 GiB of memory where registries keep their files in it."""
    repeat: int = 3
    """Tries, of which the best counts."""
    tags: int = 500
    """In the corpus of many tags; ten times as many where memory is measured."""
    say: Callable[[str], None] = field(default=lambda _line: None)

    def run(self, program: Program, job: Job) -> Measured:
        """One try."""
        commands = program.commands(job)
        return measure(
            commands, env=environment(program, job.folder), cwd=job.folder, side_by_side=program.side_by_side
        )


Scenario = Callable[[Plan], Iterator[Row]]


def near(plan: Plan) -> Iterator[Row]:
    """The corpus without any distance, into one destination and into two."""
    for destinations in (1, 2):
        yield from _corpus(plan, milliseconds=0, destinations=destinations)


def far(plan: Plan) -> Iterator[Row]:
    """The corpus, 40 ms to every registry."""
    for destinations in (1, 2):
        yield from _corpus(plan, milliseconds=40, destinations=destinations)


def unchanged(plan: Plan) -> Iterator[Row]:
    """500 tags with nothing to do, 0 and 20 ms to the source."""
    what = corpora.tiny(plan.tags)
    with ExitStack() as stack:
        destination = stack.enter_context(plan.place.passing(what.store))
        source = stack.enter_context(plan.place.passing(what.store))
        for milliseconds in (0, 20):
            with plan.place.in_front_of(source, milliseconds) as there:
                for program in _not_one_by_one(plan):
                    job = _job(plan, program, what, there, (destination,))
                    best = _best(plan, partial(plan.run, program, job))
                    yield _row(plan, f"{plan.tags} tags, {milliseconds} ms to the source", "unchanged", program, best)


def tiny(plan: Plan) -> Iterator[Row]:
    """500 tags of a few bytes for the first time, into one destination, 0 and 20 ms to the source."""
    what = corpora.tiny(plan.tags)
    with plan.place.passing(what.store) as source:
        for milliseconds in (0, 20):
            with plan.place.in_front_of(source, milliseconds) as there:
                for program in _not_one_by_one(plan):

                    def attempt(program: Program = program, there: Far = there) -> Measured:
                        with plan.place.passing() as destination:
                            return plan.run(program, _job(plan, program, what, there, (destination,)))

                    best = _best(plan, attempt)
                    yield _row(plan, f"{plan.tags} tiny tags, {milliseconds} ms to the source", "cold", program, best)


def moved(plan: Plan) -> Iterator[Row]:
    """5 of 48 tags moved, 20 ms to the source."""
    before, after = corpora.many(), corpora.many(moved=corpora.MOVED)
    with plan.place.passing(after.store, milliseconds=20) as source:
        for program in _not_one_by_one(plan):

            def attempt(program: Program = program) -> Measured:
                with plan.place.passing(before.store) as destination:
                    return plan.run(program, _job(plan, program, after, source, (destination,)))

            yield _row(plan, "5 of 48 tags moved, 20 ms to the source", "moved", program, _best(plan, attempt))


def layer(plan: Plan) -> Iterator[Row]:
    """One layer of 1 GiB into one destination."""
    what = corpora.one_layer(plan.scale)
    title = f"one layer of {_size(corpora.unique_bytes(what.store))}"
    alone = [program for program in plan.programs if program.side_by_side == 1]
    yield from _cold(plan, title, what, destinations=1, programs=(*alone, *plan.slow))


def large(plan: Plan) -> Iterator[Row]:
    """48 tags of four platforms with 1.5 GiB of unique layers, into two destinations."""
    what = corpora.large(plan.scale)
    title = f"48 tags, {_size(corpora.unique_bytes(what.store))}, two destinations"
    yield from _cold(plan, title, what, destinations=2, programs=(*plan.programs, *plan.slow))


def memory(plan: Plan) -> Iterator[Row]:
    """Ours alone, with ten times as many tags: memory must not grow with them."""
    what = corpora.tiny(plan.tags * 10)
    with Registries() as registries:
        # The sandbox's, which need not be filled: only the engine's memory is looked at.
        source, destination = (_plain(registries, name, what.store) for name in ("source", "destination"))
        program = plan.programs[0]
        measured = plan.run(program, _job(plan, program, what, source, (destination,)))
        yield _row(plan, f"{plan.tags * 10} tags", "unchanged", program, measured)


def start(plan: Plan) -> Iterator[Row]:
    """How long it takes until a program could begin: it prints its version or its help."""
    folder = plan.place.folder("start")
    ours = plan.programs[0]
    empty = {"PYTHONPYCACHEPREFIX": "", "PYTHONDONTWRITEBYTECODE": "1"}
    first = Program(ours.name, ours.commands, environment={**ours.environment, **empty})
    says: Mapping[str, list[str]] = {
        OURS: [sys.executable, "-m", "mirror", "--help"],
        "skopeo": ["skopeo", "--version"],
        "crane": ["crane", "version"],
        "regsync": ["regsync", "version"],
    }
    for phase, programs in (("first start", (first, *plan.programs[1:])), ("start", plan.programs)):
        for program in programs:
            command = says.get(program.name)
            if command is not None:
                env = environment(program, folder)
                best = _best(
                    plan,
                    partial(measure, [[find_program(command[0]) or command[0], *command[1:]]], env=env, cwd=folder),
                )
                yield _row(plan, "start-up", phase, program, best)


def counts(plan: Plan) -> Iterator[Row]:
    """Requests, by the access log of a source of the sandbox, which is too slow to be timed against."""
    yield from _counted(plan, "corpus, two destinations", corpora.corpus(), destinations=2)
    yield from _counted(plan, "6 aliases of one index", corpora.aliases(), destinations=1)
    after = corpora.many(moved=corpora.MOVED)
    yield from _counted(plan, "5 of 48 tags moved", after, destinations=1, before=corpora.many().store)


SCENARIOS: Mapping[str, Scenario] = {
    "counts": counts,
    "start": start,
    "near": near,
    "far": far,
    "unchanged": unchanged,
    "tiny": tiny,
    "moved": moved,
    "layer": layer,
    "large": large,
    "memory": memory,
}


def _corpus(plan: Plan, *, milliseconds: float, destinations: int) -> Iterator[Row]:
    what = corpora.corpus()
    title = f"corpus, {milliseconds:g} ms, {_destinations(destinations)}"
    with plan.place.passing(what.store, milliseconds=milliseconds) as source:
        for program in plan.programs:
            cold: Measured | None = None
            again: Measured | None = None
            for _ in range(plan.repeat):
                if cold is not None and cold.wall > PATIENCE_SECONDS:
                    break
                with ExitStack() as stack:
                    places = [
                        stack.enter_context(plan.place.passing(milliseconds=milliseconds)) for _ in range(destinations)
                    ]
                    job = _job(plan, program, what, source, places)
                    cold = _better(cold, plan.run(program, job))
                    again = _better(again, plan.run(program, job))
            yield _row(plan, title, "cold", program, cold)
            yield _row(plan, title, "unchanged", program, again)


def _cold(plan: Plan, title: str, what: Corpus, *, destinations: int, programs: Sequence[Program]) -> Iterator[Row]:
    with plan.place.passing(what.store) as source:
        for program in programs:

            def attempt(program: Program = program) -> Measured:
                with ExitStack() as stack:
                    places = [stack.enter_context(plan.place.passing()) for _ in range(destinations)]
                    return plan.run(program, _job(plan, program, what, source, places))

            yield _row(plan, title, "cold", program, _best(plan, attempt))


def _counted(plan: Plan, title: str, what: Corpus, *, destinations: int, before: Store | None = None) -> Iterator[Row]:
    unique = corpora.unique_bytes(what.store)
    for program in plan.programs:
        with ExitStack() as stack:
            registries = stack.enter_context(Registries())
            source = _plain(registries, "source", what.store)
            places = [stack.enter_context(plan.place.passing(before)) for _ in range(destinations)]
            for phase in ("moved" if before else "cold", "unchanged"):
                registries.log.clear()
                plan.run(program, _job(plan, program, what, source, places))
                sent = sum(entry.bytes_out for entry in registries.log.matching(registry="source", action="blob"))
                requests = registries.log.summary("source")
                plan.say(f"{title}, {phase}: {program.name}: {requests}")
                yield Row(title, phase, program.name, requests=requests, sent=sent, unique=unique)


def _plain(registries: Registries, name: str, store: Store) -> Far:
    address = registries.plain(name, store).partition("://")[2]
    return Far(int(address.rpartition(":")[2]), address)


def _job(plan: Plan, program: Program, what: Corpus, source: Far, destinations: Sequence[Far]) -> Job:
    name = f"{program.name.replace(' ', '')}-{source.address.rpartition(':')[2]}-{len(what.references)}"
    folder: Path = plan.place.folder(f"{name}-{len(destinations)}")
    return Job(source.address, tuple(each.address for each in destinations), what.references, folder)


def _not_one_by_one(plan: Plan) -> list[Program]:
    """Without those that take a process for each image and run one after the other: minutes, for nothing new."""
    doubled = {program.name.partition(",")[0] for program in plan.programs if program.side_by_side > 1}
    return [program for program in plan.programs if program.name not in doubled]


def _best(plan: Plan, attempt: Callable[[], Measured]) -> Measured:
    best = attempt()
    for _ in range(plan.repeat - 1):
        if best.wall < PATIENCE_SECONDS:
            best = best.best(attempt())
    return best


def _better(best: Measured | None, measured: Measured) -> Measured:
    return measured if best is None else best.best(measured)


def _row(plan: Plan, scenario: str, phase: str, program: Program, measured: Measured | None) -> Row:
    if measured is not None:
        peak = f"{measured.peak / 1024:.0f} MiB"
        plan.say(f"{scenario}, {phase}: {program.name}: {measured.wall:.2f} s, CPU {measured.cpu:.2f} s, {peak}")
    return Row(scenario, phase, program.name, measured)


def _destinations(number: int) -> str:
    return "one destination" if number == 1 else "two destinations"


def _size(number: int) -> str:
    mib = number / corpora.MIB
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{mib:.0f} MiB"
