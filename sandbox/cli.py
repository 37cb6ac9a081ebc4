"""`python -m sandbox`."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rich.console import Console
from rich.markup import escape

from mirror.config.reader import read_file
from mirror.errors import ConfigError
from sandbox.demo import Demo, DemoFailedError, exports
from sandbox.environment import HUB_TOKEN, HUB_USER, Sandbox
from sandbox.processes import CommandFailedError

FAILED = 1
BAD_CONFIG = 2
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    demo = commands.add_parser("demo", help="deploy, build, look, build again; KEEP=1 leaves it up")
    demo.add_argument("--config", default="mirror.yaml", metavar="FILE")
    options = parser.parse_args(arguments)
    for number in ENDING:
        # One that is ignored stays so: `nohup` asks for that.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        return _demo(Path(options.config), console)
    except ConfigError as err:
        console.print(escape(str(err)), style="red", highlight=False, soft_wrap=True)
        return BAD_CONFIG
    except (DemoFailedError, CommandFailedError) as err:
        console.print(escape(str(err)), style="red", highlight=False, soft_wrap=True)
        return FAILED
    except KeyboardInterrupt:
        console.print("\nstopped")
        return 128 + signal.SIGINT


def _demo(config_file: Path, console: Console) -> int:
    config = read_file(config_file)
    with (
        tempfile.TemporaryDirectory(prefix="hub-mirror-") as work_dir,
        Sandbox(work_dir=Path(work_dir)) as sandbox,
    ):
        console.print(f"a sandbox on this machine: AWS at {sandbox.url}, Docker Hub at {sandbox.registries.hub_url}")
        Demo(sandbox, config, config_file.resolve(), console).run()
        if os.environ.get("KEEP"):
            _keep(sandbox, console)
    return 0


def _keep(sandbox: Sandbox, console: Console) -> None:
    registries = sandbox.registries
    host = registries.ecr_url.partition("://")[2]
    console.print("\n[bold]The sandbox stays up until Ctrl-C.[/bold] In another shell:\n")
    for name, value in exports(sandbox).items():
        console.print(f"export {name}={value}", highlight=False, soft_wrap=True)
    console.print(
        f"""
aws codebuild list-projects                              # or any other client of AWS
PATH=$PWD/.venv/bin:$PATH npx cdk diff                   # in the checkout
python3 -m mirror plan                                   # with .venv active
curl -I {registries.hub_url}/v2/                         # Docker Hub: user {HUB_USER}, token {HUB_TOKEN}
aws ecr get-login-password | skopeo login --tls-verify=false -u AWS --password-stdin {host}
skopeo inspect --tls-verify=false docker://{host}/REPOSITORY:TAG
skopeo inspect --tls-verify=false docker://{registries.public_url}/REPOSITORY:TAG
""",
        highlight=False,
        soft_wrap=True,
    )
    signal.pause()


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Every ending is like Ctrl-C: what was started is stopped on the way out, which nothing interrupts again."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
