"""`python -m bench`: our engine against the peers that are on this machine, in pairs, in one run."""

import argparse
import datetime as dt
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from bench import plot, rows, table
from bench.programs import docker_daemon, names, our_program, peers
from bench.registries import MissingProgramError, Place
from bench.rows import Row
from bench.scenarios import SCENARIOS, Plan

NOTE = "below 1: hub-mirror took less; paired in one run, best of each"


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for, print the tables, write the files."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"which of: {', '.join(SCENARIOS)} (all)")
    parser.add_argument("--scale", type=float, default=0.25, help="size of the large corpora, 1: 1.5 GiB (0.25)")
    parser.add_argument("--repeat", type=int, default=3, help="tries, of which the best counts (3)")
    parser.add_argument("--tags", type=int, default=500, help="in the corpus of many tags (500)")
    parser.add_argument("--alone", action="store_true", help="without peers: how ours changed, never how good it is")
    parser.add_argument("--directory", type=Path, metavar="DIR", help="for the registries' files (in memory)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all results there")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the ratios there")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.scenarios) - set(SCENARIOS))
    if unknown:
        parser.error(f"got {', '.join(unknown)}, allowed: {', '.join(SCENARIOS)}")
    try:
        found = _run(options)
    except MissingProgramError as err:
        print(err, file=sys.stderr)
        return 1
    print(table.render(found), end="")
    about = _about(options)
    if options.json:
        options.json.write_text(json.dumps(rows.document(found, about), indent=1) + "\n")
    if options.svg:
        title = f"Wall time, hub-mirror / peer ({about['date']})"
        options.svg.write_text(plot.draw(rows.ratios(found), title=title, note=NOTE))
    return 0


def _run(options: argparse.Namespace) -> list[Row]:
    found: list[Row] = []
    with Place(options.directory) as place:
        programs = [our_program(place.folder("bytecode")), *([] if options.alone else peers())]
        slow = [] if options.alone else docker_daemon()
        _say(f"{names([*programs, *slow])}")
        plan = Plan(place, programs, slow, options.scale, options.repeat, options.tags, _say)
        for name in options.scenarios or SCENARIOS:
            _say(f"— {name}")
            found += SCENARIOS[name](plan)
    return found


def _about(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "scale": options.scale,
        "repeat": options.repeat,
        "tags": options.tags,
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
