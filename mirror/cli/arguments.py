"""What can be typed: commands, options, and help that a person can work from."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from mirror import VERSION
from mirror.cli import words
from mirror.config.operation import MAX_SHARDS
from mirror.run.options import DEFAULT_JOBS


def build_parser() -> argparse.ArgumentParser:
    """The parser, as the README shows it."""
    parser = _Parser(
        prog="python3 -m mirror",
        description=words.DESCRIPTION,
        epilog=words.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"hub-mirror {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    parser.commands = commands
    common, places, runs = _common(), _places(), _runs()
    run = [common, places, runs]
    _add_plan(
        commands.add_parser(
            "plan", parents=run, **_told("show what a run would do; changes nothing", words.PLAN, words.PLAN_EXAMPLES)
        )
    )
    _add_sync(
        commands.add_parser(
            "sync", parents=run, **_told("copy what is missing or has moved", words.SYNC, words.SYNC_EXAMPLES)
        )
    )
    _add_batch(commands, run, common)
    prune = _told("remove tags that are not chosen any more", words.PRUNE, words.PRUNE_EXAMPLES)
    _add_prune(commands.add_parser("prune", parents=[common, places], **prune))
    doctor = _told("check credentials, quota, registries, permissions", words.DOCTOR, words.DOCTOR_EXAMPLES)
    doctor_parser = commands.add_parser("doctor", parents=[common, places], **doctor)
    doctor_parser.add_argument("--json", action="store_true", help="the findings on stdout, for other programs")
    config = _told("check the configuration, and print it as mirror.json", words.CONFIG, words.CONFIG_EXAMPLES)
    config_parser = commands.add_parser("config", parents=[common], **config)
    config_parser.add_argument("--json", action="store_true", help="what it prints is JSON in any case")
    return parser


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was typed. Ends the process with exit code 2 where it makes no sense, and with help where that was asked."""
    parser = build_parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown and isinstance(parser, _Parser) and parser.commands is not None:
        # Told by the command's own parser: it knows which options there are.
        parser.commands.choices[options.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    return options


class _Parser(argparse.ArgumentParser):
    """Says what was probably meant."""

    commands: "argparse._SubParsersAction[_Parser] | None" = None

    def error(self, message: str) -> NoReturn:
        """See `ArgumentParser`."""
        hint = self._hint(message)
        self.exit(2, f"{self.prog}: {message}{hint}\n  → all that can be typed: {self.prog} --help\n")

    def _hint(self, message: str) -> str:
        """By argparse's words, which are all that it gives; where they are others there is no hint, and no harm."""
        import difflib  # noqa: PLC0415 - only who mistypes waits for it

        typed = message.rpartition(": ")[2].split()
        if message.startswith("unrecognized arguments"):
            known = [name for name in self._option_string_actions if name.startswith("--")]
            if not typed[0].startswith("-"):
                return f"\n  → for only one image: --image {typed[0]}" if "--image" in known else ""
            near = difflib.get_close_matches(typed[0].partition("=")[0], known, 1, 0.7)
        elif "invalid choice" in message and self.commands is not None:
            wrong = message.partition("invalid choice: ")[2].partition(" (")[0].strip("'")
            near = difflib.get_close_matches(wrong, list(self.commands.choices), 1, 0.5)
        elif message.endswith("COMMAND") and self.commands is not None:
            return f"\n  → one of: {', '.join(self.commands.choices)}"
        else:
            return ""
        return f"\n  → did you mean {near[0]}?" if near else ""


def _told(purpose: str, description: str, examples: str = "") -> dict[str, Any]:
    return {
        "help": purpose,
        "description": description.strip(),
        "epilog": examples.rstrip() or None,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }


def _common() -> _Parser:
    parser = _Parser(add_help=False)
    parser.add_argument(
        "--config", default="mirror.yaml", metavar="FILE", help="mirror.yaml, or mirror.json (default: mirror.yaml)"
    )
    return parser


def _places() -> _Parser:
    parser = _Parser(add_help=False)
    parser.add_argument("--source", metavar="URL", help="a registry in Docker Hub's place (default: Docker Hub)")
    parser.add_argument("--private", metavar="URL", help="a registry in private ECR's place; then nowhere else")
    parser.add_argument("--public", metavar="URL", help="a registry in ECR Public's place; then nowhere else")
    return parser


def _runs() -> _Parser:
    parser = _Parser(add_help=False)
    parser.add_argument("--image", action="append", default=[], metavar="REF", help="only this one (repeatable)")
    parser.add_argument(
        "--jobs", type=_jobs, default=DEFAULT_JOBS, metavar="N", help=f"images at a time (default: {DEFAULT_JOBS})"
    )
    parser.add_argument("--report-dir", metavar="DIR", help="where report files go (default: none are written)")
    parser.add_argument("--json", action="store_true", help="the report on stdout, the log on stderr")
    return parser


def _add_plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--explain", action="store_true", help="why each tag that exists upstream is in or out")
    parser.add_argument("--exact", action="store_true", help="for a pull each, count what nobody tells for nothing")
    parser.add_argument("--cost", action="store_true", help="what storage, transfer and builds cost a month, about")
    parser.set_defaults(dry_run=True, fail_on_deferred=False)


def _add_sync(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="the same as plan")
    parser.add_argument("--fail-on-deferred", action="store_true", help="exit code 1 also when something was deferred")
    parser.set_defaults(explain=False, exact=False, cost=False)


def _add_batch(commands: Any, run: Sequence[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    shards = _Parser(add_help=False)
    shards.add_argument("--shards", type=_shards, required=True, metavar="N", help="how many machines there are")
    told = _told("divide a run over several machines", words.DIVIDE, words.BATCH_EXAMPLES)
    divide = commands.add_parser("divide", parents=[*run, shards], **told)
    shard = commands.add_parser(
        "shard", parents=run, **_told("do one machine's part of it", words.SHARD, words.BATCH_EXAMPLES)
    )
    shard.add_argument("shard", type=_shard, metavar="K/N", help="which machine of how many")
    told = _told("make one report of all machines'", words.COMBINE, words.BATCH_EXAMPLES)
    combine = commands.add_parser("combine", parents=[common, shards], **told)
    combine.add_argument("--report-dir", metavar="DIR", help="where report files go (default: none are written)")
    combine.add_argument("--json", action="store_true", help="the report on stdout, the log on stderr")
    combine.set_defaults(image=[], source=None, private=None, public=None, jobs=DEFAULT_JOBS)
    for each in (divide, shard, combine):
        each.set_defaults(dry_run=False, explain=False, exact=False, cost=False, fail_on_deferred=False)


def _add_prune(parser: argparse.ArgumentParser) -> None:
    file = parser.add_mutually_exclusive_group()
    parser.add_argument("--json", action="store_true", help="the plan, or what became of it, on stdout")
    file.add_argument("--plan", type=Path, metavar="FILE", help="write what would go into this file")
    file.add_argument("--apply", type=Path, metavar="FILE", help="remove what this file says, as far as it still holds")
    parser.add_argument(
        "--min-age",
        type=_days,
        metavar="DAYS",
        help="nothing pushed since (default: 30, or the file's if that is more)",
    )
    parser.add_argument(
        "--max", type=_count, default=50, metavar="N", help="more than this many are refused, all of them (default: 50)"
    )


def _jobs(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: 1 to 64")
    return int(text)


def _shards(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MAX_SHARDS:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: 1 to {MAX_SHARDS}")
    return int(text)


def _shard(text: str) -> tuple[int, int]:
    number, slash, shards = text.partition("/")
    if not slash or not (number.isascii() and number.isdigit()) or not 1 <= int(number) <= _shards(shards):
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: which of how many, as 2/4")
    return int(number), int(shards)


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1
    if not 0 <= days < 100_000:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: a number of days, 0 or more")
    return days


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: a whole number, 0 or more")
    return int(text)
