"""`python -m console status`: the status page. Other commands are the engine's own, which shows them live by itself."""

import os
import sys
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from mirror import cli

STATUS_PAGE = Path(__file__).resolve().parent.parent / "reports" / "status.html"
"""Where the demo leaves its page."""
NO_PAGE = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if list(arguments[:1]) == ["status"]:
        return show_status(STATUS_PAGE, webbrowser.open)
    return cli.main(arguments)


def show_status(page: Path, open_url: Callable[[str], bool]) -> int:
    """Say where the page is, and open it where there is a browser."""
    if not page.exists():
        sys.stderr.write("no status page yet: `make demo` makes one\n")
        return NO_PAGE
    sys.stdout.write(f"status page: {page.as_uri()}\n")
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in {"darwin", "win32"}:
        open_url(page.as_uri())
    return 0
