"""`python -m console COMMAND`: what `python -m mirror COMMAND` does, shown live; and the status page."""

import os
import sys
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from console.live import LiveView
from mirror import cli
from mirror.report.events import Listener

STATUS_PAGE = Path(__file__).resolve().parent.parent / "reports" / "status.html"
"""Where the demo leaves its page."""
NO_PAGE = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if list(arguments[:1]) == ["status"]:
        return show_status(STATUS_PAGE, webbrowser.open)
    return cli.main(arguments, new_listener=new_listener())


def new_listener() -> Callable[[], Listener] | None:
    """Bars and tables on a terminal; elsewhere `None`, which means the engine's own lines."""
    console = Console()
    is_plain = os.environ.get("NO_COLOR") or not console.is_terminal or console.is_dumb_terminal
    return None if is_plain else lambda: LiveView(console)


def show_status(page: Path, open_url: Callable[[str], bool]) -> int:
    """Say where the page is, and open it where there is a browser."""
    if not page.exists():
        sys.stderr.write("no status page yet: `make demo` makes one\n")
        return NO_PAGE
    sys.stdout.write(f"status page: {page.as_uri()}\n")
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in {"darwin", "win32"}:
        open_url(page.as_uri())
    return 0
